"""Reads the files that options name beside the configs: a recording, a world, a patch of the catalogue."""

from __future__ import annotations

import os
import stat

from vxsetup.cli.output import Refused

MAX_BYTES = 256 * 1024 * 1024
"""More than a recording of a thousand projects takes; what is larger is not what the option asks for."""


def read_text(path: str, limit: int = MAX_BYTES) -> str:
    """The text of a file in UTF-8, at most ``limit`` bytes; a byte-order mark is dropped.

    Ends the command with one line where it cannot be had. A named pipe or device would hang or never end, and is
    refused; what the shell opens for ``<(command)`` stands below /dev and is read.
    """
    try:
        about = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(about.st_mode) and not path.startswith(("/dev/fd/", "/dev/stdin", "/proc/self/fd/")):
            kind = "a folder" if stat.S_ISDIR(about.st_mode) else "not a regular file"
            raise Refused(f"{path} cannot be read: it is {kind}")
        if about.st_size > limit:
            raise Refused(f"{path} cannot be read: it has {_mebibytes(about.st_size)}, more than {_mebibytes(limit)}")
        with open(path, "rb") as file:  # noqa: PTH123
            raw = file.read(limit + 1)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error
    if len(raw) > limit:
        raise Refused(f"{path} cannot be read: it has more than {_mebibytes(limit)}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{path} cannot be read: it is not UTF-8 text") from error


def _mebibytes(size: int) -> str:
    return f"{size / 1024 / 1024:,.0f} MiB"
