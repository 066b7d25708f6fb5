"""The text of a first config: what was answered, each value through one writer, and comments that say what more can be asked."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

MODELINE = "# yaml-language-server: $schema="
_PLAIN = re.compile(r"[a-z][a-z0-9-]*(?:@[0-9]+)?")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""Plain words that a reader of YAML takes for something else than a text."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first config says. ``location`` and ``residency`` None: nothing is said of them.

    ``places`` are own locations of models, where no one location is for all. ``members`` as IAM writes them, or ``serviceAccount:NAME`` for one that vxsetup makes; all may invoke models.
    ``parent`` and ``billing_account`` let vxsetup make the project. ``schema`` is where editors find the schema.
    """

    project: str
    models: tuple[str, ...]
    location: str | None = None
    residency: str | None = None
    members: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    parent: str | None = None
    billing_account: str | None = None
    contact: str | None = None
    schema: str | None = None
    places: tuple[tuple[str, str], ...] = ()


def scalar(value: str) -> str:
    """A text as YAML: plain where nobody can take it for something else, else in double quotes, escaped as in JSON."""
    if _PLAIN.fullmatch(value) and value not in _WORDS:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    # What JSON leaves as it is and YAML does not print: line ends of Unicode, DEL and C1, surrogates, private use.
    return "".join(
        _escaped(char) if (not char.isascii() and not char.isprintable()) or char == "\x7f" else char for char in quoted
    )


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def starter(answers: Answers) -> str:
    """The config's text. It ends with a line end; only known words and ``scalar`` values stand outside of comments."""
    lines = [f"{MODELINE}{answers.schema}"] if answers.schema else []
    lines += [
        "# What this project must be able to do with Claude on Vertex AI.",
        "# vxsetup check compares it with the cloud, vxsetup plan says what to change, vxsetup apply does it.",
        "version: 1",
        "project:",
        f"  id: {scalar(answers.project)}",
    ]
    if answers.parent is not None and answers.billing_account is not None:
        lines += [
            "  create:                         # vxsetup may make it, here and on this account",
            f"    parent: {scalar(answers.parent)}",
            f"    billing_account: {scalar(answers.billing_account)}",
        ]
    lines += _places(answers)
    lines.append("models:")
    own_places = dict(answers.places)
    for model in answers.models:
        lines.append(f"  - id: {scalar(model)}")
        lines += [f"    locations: [{scalar(own_places[model])}]"] if model in own_places else []
    lines += [
        "    # needs: {requests_per_minute: 60}       # then the quota is judged against it",
        "    # features: [prompt_caching, batch]      # then each is checked at this location",
    ]
    lines += _access(answers)
    if answers.clients:
        lines += ["clients:                          # vxsetup emit writes their settings"]
        lines += [f"  - {scalar(client)}" for client in answers.clients]
    if answers.contact is not None:
        lines += [
            "quota:",
            f"  contact: {scalar(answers.contact)}         # Google may write to it about requests for quota",
        ]
    else:
        lines += ["# quota: {contact: ops@acme.example}         # then vxsetup asks for larger limits itself"]
    lines += ["# consents: {enable_models: api}             # then vxsetup enables models where an API can"]
    return "\n".join(lines) + "\n"


def _places(answers: Answers) -> list[str]:
    lines = []
    if answers.location is not None:
        lines.append(f"location: {scalar(answers.location)}")
    if answers.residency is not None:
        lines.append(f"residency: {scalar(answers.residency)}")
    else:
        lines.append("# residency: eu                             # any | us | eu | asia: where data may be handled")
    return lines


def _access(answers: Answers) -> list[str]:
    if not answers.members:
        return [
            "# access:                                    # who must be able to send requests",
            "#   - {member: serviceAccount:app, create: true, can: [invoke]}",
        ]
    lines = ["access:"]
    for member in answers.members:
        lines.append(f"  - member: {scalar(member)}")
        if own(member):
            lines.append("    create: true                  # vxsetup may make it in this project")
        lines.append("    can: [invoke]")
    return lines


def own(member: str) -> bool:
    """Whether a member is a service account of the project itself, named without its domain."""
    return member.startswith("serviceAccount:") and "@" not in member
