"""Values as text: JSON, YAML, variables for .env files, for a shell and for Docker, requirements and XML."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from vxsetup.emit.parts import File, Kind, NotWritableError

HEAD = "Written by vxsetup emit {target}. Change vxsetup.yaml and run it again."

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BARE = re.compile(r"[A-Za-z0-9_./:@,+=-]+")
_PLAIN_YAML = re.compile(r"[A-Za-z/][A-Za-z0-9_./@-]*")
_YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def head(target: str, mark: str = "#") -> str:
    """The comment that begins a file, as one line."""
    return f"{mark} {HEAD.format(target=target)}\n"


def checked(text: str) -> str:
    """The text itself. Raises NotWritableError where it holds what no text file can: half a character, or a NUL."""
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise NotWritableError(f"{text!a} holds a character that no file can")
    return text


def _every_checked(value: Any) -> None:
    if isinstance(value, str):
        checked(value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _every_checked(key)
            _every_checked(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            _every_checked(inner)


def json_text(value: Any) -> str:
    """JSON, in ASCII, indented by 2."""
    _every_checked(value)
    return json.dumps(value, indent=2) + "\n"


def json_file(path: str, value: Any) -> File:
    """A JSON file."""
    return File(path, json_text(value), Kind.JSON, value)


def yaml_text(*documents: Any) -> str:
    """YAML that readers of YAML 1.1 and 1.2 read alike: every text that could be taken for more is in double quotes."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Two spaces under a list, too, and no aliases."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            return super().increase_indent(flow, False)

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
        plain = _PLAIN_YAML.fullmatch(value) and value.lower() not in _YAML_WORDS
        if "\n" in value and value.isprintable() is False and _is_block(value):
            return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|")
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')

    Dumper.add_representer(str, text)
    for document in documents:
        _every_checked(document)
    return str(
        yaml.dump_all(
            documents,
            Dumper=Dumper,
            sort_keys=False,
            allow_unicode=False,
            width=10_000,
            explicit_start=len(documents) > 1,
        )
    )


def _is_block(value: str) -> bool:
    """Whether a text of several lines can stand as a block: plain lines that neither begin nor end with a space."""
    lines = value.split("\n")
    return (
        value.isascii()
        and value.endswith("\n")
        and all(not line or (line.isprintable() and line == line.rstrip()) for line in lines)
        and not lines[0].startswith(" ")
        and bool(lines[0])
    )


def yaml_file(path: str, target: str, *documents: Any, more: Sequence[str] = ()) -> File:
    """A YAML file of one or several documents; ``more`` are further lines of comment."""
    remarks = "".join(f"# {comment(line)}\n" for line in more)
    return File(path, head(target) + remarks + yaml_text(*documents), Kind.YAML, list(documents))


def comment(text: str) -> str:
    """A text as it may stand in a comment of any language: letters, digits and harmless signs of ASCII."""
    return re.sub(r"[^A-Za-z0-9 ._@:/,;()'=<>*\[\]-]", "?", text).replace("*/", "?/").replace("?>", "??")


def dotenv_value(value: str) -> str:
    """A value as every reader of .env files reads it alike.

    Readers differ over quotes, backslashes, dollars and line ends; NotWritableError for a value with what they read
    differently.
    """
    checked(value)
    if _BARE.fullmatch(value):
        return value
    if not value:
        raise NotWritableError("an empty value is read as set by some readers and as missing by others")
    if "'" in value or "\\" in value or not value.isprintable():
        raise NotWritableError(f"{value!a} is read differently by different readers of .env files")
    return f"'{value}'"


def _names(values: Mapping[str, str]) -> None:
    wrong = [name for name in values if not _NAME.fullmatch(name)]
    if wrong:
        raise NotWritableError(f"{wrong[0]!a} is no name of a variable")


def dotenv_file(path: str, target: str, values: Mapping[str, str], more: Sequence[str] = ()) -> File:
    """A .env file: no export, no spaces, nothing empty."""
    _names(values)
    remarks = "".join(f"# {comment(line)}\n" for line in more)
    lines = "".join(f"{name}={dotenv_value(value)}\n" for name, value in values.items())
    return File(path, head(target) + remarks + lines, Kind.DOTENV, dict(values))


def docker_env_file(path: str, target: str, values: Mapping[str, str], more: Sequence[str] = ()) -> File:
    """A file for ``docker run --env-file``, which takes everything behind the = as it is, quotes too."""
    _names(values)
    for value in values.values():
        checked(value)
        if not value or not value.isprintable() or value != value.strip():
            raise NotWritableError(f"{value!a} cannot stand in a file for docker --env-file")
    remarks = "".join(f"# {comment(line)}\n" for line in more)
    return File(path, head(target) + remarks + "".join(f"{n}={v}\n" for n, v in values.items()))


def shell_word(value: str) -> str:
    """A value as one word of a POSIX shell; what a shell could expand is in quotes."""
    return shlex.quote(checked(value))


def shell_file(
    path: str, target: str, values: Mapping[str, str], unset: Sequence[str] = (), more: Sequence[str] = ()
) -> File:
    """A script to read into a shell with ``.``: exports, and the switches of others taken away."""
    _names({**values, **dict.fromkeys(unset, "")})
    remarks = "".join(f"# {comment(line)}\n" for line in more)
    lines = f"unset {' '.join(unset)}\n" if unset else ""
    lines += "".join(f"export {name}={shell_word(value)}\n" for name, value in values.items())
    return File(path, head(target) + remarks + lines)


def xml_file(path: str, target: str, root: Any) -> File:
    """An XML file of an ``xml.etree.ElementTree`` element."""
    from xml.etree import ElementTree

    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    text = f"<!-- {HEAD.format(target=target)} -->\n{body}\n"
    return File(path, text)
