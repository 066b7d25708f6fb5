"""The command line: one file for each command, and the only room that imports click."""
