"""Judges versions of clients against the least that serve the locations of the config."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vxsetup.clients.table import Package, Target
from vxsetup.clients.versions import numbers, older
from vxsetup.doctor.model import Know, Noted, note
from vxsetup.findings import Span
from vxsetup.rules.machine import TOO_OLD

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Installed:
    """A package or program as it was found: its name in its registry, its version, and where. ``span``: of a pin."""

    name: str
    ecosystem: str
    version: str
    where: str
    span: Span | None = None


def judge_versions(found: Sequence[Installed], know: Know) -> Iterator[Noted]:
    """The packages that send a location of the config to a wrong host, each once."""
    locations = sorted(know.locations)
    told: set[tuple[str, str]] = set()
    for one in found:
        for target, package in _packages(one, know):
            if not package.counts or (one.name, one.where) in told:
                continue
            worst = [(location, target.since(location)) for location in locations]
            late = [
                (where, c)
                for where, c in worst
                if c is not None and c.value is not False and older(one.version, str(c.value))
            ]
            if late:
                told.add((one.name, one.where))
                where, claim = max(late, key=lambda pair: numbers(str(pair[1].value)))
                message = f"{one.name} {_version(one.version)} ({one.where}) sends {where} to a wrong host; it is right from {claim.value} on"
                seen = [know.catalogue.evidence(claim, f"{target.title}: {where} from {claim.value} on")]
                yield note(
                    TOO_OLD,
                    message,
                    one.span,
                    f"Update {one.name} to {claim.value} or later.",
                    seen,
                    subject=f"{one.name} {one.where}",
                )


def _version(text: str) -> str:
    return text if text.isprintable() and len(text) <= 30 else "of some version"


def _packages(one: Installed, know: Know) -> Iterator[tuple[Target, Package]]:
    for target in know.targets.every:
        for package in target.packages:
            if package.name.partition("[")[0] == one.name and package.ecosystem == one.ecosystem:
                yield target, package
