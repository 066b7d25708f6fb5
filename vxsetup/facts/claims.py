"""What a token of a pipeline may claim, as texts of which some parts are open, and the tests that conditions make of them.

A condition is judged for a whole group of tokens at once, such as every repository of strangers. So a claim is a text of
parts: literal ones, names that somebody chooses anew, and values that nobody here knows. A test of it is no true or
false but two answers: whether a token of the group can pass it, and whether one can fail it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


class Sure(IntEnum):
    """How sure it is that something can happen."""

    NO = 0
    MAYBE = 1
    YES = 2


class Free(Enum):
    """A part of a claim that is no literal text.

    ``NAME``: a name of one segment that the token's owner chooses and nobody else has; so it begins, ends and reads as
    one likes, and equals no name in use. ``TEXT``: likewise, of any number of segments. ``ANY``: whatever the owner of
    the workflow sets, also what is in use elsewhere. ``HIDDEN``: fixed, and not known here.
    """

    NAME = "name"
    TEXT = "text"
    ANY = "any"
    HIDDEN = "hidden"


_AS_PATTERN = {Free.NAME: "[^/:@]+", Free.TEXT: ".+", Free.ANY: ".*", Free.HIDDEN: ".*"}


@dataclass(frozen=True, slots=True)
class Truth:
    """Whether a token of a group can make a test true, and whether one can make it false; ``because`` says what keeps
    either from being sure."""

    true: Sure
    false: Sure
    because: tuple[str, ...] = ()

    def negated(self) -> Truth:
        """The truth of the contrary."""
        return Truth(self.false, self.true, self.because)


ALWAYS = Truth(Sure.YES, Sure.NO)
NEVER = Truth(Sure.NO, Sure.YES)
EITHER = Truth(Sure.YES, Sure.YES)


def doubt(because: str) -> Truth:
    """A truth that is not known."""
    return Truth(Sure.MAYBE, Sure.MAYBE, (because,))


def all_of(truths: list[Truth]) -> Truth:
    """The truth of ``a && b``. The tests are taken to be independent of each other."""
    true, false = min(t.true for t in truths), max(t.false for t in truths)
    return Truth(true, false, _reasons(true, false, truths))


def any_of(truths: list[Truth]) -> Truth:
    """The truth of ``a || b``."""
    true, false = max(t.true for t in truths), min(t.false for t in truths)
    return Truth(true, false, _reasons(true, false, truths))


def _reasons(true: Sure, false: Sure, truths: list[Truth]) -> tuple[str, ...]:
    if Sure.MAYBE not in (true, false):
        return ()
    return tuple(dict.fromkeys(reason for truth in truths for reason in truth.because))


Part = str | Free


@dataclass(frozen=True, slots=True)
class Text:
    """One claim: its parts in order, and its name for messages."""

    parts: tuple[Part, ...]
    name: str = ""

    @property
    def literal(self) -> str | None:
        """The text where all of it is known; None otherwise."""
        return "".join(map(str, self.parts)) if all(isinstance(part, str) for part in self.parts) else None

    def equals(self, value: str) -> Truth:
        """Whether it equals a text."""
        known = self.literal
        if known is not None:
            if known == value:
                return ALWAYS
            if known.casefold() == value.casefold():
                return doubt(f"whether {self.name or known} is spelt {value!r} or {known!r}: case counts")
            return NEVER
        pattern = "".join(re.escape(part) if isinstance(part, str) else _AS_PATTERN[part] for part in self.parts)
        if not re.fullmatch(pattern, value, re.DOTALL):
            return NEVER
        if Free.NAME in self.parts or Free.TEXT in self.parts:
            return NEVER  # it would have to be a name that is in use
        if Free.HIDDEN in self.parts:
            return doubt(f"the value of {self.name}")
        return EITHER

    def starts_with(self, prefix: str) -> Truth:
        """Whether it begins with a text."""
        rest = prefix
        for number, part in enumerate(self.parts):
            if not rest:
                return ALWAYS
            if isinstance(part, str):
                if not (rest.startswith(part) or part.startswith(rest)):
                    return NEVER
                rest = rest[len(part) :]
                continue
            if part is Free.ANY:
                return EITHER
            if part is Free.HIDDEN:
                return doubt(f"the value of {self.name}")
            following = self.parts[number + 1] if number + 1 < len(self.parts) else None
            stop = following[0] if isinstance(following, str) and following else None
            pinned = (stop is not None and stop in rest) or (part is Free.NAME and "/" in rest)
            return NEVER if pinned else EITHER
        return NEVER if rest else ALWAYS

    def ends_with(self, suffix: str) -> Truth:
        """Whether it ends with a text."""
        rest = suffix
        for part in reversed(self.parts):
            if not rest:
                return ALWAYS
            if isinstance(part, str):
                if not (rest.endswith(part) or part.endswith(rest)):
                    return NEVER
                rest = rest[: max(len(rest) - len(part), 0)]
                continue
            if part is Free.HIDDEN:
                return doubt(f"the value of {self.name}")
            return NEVER if part is Free.NAME and "/" in rest else EITHER
        return NEVER if rest else ALWAYS

    def contains(self, piece: str) -> Truth:
        """Whether a text stands somewhere in it."""
        if any(isinstance(part, str) and piece in part for part in self.parts):
            return ALWAYS
        if self.literal is not None:
            return NEVER
        if Free.ANY in self.parts or Free.TEXT in self.parts or (Free.NAME in self.parts and "/" not in piece):
            return EITHER
        return doubt(f"what stands in {self.name}")


@dataclass(frozen=True, slots=True)
class OneOf:
    """A claim that has one of several forms; which, is set elsewhere than in what is judged here."""

    forms: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class NotRead:
    """A value that this reader does not make out, and why."""

    because: str


Value = Text | OneOf | NotRead
Claims = Mapping[str, Value]


def tested(value: Value, test: str, argument: str) -> Truth:
    """A test of a claim: ``equals``, ``starts_with``, ``ends_with`` or ``contains``."""
    if isinstance(value, NotRead):
        return doubt(value.because)
    forms = value.forms if isinstance(value, OneOf) else (value,)
    found = [_one(form, test, argument) for form in forms]
    true, false = max(one.true for one in found), max(one.false for one in found)
    return Truth(true, false, _reasons(true, false, found))


def _one(form: Text, test: str, argument: str) -> Truth:
    tests = {
        "equals": form.equals,
        "starts_with": form.starts_with,
        "ends_with": form.ends_with,
        "contains": form.contains,
    }
    return tests[test](argument)
