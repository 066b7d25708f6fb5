"""Known, Absent and Unknown: the three things a fact can be, and the collection that rules ask."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any

from vxsetup.findings import Evidence, Rung

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


class Absent(Enum):
    """A known nothing: no policy, no binding, no quota row. Not the same as unknown."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


class UnknownCause(StrEnum):
    """Why something could not be read."""

    NOT_ASKED = "not_asked"
    PERMISSION_DENIED = "permission_denied"
    API_DISABLED = "api_disabled"
    BILLING_DISABLED = "billing_disabled"
    QUOTA_PROJECT = "quota_project"
    ABSENT_OR_HIDDEN = "absent_or_hidden"
    UNAUTHENTICATED = "unauthenticated"
    NO_CREDENTIALS = "no_credentials"
    PERIMETER = "perimeter"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    NETWORK = "network"
    MALFORMED = "malformed"
    REFUSED = "refused"
    NOT_RECORDED = "not_recorded"
    KNOWN_AFTER_APPLY = "known_after_apply"


@dataclass(frozen=True, slots=True)
class Known:
    """A fact that was read: its value, which source said so, when (RFC 3339), and on which rung."""

    value: Any
    source: str
    at: str | None = None
    rung: Rung = Rung.READ

    def evidence(self, says: str) -> Evidence:
        """This reading as evidence, in the words of the rule that uses it."""
        return Evidence(self.rung, self.source, says, self.at)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be read.

    ``would_need`` names the permission, API or act that would have answered; ``service`` and ``consumer`` are the API
    that refused and the project that it charged, where the refusal named them (``consumer`` as ``projects/…``);
    ``remedy`` is a command that a person can run, where one is known.
    """

    cause: UnknownCause
    says: str
    would_need: str
    source: str
    at: str | None = None
    service: str | None = None
    consumer: str | None = None
    remedy: str | None = None

    def evidence(self) -> Evidence:
        """What was answered instead of the fact."""
        return Evidence(Rung.READ, self.source, self.says, self.at)


Fact = Known | Unknown


class HoleItems(tuple[Any, ...]):
    """A list of which nobody can know all items before a plan is applied: those that are known, and any others."""

    __slots__ = ()


class Hole(str):
    """A value that nobody can know before a plan is applied, such as the number of a project that does not exist yet.

    It stands where the value will stand, and reads as what it is.
    """

    __slots__ = ()

    def __new__(cls, what: str) -> Hole:
        """``what`` names the value: ``project number``."""
        return super().__new__(cls, f"({what}: known after apply)")


NOT_ASKED = Unknown(UnknownCause.NOT_ASKED, "this was not asked", "an online check", "vxsetup")


class Facts(Mapping[Hashable, Fact]):
    """Fact keys and what is known of each. A key that was never asked for is unknown, not missing."""

    def __init__(self, facts: Mapping[Hashable, Fact] | None = None) -> None:
        self._facts = dict(facts or {})

    def __getitem__(self, key: Hashable) -> Fact:
        return self._facts.get(key, NOT_ASKED)

    def __contains__(self, key: object) -> bool:
        return key in self._facts

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def laid_over(self, given: Mapping[Hashable, Any], source: str) -> Facts:
        """These facts with what a step gives laid over them: values, unknowns, or changes (objects with ``applied``)
        of the fact that is there. The given facts are named as planned."""
        overlaid = dict(self._facts)
        for key, value in given.items():
            if hasattr(value, "applied"):
                overlaid[key] = value.applied(self[key], source)
            else:
                overlaid[key] = value if isinstance(value, Unknown) else Known(value, source)
        return Facts(overlaid)
