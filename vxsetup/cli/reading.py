"""Reads the files that options name beside the configs: a recording, a world, a patch of the catalogue."""

from __future__ import annotations

import os
import stat
from typing import Any

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


def read_json(path: str, schema: str, limit: int = MAX_BYTES) -> dict[str, Any]:
    """The data of a JSON file that keeps one of our schemas; ``-`` is standard input.

    Ends the command with one line where it cannot be had, with the first place where it breaks the schema.
    """
    import json

    from jsonschema import Draft202012Validator

    from vxsetup import resources

    name = "standard input" if path == "-" else path
    text = _standard_input(limit) if path == "-" else read_text(path, limit)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        words = "it nests too deeply" if isinstance(error, RecursionError) else str(error)
        raise Refused(f"{name} is not a {schema}: it is not JSON: {words}") from error
    wrong = next(Draft202012Validator(resources.schema(schema)).iter_errors(data), None)
    if wrong is not None:
        message = wrong.message if len(wrong.message) <= 200 else f"{wrong.message[:199]}…"
        raise Refused(f"{name} is not a {schema}: at {wrong.json_path[:100]}: {message}")
    assert isinstance(data, dict)  # every one of our schemas asks for an object
    return data


def _standard_input(limit: int) -> str:
    import sys

    raw = sys.stdin.buffer.read(limit + 1)
    if len(raw) > limit:
        raise Refused(f"standard input cannot be read: it has more than {_mebibytes(limit)}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("standard input cannot be read: it is not UTF-8 text") from error


def _mebibytes(size: int) -> str:
    return f"{size / 1024 / 1024:,.0f} MiB"
