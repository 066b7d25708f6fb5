"""The roles that ``rules --permissions`` prints are enough, and each permission of them buys what it says.

Over the examples and a project that asks for much: a caller with exactly the two roles is refused nothing. Each permission taken away turns what it
bought into unknown, with its name, or leaves it passed by a probe; nothing else changes.
"""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path

import generated_laws as laws
import pytest
import yaml
from generated_runs import new_run
from generated_worlds import Case
from wide_project import wider_case

from vxsetup.cli.permissions import bought
from vxsetup.cli.root import run
from vxsetup.cloud.providers import providers
from vxsetup.facts.base import Facts, Unknown, UnknownCause
from vxsetup.findings import Finding, Report, Rung, Severity, Verdict
from vxsetup.report.permissions import Level

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("ready", "six-faults", "new-project", "wide")
READER = "user:reader@acme.example"
EVERY = {level: tuple(one.permission for one in bought() if level in one.levels) for level in Level}
NAMES = tuple(one.permission for one in bought())
GATES = {"aiplatform.endpoints.predict": "VX302", "serviceusage.services.use": "VX205"}
"""Permissions that the caller itself must have -> the rule that fails without."""

UNDOCUMENTED = ("aiplatform.endpoints.get",)
"""What the emulator asks for where no document names a permission (fetchPublisherModelConfig); the roles say so."""


def example(name: str, without: str | None = None) -> Case:
    """An example, asked by somebody who holds the two roles and nothing else; or those roles without one permission."""
    if name == "wide":
        config, world = wider_case().config, copy.deepcopy(wider_case().world)
    else:
        config = (ROOT / "examples" / name / "vxsetup.yaml").read_text(encoding="utf-8")
        world = yaml.safe_load((ROOT / "examples" / name / "world.yaml").read_text(encoding="utf-8"))
    checked = yaml.safe_load(config)["project"]["id"]
    held = {level: [one for one in names if one != without] for level, names in EVERY.items()}
    top = world["organization"]
    top["roles"] = {"vxsetupReader": {"permissions": held[Level.ORGANIZATION]}}
    top["iam"] = [*top.get("iam", ()), {"role": "organizations/1111/roles/vxsetupReader", "members": [READER]}]
    for key in dict.fromkeys((checked, world["caller"]["quota_project"], *(("acme-ci",) if name == "wide" else ()))):
        project = world["projects"][key]
        reader = {"permissions": [*held[Level.PROJECT], *(one for one in UNDOCUMENTED if one != without)]}
        project["roles"] = {**project.get("roles", {}), "vxsetupReader": reader}
        project["iam"] = [*project.get("iam", ()), {"role": f"projects/{key}/roles/vxsetupReader", "members": [READER]}]
    world["caller"] = {"principal": READER, "kind": "user", "quota_project": world["caller"]["quota_project"]}
    return Case(config, {"faults": [], **world}, ())


@cache
def checked(name: str, without: str | None = None) -> tuple[Report, Facts]:
    return new_run(example(name, without), frozen=True).judge()


def refused(facts: Facts) -> list[Unknown]:
    """Everything that the caller was refused for want of a permission."""
    causes = (UnknownCause.PERMISSION_DENIED, UnknownCause.ABSENT_OR_HIDDEN, UnknownCause.QUOTA_PROJECT)
    return [one for fact in facts.values() for one in laws.refusals(fact) if one.cause in causes]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_two_roles_are_enough(name: str) -> None:
    report, facts = checked(name)
    assert refused(facts) == []
    assert not [f for f in report.findings if f.rule in GATES.values() and f.verdict is Verdict.FAIL]


def test_every_permission_that_a_provider_declares_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "--permissions"]) == 0
    printed = list(yaml.safe_load_all(capsys.readouterr().out))
    assert [set(role) for role in printed] == [{"title", "description", "stage", "includedPermissions"}] * 2
    declared = {name for provider in providers().values() for name in provider.permissions}
    assert declared | {"serviceusage.services.use"} == {n for role in printed for n in role["includedPermissions"]}
    for level, role in zip(Level, printed, strict=True):
        assert run(["rules", f"--permissions={level.value}"]) == 0
        assert yaml.safe_load(capsys.readouterr().out) == role
    assert run(["rules", "--permissions", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [data["roles"][level.value] for level in Level] == printed
    assert {row["permission"] for row in data["permissions"]} == declared | {"serviceusage.services.use"}
    assert [row["method"] for row in data["undocumented"]] == ["fetchPublisherModelConfig"]
    assert run(["rules", "--permissions=organization", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["undocumented"] == []


def test_what_no_document_names_is_named_by_the_refusal() -> None:
    """Without the permission that the emulator made up, the findings that need it are unknown and name it."""
    report, _ = new_run(example("wide", UNDOCUMENTED[0]), frozen=True).judge()
    unknown = [f for f in report.findings if f.verdict is Verdict.UNKNOWN]
    assert [f.rule for f in unknown if not f.caused_by] == ["VX702"]
    assert all(_names(UNDOCUMENTED[0], f) for f in unknown if not f.caused_by)
    assert report.verdict == "undecided"


def test_every_permission_buys_a_rule_something() -> None:
    """The config behind the list asks for everything: no fact of a check is left to "a plan"."""
    idle = {one.permission for one in bought() if not one.rules}
    assert idle == set()


def test_a_role_is_made_where_its_permissions_can_be_in_one() -> None:
    above = ("resourcemanager.folders.", "resourcemanager.organizations.")
    assert not [name for name in EVERY[Level.PROJECT] if name.startswith(above)]
    assert set(EVERY[Level.PROJECT]) | set(EVERY[Level.ORGANIZATION]) == set(NAMES)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("permission", NAMES)
def test_a_permission_taken_away_opens_what_it_bought_and_changes_nothing_else(name: str, permission: str) -> None:
    full, _ = checked(name)
    less, facts = checked(name, permission)
    before = {f.fingerprint: f for f in full.findings}
    after = {f.fingerprint: f for f in less.findings}
    assert before.keys() == after.keys()
    for key, finding in after.items():
        if finding.verdict is not before[key].verdict:
            told = (permission, finding.rule, before[key].verdict, finding.verdict, finding.message, finding.fix)
            assert _is_owed_to(permission, before[key], finding, after), told
    if less.verdict == "ready":
        assert full.verdict == "ready"
    if permission not in GATES:
        assert not [u for u in refused(facts) if permission not in f"{u.would_need} {u.says}"]


@pytest.mark.parametrize("permission", NAMES)
def test_every_permission_is_missed_somewhere(permission: str) -> None:
    """What nobody misses would be asked of an administrator in vain."""
    changed = [name for name in EXAMPLES if _verdicts(name, None) != _verdicts(name, permission)]
    assert changed


def _verdicts(name: str, without: str | None) -> dict[str, tuple[Verdict, str]]:
    return {f.fingerprint: (f.verdict, f.message) for f in checked(name, without)[0].findings}


def _is_owed_to(permission: str, before: Finding, finding: Finding, after: dict[str, Finding]) -> bool:
    """Whether a finding may have changed because of the permission: it names it, or waits on one that fails."""
    gate = GATES.get(permission)
    by_document = all(evidence.rung in (Rung.CATALOGUE, Rung.DECLARED) for evidence in finding.evidence)
    if permission == "aiplatform.endpoints.predict" and by_document:
        return (
            finding.severity is not Severity.ERROR or finding.verdict is Verdict.NOT_APPLICABLE
        )  # no probe settles it
    cause = after.get(finding.caused_by or "")
    match finding.verdict:
        case Verdict.PASS:
            moot = before.verdict is Verdict.NOT_APPLICABLE  # because a probe had settled it
            return moot or any(evidence.rung is Rung.PROBED for evidence in finding.evidence)
        case Verdict.NOT_REACHED:
            return cause is not None and cause.verdict is Verdict.FAIL
        case Verdict.UNKNOWN:
            return _names(permission, finding) or (cause is not None and _names(permission, cause))
        case Verdict.NOT_APPLICABLE:
            # Who is not known to hold a permission has none that runs out: VX303 tells which it is.
            return finding.severity is not Severity.ERROR
    # The caller's own gate fails; or what followed from a failure stands alone where that is no longer known.
    waited_on = after.get(before.caused_by or "")
    alone = waited_on is not None and waited_on.verdict is Verdict.UNKNOWN and _names(permission, waited_on)
    return alone or (finding.rule == gate and _names(permission, finding))


def _names(permission: str, finding: Finding) -> bool:
    fix = finding.fix.summary if finding.fix else ""
    return any(permission in text for text in (finding.message, fix, *(e.says for e in finding.evidence)))
