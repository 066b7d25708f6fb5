"""Projects: defaults, principals, placements, and the way back from each value to the text that said it."""

from __future__ import annotations

from pathlib import Path

import config_cases
import pytest

from vxsetup.config.files import FileProblem
from vxsetup.config.load import Loaded, load
from vxsetup.config.project import Placement, Project, principal

DESIGN = """\
version: 1
project:
  id: acme-ai-prod
location: eu
residency: eu
models:
  - id: claude-sonnet-5-5
  - id: claude-haiku-4-5@20251001
    locations: [europe-west1, us-east5]
access:
  - {member: "serviceAccount:app", can: [invoke]}
environments:
  dev:  {project: {id: acme-ai-dev}, location: global, residency: any}
  prod: {}
"""


def loaded(text: str, **others: str) -> Loaded:
    files = {"vxsetup.yaml": text, **others}
    return load(Path("vxsetup.yaml"), lambda path: files[path.as_posix()].encode())


def said(project: Project, path: tuple[str | int, ...]) -> str:
    return config_cases.under(project.span(path), {"vxsetup.yaml": DESIGN})


def test_one_project_per_environment_in_file_order() -> None:
    result = loaded(DESIGN)
    assert result.findings == ()
    assert [(p.environment, p.id, p.location, p.residency) for p in result.projects] == [
        ("dev", "acme-ai-dev", "global", "any"),
        ("prod", "acme-ai-prod", "eu", "eu"),
    ]
    assert result.projects[0].access[0].principal == "serviceAccount:app@acme-ai-dev.iam.gserviceaccount.com"


def test_spans_lead_to_the_text_that_said_it() -> None:
    dev, prod = loaded(DESIGN).projects
    assert dev.span(("location",)).line == 13
    assert prod.span(("location",)).line == 4
    assert said(dev, ("location",)) == "global"
    assert said(prod, ("location",)) == "eu"
    assert said(prod, ("models", 1, "locations", 1)) == "us-east5"
    assert said(prod, ("models", 1)) == "id: claude-haiku-4-5@20251001"
    assert said(prod, ("access", 0, "can")) == "[invoke]"
    assert said(prod, ("models", 0, "needs", "requests_per_minute")) == "id: claude-sonnet-5-5"
    assert said(prod, ("network", "private")) == "prod"
    key = dev.key_span(("project", "id"))
    assert config_cases.under(key, {"vxsetup.yaml": DESIGN}) == "id"


def test_placements_point_at_what_asked_for_them() -> None:
    _, prod = loaded(DESIGN).projects
    assert prod.models[0].locations == (Placement("eu", ("location",)),)
    assert prod.models[1].locations == (
        Placement("europe-west1", ("models", 1, "locations", 0)),
        Placement("us-east5", ("models", 1, "locations", 1)),
    )
    (bare,) = loaded("version: 1\nproject: {id: acme-ai-prod}\nmodels: [{id: claude-sonnet-5-5}]\n").projects
    assert bare.models[0].locations == (Placement("global", ("models", 0)),)


def test_spans_point_into_the_base_that_said_it() -> None:
    base = "version: 1\n\nlocation: eu\nmodels:\n  - id: claude-sonnet-5-5\n"
    (project,) = loaded(
        "version: 1\nextends: shared/base.yaml\nproject: {id: acme-ai-prod}\n", **{"shared/base.yaml": base}
    ).projects
    assert project.files == ("vxsetup.yaml", "shared/base.yaml")
    span = project.span(("location",))
    assert (span.file, span.line, span.column) == ("shared/base.yaml", 3, 11)
    assert project.span(("project", "id")).file == "vxsetup.yaml"


@pytest.mark.parametrize(
    ("member", "project", "expected"),
    [
        ("serviceAccount:app", "acme-ai-prod", "serviceAccount:app@acme-ai-prod.iam.gserviceaccount.com"),
        ("serviceAccount:app", "example.com:acme-ai", "serviceAccount:app@acme-ai.example.com.iam.gserviceaccount.com"),
        ("serviceAccount:app@x.iam.gserviceaccount.com", "acme", "serviceAccount:app@x.iam.gserviceaccount.com"),
        ("group:ai@acme.example", "acme-ai-prod", "group:ai@acme.example"),
        ("principalSet://iam.googleapis.com/x/*", "acme-ai-prod", "principalSet://iam.googleapis.com/x/*"),
    ],
)
def test_principals(member: str, project: str, expected: str) -> None:
    assert principal(member, project) == expected


def test_a_file_that_cannot_be_read_is_a_problem_and_not_a_finding() -> None:
    problem = FileProblem("vxsetup.yaml", "may not be read")
    result = load(Path("vxsetup.yaml"), lambda path: problem)
    assert result.problem == problem
    assert (result.findings, result.projects) == ((), ())


def test_whole_numbers_written_as_decimals_are_whole() -> None:
    text = "version: 1\nproject: {id: acme-ai-prod}\nmodels: [{id: m, needs: {requests_per_minute: 60.0}}]\n"
    (project,) = loaded(text).projects
    assert repr(project.models[0].needs.requests_per_minute) == "60"


def test_findings_carry_project_and_environment() -> None:
    result = loaded(DESIGN.replace("residency: any", "residency: ani").replace("residency: eu", "residency: ue"))
    top, dev = result.findings
    assert (top.environment, top.project, top.config_path) == (None, "acme-ai-prod", ("residency",))
    assert (dev.environment, dev.config_path) == ("dev", ("residency",))
    assert top.fingerprint != dev.fingerprint
