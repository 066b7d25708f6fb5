"""Text to Project: a config file is read into nodes that know where they stand, judged, merged, and made plain values.

``document`` reads one text, ``load`` follows ``extends`` and ``environments`` to one ``Project`` each, ``files`` finds
and reads the files, ``suppress`` applies the suppressions to findings, ``faults`` documents the VX1xx rules. Import the
module that you need: this package imports none of them, so that a command pays only for what it uses.
"""
