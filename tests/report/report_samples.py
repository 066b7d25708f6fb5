"""Reports built by hand, as a run would build them: what the goldens show and the schema is tried on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from vxsetup.findings import (
    Evidence,
    Finding,
    Fix,
    Gate,
    ProjectResult,
    Report,
    RequestPath,
    Rung,
    Severity,
    Span,
    Suppressed,
    Verdict,
    counts,
    readiness,
    validity,
)
from vxsetup.values import replace

NOW = datetime(2026, 11, 22, 12, 4, tzinfo=UTC)
READ_AT = "2026-11-22T12:04:00Z"
CONFIG = """\
version: 1
project:
  id: acme-ai-prod
location: eu
residency: eu
models:
  - id: claude-opus-4-7
    needs: {requests_per_minute: 60}
  - id: claude-3-5-haiku
  - id: claude-haiku-4-5@20251001
    locations: [europe-west1]
access:
  - {member: "group:ai-developers@acme.example", can: [invoke]}
"""
GATES = ("token", "api", "billing", "access", "policy", "served", "enabled", "quota", "request")
MODELS = "publishers/anthropic/models"
_LETTERS = {
    "P": Verdict.PASS,
    "F": Verdict.FAIL,
    "?": Verdict.UNKNOWN,
    "-": None,
    "R": Verdict.NOT_REACHED,
    "N": Verdict.NOT_APPLICABLE,
}


def path(model: str, location: str, gates: str) -> RequestPath:
    """A request path from one letter per gate: Pass, Fail, ?, -, not Reached, Not applicable."""
    pairs = zip(GATES, gates, strict=True)
    return RequestPath(model, location, tuple(Gate(name, _LETTERS[letter]) for name, letter in pairs))


def span(line: int, column: int, width: int, file: str = "vxsetup.yaml") -> Span:
    """A span within one line."""
    return Span(file, line, column, line, column + width)


def find(text: str, needle: str, nth: int = 1, file: str = "vxsetup.yaml") -> Span:
    """The span of the nth occurrence of a word in a text."""
    offset = -1
    for _ in range(nth):
        offset = text.index(needle, offset + 1)
    line = text.count("\n", 0, offset) + 1
    return span(line, offset - text.rfind("\n", 0, offset), len(needle), file)


def model(project: str, location: str, name: str) -> str:
    """The resource name of a publisher model."""
    return f"projects/{project}/locations/{location}/{MODELS}/{name}"


def project(
    name: str,
    findings: Iterable[Finding],
    paths: Sequence[RequestPath] = (),
    environment: str | None = None,
    file: str = "vxsetup.yaml",
) -> ProjectResult:
    """A project's result with the verdict and the counts that its findings give."""
    mine = [one for one in findings if one.project == name and one.environment == environment]
    return ProjectResult(name, environment, file, readiness(mine), counts(mine), tuple(paths))


SHUT_DOWN = Finding(
    rule="VX402",
    name="model-shut-down",
    verdict=Verdict.FAIL,
    severity=Severity.ERROR,
    message="claude-3-5-haiku was shut down on 2026-07-05; every request for it answers 404",
    subject=model("acme-ai-prod", "eu", "claude-3-5-haiku"),
    span=find(CONFIG, "claude-3-5-haiku"),
    evidence=(
        Evidence(Rung.CATALOGUE, "Google: model versions and lifecycle", "shut-down date 2026-07-05", "2026-10-01"),
        Evidence(Rung.PROBED, "rawPredict", "404 NOT_FOUND: Publisher Model was not found", READ_AT),
    ),
    fix=Fix(
        "ask for claude-haiku-4-5@20251001, the newest Haiku that is served at eu",
        url="https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions",
    ),
    project="acme-ai-prod",
    config_path=("models", 1, "id"),
)
NOT_ENABLED = Finding(
    rule="VX404",
    name="model-not-enabled",
    verdict=Verdict.FAIL,
    severity=Severity.ERROR,
    message="claude-opus-4-7 is not enabled in acme-ai-prod: the token, the API, billing, access and policies are all in order, and the request still answers 404",
    subject=model("acme-ai-prod", "eu", "claude-opus-4-7"),
    principal="user:dev@acme.example",
    span=find(CONFIG, "claude-opus-4-7"),
    evidence=(Evidence(Rung.PROBED, "rawPredict at eu", "404 NOT_FOUND", READ_AT),),
    fix=Fix(
        "accept the terms once in Model Garden, as someone with roles/consumerprocurement.entitlementManager; then see that it took:",
        command="vxsetup check --project acme-ai-prod --model claude-opus-4-7 --location eu",
        url="https://console.cloud.google.com/vertex-ai/publishers/anthropic/model-garden/claude-opus-4-7?project=acme-ai-prod",
    ),
    project="acme-ai-prod",
    config_path=("models", 0, "id"),
)


def waits(rule: str, name: str, subject: str, on: Finding) -> Finding:
    """A finding that could not be judged because of another."""
    return Finding(
        rule=rule,
        name=name,
        verdict=Verdict.NOT_REACHED,
        severity=Severity.ERROR,
        message=f"{subject}: not judged",
        subject=subject,
        project=on.project,
        environment=on.environment,
        caused_by=on.fingerprint,
    )


def quota_unknown(rule: str, name: str, what: str) -> Finding:
    """An unread quota."""
    return Finding(
        rule=rule,
        name=name,
        verdict=Verdict.UNKNOWN,
        severity=Severity.ERROR,
        message=f"the {what} could not be read: cloudquotas.quotas.get was denied on acme-ai-prod",
        subject=f"projects/acme-ai-prod/locations/global/services/aiplatform.googleapis.com/{what.replace(' ', '-')}",
        principal="user:dev@acme.example",
        span=find(CONFIG, "requests_per_minute: 60"),
        evidence=(Evidence(Rung.READ, "quotaInfos.list", "403 PERMISSION_DENIED", READ_AT),),
        fix=Fix(
            "grant roles/cloudquotas.viewer to user:dev@acme.example",
            command="gcloud projects add-iam-policy-binding acme-ai-prod \\\n"
            "  --member=user:dev@acme.example --role=roles/cloudquotas.viewer",
        ),
        project="acme-ai-prod",
    )


PREMIUM = Finding(
    rule="VX411",
    name="price-premium",
    verdict=Verdict.FAIL,
    severity=Severity.INFO,
    message="claude-haiku-4-5@20251001 at europe-west1 costs 10% more than at global",
    subject=model("acme-ai-prod", "europe-west1", "claude-haiku-4-5@20251001"),
    span=find(CONFIG, "europe-west1"),
    project="acme-ai-prod",
)
NEAR_END = Finding(
    rule="VX403",
    name="model-near-its-end",
    verdict=Verdict.FAIL,
    severity=Severity.WARNING,
    message="claude-haiku-4-5@20251001 may be shut down from 2027-01-15, which is 54 days away",
    subject=model("acme-ai-prod", "europe-west1", "claude-haiku-4-5@20251001"),
    span=find(CONFIG, "claude-haiku-4-5@20251001"),
    evidence=(Evidence(Rung.CATALOGUE, "Google: Claude Haiku 4.5", "not sooner than 2027-01-15", "2026-11-02"),),
    fix=Fix("plan the move to a newer Haiku before that date"),
    project="acme-ai-prod",
)
SUPPRESSED = Finding(
    rule="VX603",
    name="quota-below-need",
    verdict=Verdict.FAIL,
    severity=Severity.ERROR,
    message="claude-haiku-4-5@20251001 at europe-west1 has 20 requests a minute, and 60 are needed",
    subject=model("acme-ai-prod", "europe-west1", "claude-haiku-4-5@20251001"),
    project="acme-ai-prod",
    suppressed=Suppressed("increase requested, ticket 4711", date(2027, 1, 31), span(14, 5, 12)),
)


def passed(rule: str, name: str, message: str, of: str = "acme-ai-prod", environment: str | None = None) -> Finding:
    """A pass."""
    return Finding(
        rule=rule,
        name=name,
        verdict=Verdict.PASS,
        severity=Severity.ERROR,
        message=message,
        subject=f"projects/{of}",
        evidence=(Evidence(Rung.PROBED, "rawPredict", "400 invalid_request_error", READ_AT),),
        project=of,
        environment=environment,
    )


PASSES = (
    passed("VX201", "project-missing", "acme-ai-prod exists and is active"),
    passed("VX203", "billing-off", "billing account 012345-6789AB-CDEF01 is linked and open"),
    passed("VX205", "api-disabled", "aiplatform.googleapis.com is enabled"),
    passed("VX301", "member-cannot-invoke", "group:ai-developers@acme.example holds aiplatform.endpoints.predict"),
)


def blocked_report() -> Report:
    """Everything at once: failures, what waits on them, unknowns, a warning, a note, a suppressed finding, passes."""
    findings = (
        NOT_ENABLED,
        SHUT_DOWN,
        quota_unknown("VX602", "quota-zero", "requests quota"),
        quota_unknown("VX603", "quota-below-need", "input tokens quota"),
        NEAR_END,
        PREMIUM,
        SUPPRESSED,
        *(waits("VX405", "model-not-served-here", f"{name} at eu", SHUT_DOWN) for name in ("batch", "predict")),
        waits("VX407", "feature-not-served", "claude-3-5-haiku with web_search", SHUT_DOWN),
        *PASSES,
    )
    paths = (
        path("claude-opus-4-7", "eu", "PPPPPPF?-"),
        path("claude-3-5-haiku", "eu", "PPPPPF---"),
        path("claude-haiku-4-5@20251001", "europe-west1", "PPPPPPPPP"),
    )
    return Report(
        command="check",
        verdict="not_ready",
        now=NOW,
        version="0.1.0",
        catalog_date=date(2026, 11, 20),
        projects=(project("acme-ai-prod", findings, paths),),
        findings=findings,
        sources={"vxsetup.yaml": CONFIG},
        notes=("the free probe was sent for 3 of 3 model-locations",),
        next_command="vxsetup plan",
    )


def ready_report() -> Report:
    """One project that is ready, and nothing else to say."""
    return Report(
        command="check",
        verdict="ready",
        now=NOW,
        version="0.1.0",
        catalog_date=date(2026, 11, 20),
        projects=(project("acme-ai-prod", PASSES, (path("claude-opus-4-7", "eu", "PPPPNPPPP"),)),),
        findings=PASSES,
        next_command="vxsetup smoke",
    )


INVALID = """\
version: 1
project: {id: acme-ai-dev}
locaton: europe-west1
models:
\t- id: claude-sonnet-5-5   # 日本語 のコメント
  - {id: claude-sonnet-5-5, needs: {requests_per_minute: 60, input_tokens_per_minute: 500000, output_tokens_per_minute: 50000}, features: [prompt_cashing, web_search, batch]}
"""


BASE = "version: 1\nresidency: eu\n\nlocation: eu\n"


def invalid_report() -> Report:
    """What ``validate`` says of a document with three faults: one with a place in another file, one in a long line."""
    findings = (
        Finding(
            "VX103",
            "unknown-key",
            Verdict.FAIL,
            Severity.ERROR,
            "there is no key “locaton”; the nearest is “location”",
            "locaton",
            span=find(INVALID, "locaton"),
            related=(find(BASE, "location", file="../base.yaml"),),
            fix=Fix("write location: europe-west1"),
            config_path=("locaton",),
        ),
        Finding(
            "VX106",
            "duplicate-model",
            Verdict.FAIL,
            Severity.ERROR,
            "claude-sonnet-5-5 is asked for twice",
            "models/1/id",
            span=find(INVALID, "claude-sonnet-5-5", 2),
            related=(find(INVALID, "claude-sonnet-5-5"),),
            config_path=("models", 1, "id"),
        ),
        Finding(
            "VX103",
            "unknown-value",
            Verdict.FAIL,
            Severity.ERROR,
            "there is no feature “prompt_cashing”; the nearest is “prompt_caching”",
            "models/1/features/0",
            span=find(INVALID, "prompt_cashing"),
            fix=Fix("write prompt_caching"),
            config_path=("models", 1, "features", 0),
        ),
    )
    return Report(
        command="validate",
        verdict=validity(findings),
        now=NOW,
        version="0.1.0",
        catalog_date=date(2026, 11, 20),
        projects=(),
        findings=findings,
        sources={"vxsetup.yaml": INVALID, "../base.yaml": BASE},
    )


def undecided_report() -> Report:
    """One environment ready, one where nothing fails but something is unknown."""
    dev = tuple(replace(one, project="acme-ai-dev", environment="dev") for one in PASSES)
    prod = tuple(
        replace(one, environment="prod") for one in (*PASSES, quota_unknown("VX602", "quota-zero", "requests quota"))
    )
    findings = (*dev, *prod)
    return Report(
        command="check",
        verdict="undecided",
        now=NOW,
        version="0.1.0",
        catalog_date=date(2026, 11, 20),
        projects=(
            project("acme-ai-dev", findings, (path("claude-sonnet-5-5", "global", "PPPPPPPPP"),), "dev"),
            project("acme-ai-prod", findings, (path("claude-sonnet-5-5", "eu", "PPPPPPP?-"),), "prod"),
        ),
        findings=findings,
        sources={"vxsetup.yaml": CONFIG},
        next_command="vxsetup check --env prod",
    )


def fleet_report(size: int = 30) -> Report:
    """Many projects: most ready, some stopped by one organization policy, one undecided."""
    findings: list[Finding] = []
    projects: list[ProjectResult] = []
    for number in range(1, size + 1):
        name, file = f"acme-ai-{number:03}", f"teams/{number:03}/vxsetup.yaml"
        mine = [replace(one, project=name, subject=f"projects/{name}") for one in PASSES]
        if number % 9 == 4:
            mine.append(
                Finding(
                    "VX501",
                    "policy-forbids-model",
                    Verdict.FAIL,
                    Severity.ERROR,
                    "constraints/vertexai.allowedModels at folders/2222 does not allow claude-opus-4-7",
                    f"projects/{name}",
                    span=find(CONFIG, "claude-opus-4-7", file=file),
                    evidence=(
                        Evidence(Rung.READ, "orgpolicy: folders/2222", "allows publishers/google/* alone", READ_AT),
                    ),
                    fix=Fix("ask the organization policy administrator", command="vxsetup plan --hand-over pages"),
                    project=name,
                )
            )
        if number == 20:
            mine.append(
                replace(
                    quota_unknown("VX602", "quota-zero", "requests quota"),
                    message=f"the requests quota could not be read: cloudquotas.quotas.get was denied on {name}",
                    subject=f"projects/{name}/locations/global/services/aiplatform.googleapis.com/requests-quota",
                    fix=Fix("grant roles/cloudquotas.viewer to user:dev@acme.example"),
                    span=find(CONFIG, "requests_per_minute: 60", file=file),
                    project=name,
                )
            )
        findings += mine
        gates = "PPPPF----" if number % 9 == 4 else "PPPPPPP?-" if number == 20 else "PPPPPPPPP"
        projects.append(project(name, mine, (path("claude-opus-4-7", "eu", gates),), file=file))
    return Report(
        command="check",
        verdict=readiness(findings),
        now=NOW,
        version="0.1.0",
        catalog_date=date(2026, 11, 20),
        projects=tuple(projects),
        findings=tuple(findings),
        sources={"teams/004/vxsetup.yaml": CONFIG},
    )


def awkward_report() -> Report:
    """What is rare: failures without a place, a cause in another project, a suppressed cause, several environments
    with one fault, a span of several lines, a warning that nobody could judge, unknowns that say the same."""
    elsewhere = Finding(
        "VX201",
        "project-missing",
        Verdict.FAIL,
        Severity.ERROR,
        "acme-ai-net does not exist, or user:dev@acme.example may not see it",
        "projects/acme-ai-net",
        project="acme-ai-net",
        environment="dev",
        fix=Fix("create it, or ask its owner for roles/browser"),
    )
    twice = [
        replace(SHUT_DOWN, environment=environment, evidence=SHUT_DOWN.evidence[:1]) for environment in ("dev", "prod")
    ]
    perimeter = Finding(
        "VX505",
        "perimeter-unknown",
        Verdict.UNKNOWN,
        Severity.WARNING,
        "the service perimeters could not be read",
        "organizations/1111",
        project="acme-ai-prod",
        environment="prod",
        fix=Fix("grant roles/accesscontextmanager.policyReader on organizations/1111"),
    )
    many_lines = Finding(
        "VX104",
        "environment-differs",
        Verdict.FAIL,
        Severity.WARNING,
        "these models are asked for in no environment",
        "models",
        span=Span("vxsetup.yaml", 6, 1, 11, 30),
        config_path=("models",),
    )
    findings = (
        many_lines,
        elsewhere,
        *twice,
        replace(SUPPRESSED, environment="prod"),
        replace(
            waits("VX506", "endpoint-private", "projects/acme-ai-prod", elsewhere),
            environment="prod",
            project="acme-ai-prod",
        ),
        replace(
            waits("VX604", "quota-increase-open", "claude-haiku-4-5@20251001", replace(SUPPRESSED, environment="prod")),
            environment="prod",
        ),
        perimeter,
        replace(perimeter, rule="VX506", name="perimeter-egress", fix=perimeter.fix),
    )
    projects = tuple(
        project(name, findings, environment=environment)
        for name, environment in (("acme-ai-net", "dev"), ("acme-ai-prod", "dev"), ("acme-ai-prod", "prod"))
    )
    return Report(
        command="check",
        verdict="not_ready",
        now=NOW,
        version="0.1.0",
        catalog_date=date(2026, 11, 20),
        projects=projects,
        findings=findings,
        sources={"vxsetup.yaml": CONFIG},
        notes=("the catalogue is 132 days old", "a second remark"),
    )
