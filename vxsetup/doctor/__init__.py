"""This machine and its client files, judged: credentials, variables, settings, versions, the way to Google. Pure.

What is outside (variables, files, programs, the network) is handed in as values by the command.
"""
