"""What a plain (unquoted) YAML scalar means: YAML 1.2's core schema, and where other readers would see something else.

YAML 1.1 readers (PyYAML, older Ansible, Ruby) and YAML 1.2 readers (editors, Go, JavaScript) disagree on a handful of
spellings. Each of them is read here as YAML 1.2 says, and named, so that a file means one thing to everybody.
"""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple


class Surprise(NamedTuple):
    """A spelling on which readers disagree: how it is read here, how elsewhere, and how to write what was meant."""

    here: str
    elsewhere: str
    write: str


NULLS = frozenset({"", "~", "null", "Null", "NULL"})
TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_OLD_TRUTHS = {
    **{form: "true" for word in ("y", "yes", "on") for form in (word, word.capitalize(), word.upper())},
    **{form: "false" for word in ("n", "no", "off") for form in (word, word.capitalize(), word.upper())},
}
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_OLD_FLOAT = re.compile(r"(?:[-+]?[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_OLD_INT = re.compile(r"([-+]?)(?:0b(?P<b>_*[01][01_]*)|0x(?P<x>_*[0-9a-fA-F][0-9a-fA-F_]*)|(?P<d>[0-9][0-9_]*))\Z")
_CLOCK = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_LONGEST_NUMBER = 40
"""Longer numbers mean nothing here, and making an integer of a million digits takes minutes."""


def resolve(text: str) -> tuple[Any, Surprise | None]:
    """The value of a plain scalar by YAML 1.2's core schema, and the surprise in it where there is one.

    Source: YAML 1.2.2 section 10.3.2 (core schema); the YAML 1.1 type repository (bool, int, float) for the twins.
    """
    if text in NULLS:
        return None, None
    if text in TRUTHS:
        return TRUTHS[text], None
    if text in _OLD_TRUTHS:
        meant = _OLD_TRUTHS[text]
        return text, Surprise("text", f"{meant} in YAML 1.1", f'"{text}" in quotes if the text is meant, else {meant}')
    if text[0] not in "0123456789+-.":
        return text, None
    return _number(text)


def _number(text: str) -> tuple[Any, Surprise | None]:
    if len(text) > _LONGEST_NUMBER:
        if _INT.match(text) or _FLOAT.match(text) or _BASED.match(text):
            return text, Surprise("text, because it is too long for a number", "a number", "it in quotes")
        return text, None
    if _INT.match(text):
        digits = text.lstrip("+-")
        if len(digits) > 1 and digits[0] == "0":
            return int(text), _leading_zero(text, digits)
        return int(text), None
    if _BASED.match(text):
        number = int(text, 0)
        octal = Surprise(f"the number {number}", "text in YAML 1.1", f'{number}, or "{text}" for the text')
        return number, octal if text[1] == "o" else None
    if _FLOAT.match(text):
        return _decimal(text)
    return text, _old_number(text)


def _leading_zero(text: str, digits: str) -> Surprise | None:
    plain = int(text)
    if set(digits) <= set("01234567"):
        old = int(digits, 8) * (-1 if text[0] == "-" else 1)
        if old == plain:
            return None
        return Surprise(f"the number {plain}", f"{old} (octal) in YAML 1.1", f'{plain}, or "{text}" for the text')
    return Surprise(f"the number {plain}", "text in YAML 1.1", f'{plain}, or "{text}" for the text')


def _decimal(text: str) -> tuple[Any, Surprise | None]:
    number = float(text)
    if math.isinf(number):
        return text, Surprise("text, because it is too large for a number", "infinity", "a smaller number")
    if _OLD_FLOAT.match(text):
        return number, None
    shown = int(number) if number.is_integer() and abs(number) < 1e15 else number
    return number, Surprise(f"the number {shown}", "text in YAML 1.1", f'{shown}, or "{text}" for the text')


def _old_number(text: str) -> Surprise | None:
    if _CLOCK.match(text):
        return Surprise("text", "a number in base 60 in YAML 1.1", f'"{text}" in quotes')
    old = _OLD_INT.match(text)
    if old is not None:
        kind = old.lastgroup or "d"
        digits = old[kind].replace("_", "")
        octal = kind == "d" and len(digits) > 1 and digits[0] == "0" and set(digits) <= set("01234567")
        plain = int(old[1] + digits, 8 if octal else {"b": 2, "x": 16, "d": 10}[kind])
        return Surprise(
            "text", f"the number {plain} in YAML 1.1", f'"{text}" in quotes if the text is meant, else {plain}'
        )
    if _NO_NUMBER.match(text):
        return Surprise("text, because JSON has no such number", "a float", "a number")
    return None
