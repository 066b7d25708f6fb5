"""The path of a request through the platform's gates, and where a probe's answer says that it stopped.

One function decides which gate a refusal belongs to, so that one root cause is one failure, whichever rules look.
The platform's order of checks is observed, not documented (FIELD): only a passed probe proves the gates
before the model; a stop proves nothing about the other gates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vxsetup.catalog import Catalogue, Recognition
from vxsetup.catalog import Model as KnownModel
from vxsetup.config.project import Model, Placement, Project
from vxsetup.facts.base import ABSENT, Facts, Known, Unknown, UnknownCause
from vxsetup.facts.models import Passed, Probe, PublisherModel, Stopped
from vxsetup.facts.project import ProjectRecord
from vxsetup.facts.refusal import GOOGLE_CLIENT_PROJECTS, Cause, Refusal
from vxsetup.findings import (
    ConfigPath,
    Evidence,
    Fix,
    Judgement,
    Requirement,
    RequirementId,
    Rung,
    Span,
    Verdict,
)
from vxsetup.rules.circumstances import Circumstances

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

GATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("token", ("VX301",)),
    ("api", ("VX203",)),
    ("billing", ("VX202",)),
    ("access", ("VX302",)),
    ("policy", ("VX501", "VX502")),
    ("served", ("VX401", "VX402", "VX404", "VX405")),
    ("enabled", ("VX406", "VX407")),
    ("quota", ("VX602",)),
    ("request", ("VX410",)),
)
"""The gates as they are drawn, and the rules whose worst verdict each shows."""


@dataclass(frozen=True, slots=True)
class Target:
    """One model at one location, as the rules of the request path judge it.

    ``probe`` is None where the id cannot stand in a request. ``others`` are the probes of the same model elsewhere.
    """

    project: str
    model: str
    location: str
    bare_id: str
    documented: bool
    subject: str
    probe: Probe | None
    listed: PublisherModel | None
    others: tuple[Probe, ...] = ()


SENDABLE = ("known", "unknown")
"""The kinds of ids that can stand in a request; the others are copied from elsewhere and are answered with the right id."""


def project_name(project: str) -> str:
    """The resource name of a project."""
    return f"projects/{project}"


def model_name(project: str, location: str, model: str) -> str:
    """The resource name of a publisher model as seen by a project at a location."""
    return f"projects/{project}/locations/{location}/publishers/anthropic/models/{model}"


@dataclass(frozen=True, slots=True)
class ModelTarget:
    """One model of a config, wherever it is asked for: as written, what that is, and the facts that speak for it."""

    written: str
    recognition: Recognition
    model: KnownModel | None
    probes: tuple[Probe, ...]
    listed: PublisherModel | None
    config_path: ConfigPath
    span: Span
    targets: tuple[Target, ...]

    @property
    def reads(self) -> tuple[Hashable, ...]:
        """The facts that speak for the model; none where the id cannot stand in a request."""
        return (*self.probes, *((self.listed,) if self.listed is not None else ()))


Place = tuple[Target, Span, tuple[Span, ...], ConfigPath]
"""A target, the line that asks for it, the related lines, and the config path of what asks."""


class Declaration:
    """One project as a config declares it, the catalogue that it is read against, and what rules derive from both.

    Derived once, because every rule about a model asks for it.
    """

    def __init__(self, project: Project, catalogue: Catalogue, paid: bool = False, troubleshoot: bool = False) -> None:
        self.project = project
        self.catalogue = catalogue
        self.paid = paid
        self.troubleshoot = troubleshoot
        self.derived: dict[str, tuple[Any, ...]] = {}
        """What one family of rules derives for all of its rules, by a name of its own."""

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every model at every location that the config asks for."""
        return tuple(place for model in self.project.models for place in self._of_model(model))

    @cached_property
    def models(self) -> tuple[ModelTarget, ...]:
        """Every model that the config asks for."""
        found = []
        for model in self.project.models:
            own = [target for target, _, _, path in self.places if path[: len(model.config_path)] == model.config_path]
            known = self.catalogue.model(model.id)
            recognised = self.catalogue.recognise(model.id)
            sendable = recognised.kind in SENDABLE
            listed = PublisherModel(known.id if known else model.id.partition("@")[0]) if sendable else None
            probes = tuple(target.probe for target in own if target.probe is not None)
            path = (*model.config_path, "id")
            span = self.project.span(path)
            found.append(ModelTarget(model.id, recognised, known, probes, listed, path, span, tuple(own)))
        return tuple(found)

    @cached_property
    def probes(self) -> tuple[Probe, ...]:
        """Every probe that the config gives rise to, each once."""
        return tuple(dict.fromkeys(target.probe for target, *_ in self.places if target.probe is not None))

    def _of_model(self, model: Model) -> Iterator[Place]:
        project, catalogue = self.project, self.catalogue
        recognised = catalogue.recognise(model.id)
        sendable = recognised.kind in SENDABLE
        known = catalogue.model(model.id)
        bare = known.id if known else model.id.partition("@")[0]
        served = known.locations if known else ()
        probes = [
            Probe(project.id, p.location, model.id, catalogue.host(p.location), self.paid) for p in model.locations
        ]
        for placement, probe in zip(model.locations, probes, strict=True):
            target = Target(
                project=project.id,
                model=model.id,
                location=placement.location,
                bare_id=bare,
                documented=placement.location in served,
                subject=model_name(project.id, placement.location, model.id),
                probe=probe if sendable else None,
                listed=PublisherModel(bare) if sendable else None,
                others=tuple(other for other in probes if other != probe) if sendable else (),
            )
            yield (target, *_place(project, model.config_path, placement))


def _own_probe(target: Target) -> tuple[Hashable, ...]:
    return (target.probe,) if target.probe is not None else ()


def for_each_target(
    rule: str, sentence: str, reads: Callable[[Target], tuple[Hashable, ...]] = _own_probe
) -> Callable[[Declaration], Iterator[Requirement]]:
    """The ``requires`` of a rule about every model at every location; ``sentence`` has {model}, {location}, {project}."""

    def required(declaration: Declaration) -> Iterator[Requirement]:
        project = declaration.project
        for target, span, related, path in declaration.places:
            yield Requirement(
                rule=rule,
                subject=target.subject,
                sentence=sentence.format(model=target.model, location=target.location, project=target.project),
                span=span,
                related=related,
                config_path=path,
                project=project.id,
                environment=project.environment,
                reads=reads(target),
                target=target,
            )

    return required


def _place(project: Project, model: ConfigPath, placement: Placement) -> tuple[Span, tuple[Span, ...], ConfigPath]:
    """The line that asks: the location where the model names one, else the model's id."""
    own = placement.config_path[: len(model)] == model and len(placement.config_path) > len(model)
    identifier = (*model, "id")
    if own:
        return project.span(placement.config_path), (project.span(identifier),), placement.config_path
    return project.span(identifier), (), identifier


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a probe shows. Exactly one of ``passed``, ``stopped_at`` and ``unknown`` is set."""

    passed: Known | None = None
    stopped_at: str | None = None
    refusal: Refusal | None = None
    known: Known | None = None
    unknown: Unknown | None = None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The answer as evidence."""
        if self.passed is not None:
            return (self.passed.evidence(f"{self.passed.value.says}: the model's own layer answered"),)
        if self.known is not None and self.refusal is not None:
            return (self.known.evidence(self.refusal.error.says),)
        return (self.unknown.evidence(),) if self.unknown is not None else ()


_GATE_OF = {
    Cause.API_DISABLED: "VX203",
    Cause.BILLING_DISABLED: "VX202",
    Cause.QUOTA_PROJECT: "VX205",
    Cause.IAM_MISSING: "VX302",
    Cause.UNAUTHENTICATED: "VX301",
    Cause.ORG_POLICY: "VX501",
    Cause.ORG_POLICY_FEATURE: "VX501",
    Cause.PERIMETER: "VX502",
    Cause.MODEL_NOT_IN_REGION: "VX405",
    Cause.MODEL_NOT_ALLOWED: "VX406",
    Cause.DATA_SHARING: "VX407",
    Cause.ADDENDUM: "VX407",
    Cause.QUOTA: "VX602",
    Cause.CAPACITY: "VX602",
    Cause.UNRECOGNISED: "VX410",
}


def outcome(target: Target, facts: Facts, circumstances: Circumstances) -> Outcome:
    """What the probe of a target shows, with the gate that a refusal belongs to."""
    if target.probe is None:
        return Outcome(stopped_at="VX401")
    fact = facts[target.probe]
    if isinstance(fact, Unknown):
        return Outcome(unknown=fact)
    if isinstance(fact.value, Passed):
        return Outcome(passed=fact)
    refusal = fact.value.refusal
    gate = _gate(target, refusal, facts, circumstances)
    return Outcome(stopped_at=gate, refusal=refusal, known=fact)


def probe_outcome(probe: Probe, facts: Facts) -> Outcome:
    """What one probe shows, for the gates that stand before any model."""
    fact = facts[probe]
    if isinstance(fact, Unknown):
        return Outcome(unknown=fact)
    if isinstance(fact.value, Passed):
        return Outcome(passed=fact)
    refusal = fact.value.refusal
    return Outcome(stopped_at=_project_gate(probe.project, refusal, facts), refusal=refusal, known=fact)


_BEFORE_MODEL = frozenset({"VX201", "VX202", "VX203", "VX205", "VX301"})


def doubting(probe: Probe, facts: Facts) -> Outcome | None:
    """What a probe shows, where a read that says "no" cannot be believed beside it: the probe was sent and got no
    answer, or it was refused further on than at the project, so that it may have passed what the read denies."""
    seen = probe_outcome(probe, facts)
    if seen.unknown is not None:
        untried = (UnknownCause.NOT_ASKED, UnknownCause.KNOWN_AFTER_APPLY)
        return None if seen.unknown.cause in untried else seen
    return None if seen.stopped_at in _BEFORE_MODEL else seen


def _gate(target: Target, refusal: Refusal, facts: Facts, circumstances: Circumstances) -> str:
    if refusal.cause is Cause.MODEL_NOT_FOUND:
        return _not_found(target, facts, circumstances)
    return _project_gate(target.project, refusal, facts)


def _project_gate(project: str, refusal: Refusal, facts: Facts) -> str:
    """The gate of a refusal that no model's own state decides."""
    if _foreign(project, refusal, facts):
        return "VX205"
    record = facts[ProjectRecord(project)]
    gone = isinstance(record, Known) and record.value.state != "ACTIVE"
    if gone and refusal.cause in (Cause.IAM_MISSING, Cause.QUOTA_PROJECT):
        return "VX201"  # a project that is being deleted is refused in the words of one that is hidden
    return _GATE_OF.get(refusal.cause, "VX410")


def _foreign(project: str, refusal: Refusal, facts: Facts) -> bool:
    """Whether an API was refused as disabled in another project than the one asked about (F#68855632559)."""
    return refusal.cause is Cause.API_DISABLED and charged_elsewhere(project, refusal.consumer, facts)


def charged_elsewhere(project: str, consumer: str | None, facts: Facts) -> bool:
    """Whether a refusal's ``consumer`` is another project than this one, as far as ids and numbers can be compared."""
    if consumer is None:
        return False
    name = consumer.removeprefix("projects/")
    if name in GOOGLE_CLIENT_PROJECTS:
        return True
    record = facts[ProjectRecord(project)]
    if isinstance(record, Known):
        return name not in (project, record.value.number)
    return not name.isdigit() and name != project


def _not_found(target: Target, facts: Facts, circumstances: Circumstances) -> str:
    """A 404 has four causes; other evidence splits them: retired, not published, not here, not enabled."""
    for other in target.others:
        fact = facts[other]
        if isinstance(fact, Known) and isinstance(fact.value, Passed):
            return "VX405"  # enablement is for the whole project, so the model is enabled and only this place refuses
        if (
            isinstance(fact, Known)
            and isinstance(fact.value, Stopped)
            and fact.value.refusal.cause is Cause.DATA_SHARING
        ):
            return "VX405"
    known = circumstances.catalogue.model(target.model)
    if known is not None and known.state(circumstances.today).name == "shut_down":
        return "VX402"
    listed = facts[target.listed]
    if isinstance(listed, Known) and listed.value is ABSENT:
        return "VX404"
    return "VX406" if target.documented else "VX410"


Own = Callable[[Target, Outcome], Judgement]


def judge_gate(
    requirement: Requirement, facts: Facts, circumstances: Circumstances, sentence: str, failed: Own
) -> Judgement:
    """Judge one gate of a target by its probe alone: passed, stopped here, stopped elsewhere, or not known.

    ``failed`` words the failure where the probe stopped at this very gate.
    """
    target: Target = requirement.target
    seen = outcome(target, facts, circumstances)
    if seen.passed is not None:
        return Judgement(Verdict.PASS, sentence, seen.evidence)
    if seen.stopped_at == requirement.rule:
        return failed(target, seen)
    return not_judged(target, facts, seen)


def not_judged(target: Target, facts: Facts, seen: Outcome) -> Judgement:
    """The judgement of a gate that a probe did not get to: unknown, or not reached where another gate is at fault."""
    if seen.unknown is not None:
        return from_unknown(
            target.project,
            facts,
            seen.unknown,
            f"whether a request for {target.model} at {target.location} gets through",
        )
    blocked = blocking(seen.stopped_at or "VX410", target)
    return Judgement(
        Verdict.UNKNOWN,
        f"The request for {target.model} at {target.location} was refused before this could show.",
        seen.evidence,
        Fix(f"settle {blocked.rule} first", command=f"vxsetup explain {blocked.rule}"),
        blocked_by=(blocked,),
    )


def blocking(rule: str, target: Target) -> RequirementId:
    """The requirement of a rule that stands in the way of a target."""
    return _blocking(rule, target.project, target.model, target.subject)


def blocking_at(rule: str, probe: Probe) -> RequirementId:
    """The requirement of a rule that stands in the way of a probe."""
    return _blocking(rule, probe.project, probe.model, model_name(probe.project, probe.location, probe.model))


def _blocking(rule: str, project: str, model: str, subject: str) -> RequirementId:
    subjects = {
        "VX202": f"projects/{project}/billingInfo",
        "VX203": f"projects/{project}/services/aiplatform.googleapis.com",
    }
    if rule in ("VX201", "VX204", "VX205", "VX301", "VX302"):
        return RequirementId(rule, project_name(project))
    if rule in ("VX401", "VX402", "VX404", "VX406"):
        return RequirementId(rule, f"projects/{project}/publishers/anthropic/models/{model}")
    return RequirementId(rule, subjects.get(rule, subject))


def from_unknown(project: str, facts: Facts, unknown: Unknown, what: str) -> Judgement:
    """A judgement from a fact that could not be read: it says what would have told, and what it waits on.

    ``what`` is the open question as a clause: ``whether the project p exists``.
    """
    if unknown.cause is UnknownCause.NOT_ASKED:
        why, fix = "it was not asked", Fix("run vxsetup check with --probe free")
    elif unknown.cause is UnknownCause.KNOWN_AFTER_APPLY:
        why, fix = "it shows only after the plan is applied", Fix("apply the plan, then check again")
    else:
        why, fix = in_short(unknown.says), Fix(asking(unknown.would_need), command=unknown.remedy)
    message = f"{what[:1].upper()}{what[1:]} is not known: {why}."
    return Judgement(Verdict.UNKNOWN, message, (unknown.evidence(),), fix, waiting_on(project, facts, unknown))


def in_short(says: str) -> str:
    """The head of an error answer; the whole of it stands in the evidence."""
    head = re.match(r"\d{3}\b(?!\.\d)(?: [A-Z_]+)?(?: \([A-Z_]+\))?(?:, with an empty body)?", says)
    return f"the answer was {head[0]}" if head else says.rstrip(" .")


def waiting_on(project: str, facts: Facts, unknown: Unknown) -> tuple[RequirementId, ...]:
    """The requirement whose failure would explain why a fact could not be read, if there is one."""
    name = project_name(project)
    foreign = charged_elsewhere(project, unknown.consumer, facts)
    aiplatform = unknown.service == "aiplatform.googleapis.com" and not foreign
    blockers = {
        UnknownCause.API_DISABLED: RequirementId("VX203", f"{name}/services/aiplatform.googleapis.com")
        if aiplatform
        else RequirementId("VX204", name),
        UnknownCause.QUOTA_PROJECT: RequirementId("VX205", name),
        UnknownCause.BILLING_DISABLED: RequirementId("VX202", f"{name}/billingInfo"),
        UnknownCause.ABSENT_OR_HIDDEN: RequirementId("VX201", name),
        UnknownCause.UNAUTHENTICATED: RequirementId("VX301", name),
        UnknownCause.NO_CREDENTIALS: RequirementId("VX301", name),
    }
    blocker = blockers.get(unknown.cause)
    return (blocker,) if blocker else ()


def asking(need: str | None) -> str:
    """What would answer, as a step: a permission to be granted, an API to be enabled, a thing to be had."""
    if not need:
        return "check again later"
    if re.fullmatch(r"[a-z]+(\.[A-Za-z]+){2}(/[A-Za-z]+\.[a-z]+)?", need):
        return f"give {need} to the identity that runs the check"
    for noun, step in _STEPS.items():
        if need.startswith(noun):
            return step + need.removeprefix(noun)
    return need


_STEPS = {
    "the API ": "enable the API ",
    "a later try": "check again in some minutes",
    "an answer of ": "check again when there is an answer of ",
    "a well-formed answer of ": "look for a proxy on the way that changes answers of ",
    "a token ": "log in with credentials that give a token ",
    "a quota project ": "name a quota project ",
    "a check as ": "run the check as ",
    "an ingress rule ": "ask an administrator of VPC Service Controls for an ingress rule ",
}
"""What a fact would have needed, as the providers name it -> the step that gets it."""


def declared(source: str, says: str) -> tuple[Evidence, ...]:
    """Evidence that is the config's own words."""
    return (Evidence(Rung.DECLARED, source, says),)
