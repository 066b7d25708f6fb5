"""Names the place that a live check has to ask about, to tell the causes of an error apart; and what it says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vxsetup.explain.clues import extract
from vxsetup.explain.fill import known
from vxsetup.explain.mask import masked, secrets_in
from vxsetup.explain.match import Clues

if TYPE_CHECKING:
    from dataclasses import dataclass

    from vxsetup.catalog import Catalogue
    from vxsetup.explain.model import Diagnosis, Own
    from vxsetup.findings import Finding
else:
    from vxsetup.values import dataclass


# In words of the asker's own an id is known by its hyphens, after a sign of assignment by its place alone.
_SAID = r"(?:\b|_)(?i:project(?:[ _-]?id)?)(?:\s+[\"'`]?([a-z][a-z0-9]{0,28}(?:-[a-z0-9]{1,28})+)|\s*[:=]\s*[\"'`]?([a-z][a-z0-9-]{4,28}[a-z0-9]))(?![\w-])"

_MOST_TOLD = 3
"""How many findings of a live check are told."""

_REACHED = "VX410"
"""The rule that a free request passes which came to the model itself, behind every gate of the platform."""

_PASSES = (_REACHED, "VX406", "VX602", "VX302", "VX501", "VX203", "VX202")
"""The rules whose pass speaks against a cause, the most telling first: of what is shown a reader sees the beginning."""

_OF_THE_CALLER = ("VX302",)
"""Rules about who asked. They bear on a refusal (401, 403); who got a 404 or a 429 was let in."""

_OF_A_LOCATION = (_REACHED, "VX405", "VX602")
_CHARGED = "VX205"
_SEEN = "VX201"
_OPEN = ("unknown", "not_reached")

_REFUSED = ("iam-missing-predict", "wrong-principal", "wrong-project", "quota-project")
"""The causes of a 403 that a refused quota project can be taken for."""

_SETTLED = frozenset(
    {
        "api-disabled",
        "billing-disabled",
        "quota-zero",
        "iam-missing-predict",
        "org-policy",
        "model-not-enabled",
        "model-not-in-region",
        "data-sharing-required",
    }
)
"""The causes that are just what their rule judges: where it passes, the cause is gone."""

_NOT_PLACED = (
    "The live check found nothing wrong in the project, but the error does not name both model and location, so no request "
    "was judged: name them with --context 'model ID, location PLACE'."
)

_ABOUT = ("vertex", "google", "claude")


@dataclass(frozen=True, slots=True)
class Place:
    """A project, and the models and locations to ask about; without a model only the project's own gates are asked.

    ``others`` are further locations of the model, which tell a place that does not serve it from a project without it.
    """

    project: str
    models: tuple[str, ...]
    locations: tuple[str, ...]
    others: tuple[str, ...] = ()

    def concerns(self, subject: str) -> bool:
        """Whether a resource name is of this place, or of no place at all."""
        return not any(f"/locations/{other}/" in subject for other in self.others)

    def judged(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """What a check says of this place. An error that names no location is not disproved by another one's answer."""
        mine = (each for each in findings if self.concerns(each.subject))
        return tuple(each for each in mine if self.locations or each.rule not in _OF_A_LOCATION or _failed(each))


def place_of(text: str, context: str, own: Own | None, catalogue: Catalogue) -> Place | None:
    """The place that an error is about: what the text names, else what the config says, else the asker.

    None without a project.
    """
    named = extract(text, context).clues
    values = known(named, own, catalogue)
    project = values["project"]
    if project == "PROJECT_ID" or (project.isdigit() and own is None):
        project = _said(context) or _said(text) or project
    if project == "PROJECT_ID":
        return None
    models = (_model(named, own, values),) if values["model"] != "MODEL" else (own.models if own else ())
    location = values["location"]
    if "location" in named and own is not None:
        from_text = known({name: named[name] for name in ("location",)}, None, catalogue)["location"]
        location = from_text if from_text != "LOCATION" else location
    if location == "LOCATION":
        return Place(project, models, ())
    others = _others(models, location, catalogue) if "404" in named.get("http", ()) else ()
    return Place(project, models, (location,), others)


def said_project(text: str, context: str) -> str | None:
    """The project that the asker's words name, where the text names none but by number."""
    said = _said(context)
    if said is None or masked(said) != said or any(said in secret for secret in secrets_in(context)):
        return None
    project = known(extract(text, "").clues, None, None)["project"]
    return said if project == "PROJECT_ID" or project.isdigit() else None


def _said(words: str) -> str | None:
    said = re.search(_SAID, words)
    return None if said is None else said[1] or said[2]


def _model(named: Clues, own: Own | None, values: Mapping[str, str]) -> str:
    """The model as the error writes it, since its very id may be what is wrong; the config's where that has it."""
    written = next((each for each in named.get("model", ()) if re.fullmatch(r"[\w.@:-]{1,100}", each)), None)
    return values["model"] if written is None or (own is not None and values["model"] in own.models) else written


def _others(models: tuple[str, ...], location: str, catalogue: Catalogue) -> tuple[str, ...]:
    """At most two documented places of a model besides a location."""
    model = catalogue.model(models[0]) if len(models) == 1 else None
    return tuple(place for place in (model.locations if model else ()) if place != location)[:2]


def bearing(findings: Sequence[Finding], text: str, context: str, recognised: bool) -> tuple[str, ...]:
    """What of a live check bears on an error, as ``fail VX602`` and ``pass VX203``.

    Failures of severity error, and passes that the cloud has proved; what is unknown says nothing. ``recognised`` is
    whether the text alone points to a cause: where it does not, that all is well is no sign of any cause, and a failure
    is one only where the text is about this platform at all.
    """
    clues = extract(text, context).clues
    statuses = set(clues.get("http", ()))
    let_in = bool(statuses) and not statuses & {"401", "403"}
    if not recognised and not set(_ABOUT) & set(clues.get("topic", ())):
        return ()
    failed = {each.rule for each in findings if _failed(each)}
    passed = {each.rule for each in findings if each.verdict.value == "pass"}
    passed -= {each.rule for each in findings if each.verdict.value == "fail"}
    if _REACHED not in passed and not let_in:
        # Only a warning of check's, since most requests are not charged elsewhere; this one may have been.
        failed |= {each.rule for each in findings if each.rule == _CHARGED and each.verdict.value == "fail"}
    said = [f"fail {rule}" for rule in sorted(failed) if not (let_in and rule in _OF_THE_CALLER)]
    if recognised:
        said += [f"pass {rule}" for rule in _PASSES if rule in passed and not (let_in and rule in _OF_THE_CALLER)]
    return tuple(said)


def told(findings: Sequence[Finding], alone: Diagnosis, found: Diagnosis, silence: str | None) -> tuple[str, ...]:
    """What the live check adds in words: what it found wrong, what it could not read, or that it found nothing wrong.

    ``alone`` is the diagnosis of the text, ``found`` the one with the check; ``silence`` is why not one request was
    answered, or None.
    """
    if silence is not None:
        return (f"The live check could ask nothing, so this is from the text alone: {silence.rstrip('.')}.",)
    failed = [each for each in findings if _failed(each)]
    notes = list(dict.fromkeys(f"The live check found ({each.rule}): {each.message}" for each in failed))[:_MOST_TOLD]
    reached = next((each for each in findings if each.rule == _REACHED and each.verdict.value == "pass"), None)
    first = found.causes[0] if found.causes else None
    if first is not None and first.cause in _REFUSED:
        # A warning, since a request without the header that charges a project gets through; a client may send it.
        charged = [each for each in findings if each.rule == _CHARGED and each.verdict.value == "fail"]
        notes += [f"The live check found ({_CHARGED}): {each.message}" for each in charged if each not in failed][:1]
    if any(each.rule in _OF_THE_CALLER for each in failed):
        notes += [_not_read(each) for each in findings if each.rule == _SEEN and each.verdict.value in _OPEN][:1]
    if reached is not None and not failed:
        notes.append(_all_well(reached, "else" if notes else ""))
        notes += _disproved(alone, found)
    elif not failed:
        open_ = [each for each in findings if each.verdict.value == "unknown" and each.severity.value == "error"]
        every = {each.message: _not_read(each) for each in reversed(open_)}  # several rules wait on one answer
        notes += list(reversed(every.values()))[:_MOST_TOLD] or [_NOT_PLACED]
    # Of another name in the policy than the model's own the check says nothing.
    other = any("count-tokens" in value for _, value in found.evidence)
    if first is not None and first.cause in _SETTLED and _passes(findings, first.rule) and not other:
        notes.append(
            f"The text says {first.cause}, but the live check passes {first.rule} now: it was mended since, needs some "
            "minutes to act, or the error is of another project, place or caller."
        )
    return tuple(notes)


def _failed(finding: Finding) -> bool:
    return finding.verdict.value == "fail" and finding.severity.value == "error"


def _passes(findings: Sequence[Finding], rule: str | None) -> bool:
    return {each.verdict.value for each in findings if each.rule == rule} == {"pass"}


def _all_well(reached: Finding, else_: str) -> str:
    nothing = f"nothing {else_}".rstrip()
    return (
        f"The live check found {nothing} wrong ({_REACHED}): for its caller {reached.message}. Compare that with the "
        "request that failed: who asked, which project and location its address names, what its body carries, and when."
    )


def _disproved(alone: Diagnosis, found: Diagnosis) -> list[str]:
    """What the text alone would have been taken for, where the check leaves nothing of it."""
    if found.recognised or not alone.recognised:
        return []
    text_says = alone.causes[0].cause
    return [f"By its text alone the error is most likely {text_says}: what was mended only now may need some minutes."]


def _not_read(finding: Finding) -> str:
    todo = finding.fix.summary if finding.fix is not None else ""
    if "--model" in todo:  # how check is told; here it is the asker who knows
        todo = "name the model and its location, with --context 'model ID, location PLACE'"
    return f"The live check could not tell ({finding.rule}): {finding.message}" + (
        f" To learn it: {todo}." if todo else ""
    )
