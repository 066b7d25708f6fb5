"""The vocabulary that every room shares: spans, evidence, rules, requirements, verdicts, findings, steps, reports.

It imports nothing of the package, holds no logic but ordering and counting, and every type in it is an immutable value.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field

ConfigPath = tuple[str | int, ...]
"""Where a value stands in the merged config, for example ``("models", 0, "locations", 1)``."""


class Verdict(StrEnum):
    """What is known of a requirement. ``unknown`` is never a pass."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    NOT_REACHED = "not_reached"


class Severity(StrEnum):
    """How much a failure weighs. Only ``error`` decides whether a project is ready."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def weight(self) -> int:
        """3 for error, 2 for warning, 1 for info: for thresholds and for sorting."""
        return {"error": 3, "warning": 2, "info": 1}[self.value]


class Rung(StrEnum):
    """How near to a working request a piece of evidence is, from far to near.

    ``declared`` is what the config file itself says; ``catalogue`` the dated table that is shipped; ``listed`` the
    publisher-model read, which is blind to region and project, or Cloud Asset Inventory, an index that may be behind;
    ``read`` an answer of a management API about this very project; ``probed`` a request that costs nothing and passes
    through every gate; ``smoked`` a paid request.
    """

    DECLARED = "declared"
    CATALOGUE = "catalogue"
    LISTED = "listed"
    READ = "read"
    PROBED = "probed"
    SMOKED = "smoked"


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a file. Lines and columns count from 1; ``end_column`` is the first column after the text."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to believe a verdict: from which rung and source, what it says, and when it was seen.

    ``at`` is an RFC 3339 time for what was read from the cloud, or a date for what a document says.
    """

    rung: Rung
    source: str
    says: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """The next step: a sentence, and where there is one a command to run and a page to open."""

    summary: str
    command: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class RuleDocs:
    """A rule's documentation. ``good`` states the good state in one sentence; ``references`` are source keys or URLs."""

    good: str
    why: str
    judged: str
    reads: str
    fix: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequirementId:
    """Names one requirement within a run: the rule and what it is about. Used to say that one waits on another."""

    rule: str
    subject: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """A sentence that must be true of the cloud, asked for by one place in a config.

    ``reads`` are the fact keys that can answer it; ``target`` is what the rule needs to judge it (a placement, a
    member …) and belongs to the rule's family.
    """

    rule: str
    subject: str
    sentence: str
    span: Span
    config_path: ConfigPath
    project: str
    environment: str | None = None
    principal: str | None = None
    severity: Severity | None = None
    reads: tuple[Hashable, ...] = ()
    target: Any = None
    related: tuple[Span, ...] = ()

    @property
    def id(self) -> RequirementId:
        """The name by which other requirements of the same run wait on this one."""
        return RequirementId(self.rule, self.subject)


@dataclass(frozen=True, slots=True)
class Measure:
    """What there is against what is needed, in one unit (``requests a minute``). ``have`` is the least that may hold."""

    have: int
    need: int
    unit: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says of one requirement.

    ``blocked_by`` names requirements whose failure would explain why this one could not be judged; the engine turns
    the verdict into ``not_reached`` where one of them failed, and leaves it ``unknown`` where none did.
    """

    verdict: Verdict
    message: str
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    blocked_by: tuple[RequirementId, ...] = ()
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class Diff:
    """One attribute that a step changes, as a person reads it. ``before`` is None where there was nothing."""

    attribute: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Permit:
    """A permission that a step needs on a resource (``projects/…``, ``folders/…``, ``billingAccounts/…``).

    ``doubtful``: no role dump has the name, so it is tested in a request of its own and its absence proves nothing.
    ``role`` is the least predefined role that holds it.
    """

    resource: str
    permission: str
    role: str
    doubtful: bool = False


class StepKind(StrEnum):
    """What a step does to the cloud: makes something new, changes something that is there, or is left to a person."""

    CREATE = "create"
    CHANGE = "change"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Step:
    """One change that makes a requirement true.

    ``gives`` maps fact keys to what will hold when the step is done: a value, a change of the value that is there (an
    object with ``applied``), or an unknown that shows only then. ``needs`` are fact keys that other steps must have
    given first; ``action`` is the change as JSON data, carried out by ``plan.apply``. ``depends`` is the projection: what
    of the cloud the step rests on, as JSON data; when it moves, the step is stale. A step with ``by_hand`` set is a
    person's to do, by someone with the role ``who``. ``expects`` says in words what lies in other hands even when the
    step is done. ``asked_by`` is the fingerprint of the finding that asked for it; ``settles``: its requirement passes
    when this step is done. ``patience`` is how
    many seconds to wait for that, None for the usual time. ``consent`` is the text under which a legal act is done.
    ``after`` are fact keys whose givers come first where there are any, however they end.
    """

    id: str
    title: str
    reason: str
    project: str
    action: Mapping[str, Any]
    gives: Mapping[Hashable, Any]
    needs: tuple[Hashable, ...] = ()
    by_hand: Fix | None = None
    kind: StepKind = StepKind.CREATE
    diff: tuple[Diff, ...] = ()
    permissions: tuple[Permit, ...] = ()
    depends: Mapping[str, Any] = field(default_factory=dict)
    asked_by: str | None = None
    settles: bool = True
    patience: float | None = None
    who: str | None = None
    expects: str | None = None
    consent: str | None = None
    after: tuple[Hashable, ...] = ()


Requires = Callable[[Any], Iterable[Requirement]]
Judges = Callable[[Requirement, Any, Any], Judgement]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its names, its weight, the least rung that can pass it, its docs, and its two pure functions.

    ``requires(declaration)`` yields the requirements that a config makes; ``judge(requirement, facts,
    circumstances)`` judges one. What would make a requirement true, its remedy, stands under the rule's id in
    ``rules.remedies``, which only a plan loads. Rules about the document itself (VX1xx) have no functions: the config
    room finds their faults while it reads.
    """

    id: str
    name: str
    severity: Severity
    rung: Rung
    docs: RuleDocs
    requires: Requires | None = None
    judge: Judges | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Why a finding does not count: the reason that the config gives, and until when."""

    reason: str
    expires: date | None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Baselined:
    """Why a failure that was there before does not fail a run: who answers for it, why, and until when."""

    reason: str
    owner: str
    expires: date


@dataclass(frozen=True, slots=True)
class Finding:
    """A judged requirement, or a fault of a document, as every report shows it.

    ``config`` is the config that the finding is about, where it points into another file, one that this config extends.
    """

    rule: str
    name: str
    verdict: Verdict
    severity: Severity
    message: str
    subject: str
    span: Span | None = None
    related: tuple[Span, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    environment: str | None = None
    principal: str | None = None
    project: str | None = None
    config_path: ConfigPath = ()
    caused_by: str | None = None
    suppressed: Suppressed | None = None
    baselined: Baselined | None = None
    measure: Measure | None = None
    config: str | None = None

    @property
    def home(self) -> str:
        """The config that the finding is about: reports tell it there. Empty where it points into no file."""
        return self.config or (self.span.file if self.span else "")

    @property
    def fingerprint(self) -> str:
        """Stable over edits that move lines: rule, file, environment, subject, config path; 16 hexadecimal digits."""
        import hashlib  # for reports alone: pages and completion start without it

        file = self.span.file if self.span else ""
        path = "/".join(str(part) for part in self.config_path)
        text = "\0".join((self.rule, file, self.environment or "", self.subject, path, self.principal or ""))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate on the path of a request, in the order in which the path is drawn. ``None``: nobody tried it."""

    name: str
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class RequestPath:
    """The path of a request for one model at one location, as a line of gates."""

    model: str
    location: str
    gates: tuple[Gate, ...]


@dataclass(frozen=True, slots=True)
class ProjectResult:
    """The outcome for one project in one environment.

    ``unlisted`` are how many of its findings that pass, and that do not apply, a report counts and does not hold.
    """

    id: str
    environment: str | None
    file: str
    verdict: str
    summary: Mapping[str, int]
    paths: tuple[RequestPath, ...] = ()
    unlisted: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a renderer shows. ``sources`` maps each file to its text, for source lines and carets.

    ``next_command`` is the line that ends the text report. ``rules`` are those that may be named in it, for their docs.
    ``shard`` is (i, n) where this is part i of n of a larger run, counted from 1. A failure below ``fail_on`` does not
    fail the run. ``plans`` are what ``plan`` would do for each of ``projects``, as the JSON data of a plan, None where it
    would refuse to; empty where no reader of the report shows them. ``listed`` are all findings, where ``findings`` are
    only those that are no passes (the projects count the rest). Of many files neither is in memory: each walk reads anew.
    """

    command: str
    verdict: str
    now: datetime
    version: str
    catalog_date: date
    projects: tuple[ProjectResult, ...]
    findings: Sequence[Finding]
    sources: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    next_command: str | None = None
    rules: tuple[Rule, ...] = ()
    shard: tuple[int, int] | None = None
    fail_on: Severity = Severity.ERROR
    plans: tuple[Mapping[str, Any] | None, ...] = ()
    listed: Sequence[Finding] | None = None


def is_counted(finding: Finding) -> bool:
    """Whether neither a suppression nor a baseline takes a finding out."""
    return finding.suppressed is None and finding.baselined is None


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings have each verdict; suppressed ones are left out."""
    summary = {verdict.value: 0 for verdict in Verdict}
    for finding in findings:
        if finding.suppressed is None:
            summary[finding.verdict.value] += 1
    return summary


def readiness(findings: Iterable[Finding]) -> str:
    """``ready``, ``not_ready`` or ``undecided``, from the findings of severity error that are not suppressed."""
    deciding = {f.verdict for f in findings if f.severity is Severity.ERROR and f.suppressed is None}
    if Verdict.FAIL in deciding:
        return "not_ready"
    if Verdict.UNKNOWN in deciding or Verdict.NOT_REACHED in deciding:
        return "undecided"
    return "ready"


def validity(findings: Iterable[Finding]) -> str:
    """``valid`` or ``invalid``: what ``validate`` says, from the failures of severity error."""
    failing = any(f.verdict is Verdict.FAIL and f.severity is Severity.ERROR and f.suppressed is None for f in findings)
    return "invalid" if failing else "valid"
