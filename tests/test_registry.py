"""The registry of rules: what every rule promises, and that the cases, the facts and the command line keep it."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from functools import cache
from pathlib import Path

import pytest
import rule_cases
import yaml

from vxsetup.catalog import Catalogue, CatalogueProblem, load_catalogue
from vxsetup.cli.emulation import Emulation
from vxsetup.cli.root import COMMANDS, run
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.providers import providers
from vxsetup.cloud.session import FunctionSender, Session
from vxsetup.config.load import load
from vxsetup.config.project import Project
from vxsetup.emulator.model import World
from vxsetup.emulator.world import read_world
from vxsetup.facts.base import Fact, Facts
from vxsetup.facts.provision import HeldOn, RolePermissions
from vxsetup.findings import Requirement, Rule, RuleDocs, Severity, Verdict
from vxsetup.rules import by_name, registry
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.engine import compile_requirements, facts_asked, judge
from vxsetup.rules.path import GATES, Declaration, blocking

RULES = registry()
JUDGING = tuple(rule for rule in RULES if rule.judge is not None)
BY_ID = {rule.id: rule for rule in RULES}

NEVER_FAILS = {"VX301": "a token that is refused is a fault of this machine, and unknown"}
NEVER_PASSES = {
    "VX409": "a price is told where there is one to tell, as information",
    "VX605": "the size of an order is told where there is one to make, as information",
    "VX706": "what a log leaves out is told where there is a log, as information",
}
UNKNOWN_OFFLINE = {"VX701": "whether a European region lies in the Union is not documented for each"}
FIRST = {"VX205", "VX301"}
"""Rules that stand before everything else: nothing can keep them from being judged but silence."""

CAUSES = {"VX201", "VX202", "VX203", "VX204", "VX205", "VX302", "VX401", "VX402", "VX404"}
CAUSES |= {"VX405", "VX406", "VX407", "VX410", "VX501", "VX502", "VX602"}
CAUSES |= {"VX305", "VX310", "VX311", "VX313", "VX703"}
CAUSES |= {"VX601", "VX603", "VX604"}
"""Rules whose failure can keep others from being judged."""


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read once."""
    found = load_catalogue()
    assert not isinstance(found, CatalogueProblem)
    return found


def projects(text: str) -> tuple[Project, ...]:
    """What a config's text declares."""
    return load(Path("vxsetup.yaml"), lambda path: text.encode()).projects


@cache
def configs() -> tuple[Project, ...]:
    """The projects of every case's config, each text once."""
    texts = dict.fromkeys(rule_cases.config(name) for name in rule_cases.names())
    return tuple(project for text in texts for project in projects(text))


def offline_circumstances(project: str, online: bool) -> Circumstances:
    """The time of the cases, with or without a cloud."""
    base = rule_cases.loaded(rule_cases.CASES / "base-world.yaml")
    return Circumstances(base["now"], catalogue(), online=online, probe="none")


# What a rule says of itself ---------------------------------------------------------------------------------------


def test_ids_and_names_are_unique_and_in_order() -> None:
    ids = [rule.id for rule in RULES]
    assert ids == sorted(set(ids))
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_named_and_documented(rule: Rule) -> None:
    assert re.fullmatch(r"VX[1-8]\d\d", rule.id)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    docs: RuleDocs = rule.docs
    for part in (docs.good, docs.why, docs.judged, docs.reads, docs.fix):
        assert part == part.strip()
        assert part.endswith("."), f"{rule.id}: {part!r} is no sentence"
        assert part.isprintable()
        assert "  " not in part
    assert ". " not in docs.good, "the good state is one sentence"
    assert docs.good[0].isupper() or docs.good[0] == "`"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_references_lead_somewhere(rule: Rule) -> None:
    known = set(catalogue().sources)
    for key in rule.docs.references:
        command = key.removeprefix("vxsetup ").split()[0]
        assert key in known or key.startswith("https://") or (key.startswith("vxsetup ") and command in COMMANDS), key
    assert rule.docs.references or rule.judge is None, "a rule about the cloud says where it has it from"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_the_functions_that_its_kind_needs(rule: Rule) -> None:
    if rule.id.startswith("VX1") or rule.id >= "VX810":  # found while a document, a machine or an answer is read
        assert (rule.requires, rule.judge) == (None, None)
        return
    assert rule.requires is not None
    assert rule.judge is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_explain_prints_the_page_of_a_rule(rule: Rule, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", rule.id.lower(), "--color", "never"]) == 0
    page = capsys.readouterr()
    words = " ".join(page.out.split())
    for part in (rule.id, rule.name, rule.docs.good, rule.docs.why, rule.docs.judged, rule.docs.reads, rule.docs.fix):
        assert " ".join(part.split()) in words
    assert run(["explain", rule.name, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == rule.id
    assert page.err == ""


def test_a_rule_is_found_by_id_and_by_name() -> None:
    for rule in RULES:
        assert by_name(rule.id.lower()) is by_name(rule.name) is rule
    assert by_name("VX000") is None


# The cases --------------------------------------------------------------------------------------------------------


def shown(rule: str) -> set[str]:
    """The verdicts of a rule that its own cases show."""
    own = f"{rule}-{BY_ID[rule].name}/"
    names = [name for name in rule_cases.names() if name.startswith(own)]
    return {one["verdict"] for name in names for one in rule_cases.expected(name)["findings"] if one["rule"] == rule}


@pytest.mark.parametrize("rule", JUDGING, ids=lambda rule: rule.id)
def test_a_rule_has_a_passing_and_a_failing_case(rule: Rule) -> None:
    verdicts = shown(rule.id)
    assert "pass" in verdicts or rule.id in NEVER_PASSES
    assert "fail" in verdicts or rule.id in NEVER_FAILS
    assert not ("pass" in verdicts and rule.id in NEVER_PASSES), "an exception that is not needed is struck off"
    assert not ("fail" in verdicts and rule.id in NEVER_FAILS), "an exception that is not needed is struck off"


@pytest.mark.parametrize("rule", [rule for rule in JUDGING if not rule.offline], ids=lambda rule: rule.id)
def test_a_rule_that_asks_the_cloud_has_a_case_without_an_answer(rule: Rule) -> None:
    assert "unknown" in shown(rule.id)


def test_every_cause_has_a_case_that_waits_on_it() -> None:
    causes = {
        one["caused_by"]
        for name in rule_cases.names()
        for one in rule_cases.expected(name)["findings"]
        if "caused_by" in one
    }
    assert causes == CAUSES


def test_every_rule_that_can_wait_has_a_case_that_shows_it() -> None:
    waiting = {
        one["rule"]
        for name in rule_cases.names()
        for one in rule_cases.expected(name)["findings"]
        if one["verdict"] == "not_reached"
    }
    asks = {rule.id for rule in JUDGING if not rule.offline}
    assert waiting == asks - FIRST


# Facts and providers ----------------------------------------------------------------------------------------------


def requirements(project: Project, online: bool = True) -> tuple[Requirement, ...]:
    """What a config asks for."""
    return compile_requirements(project, catalogue(), RULES, online, troubleshoot=True)


def test_every_fact_that_a_rule_reads_has_a_provider() -> None:
    made = providers()
    asked: set[type] = set()
    for project in configs():
        todo: list[Hashable] = list(facts_asked(requirements(project)))
        seen: set[Hashable] = set()
        while todo:
            key = todo.pop()
            if key in seen:
                continue
            seen.add(key)
            assert type(key) in made, f"no provider makes {key}"
            todo.extend(made[type(key)].needs(key))
        asked |= {type(key) for key in seen}
    planned: set[type] = {
        RolePermissions,
        HeldOn,
    }  # a plan asks for these beside the rules: roles to give, permissions to apply
    assert asked | planned == set(made), "a provider that nobody asks for is of no use"


def test_one_requirement_has_one_name() -> None:
    for project in configs():
        keys = [(r.rule, r.subject, r.principal, r.config_path) for r in requirements(project)]
        assert len(keys) == len(set(keys))


def test_every_gate_can_be_waited_on() -> None:
    for project in configs():
        named = {requirement.id for requirement in requirements(project)}
        for target, *_ in Declaration(project, catalogue()).places:
            for rule in [rule for _, rules in GATES for rule in rules] + ["VX201", "VX204", "VX205"]:
                assert blocking(rule, target) in named, f"{rule} is waited on by a name that no requirement has"


class Watched(Facts):
    """Facts that remember which of them were asked for."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.asked: set[Hashable] = set()

    def __getitem__(self, key: Hashable) -> Fact:
        self.asked.add(key)
        return super().__getitem__(key)


@pytest.mark.parametrize(
    "name",
    [
        "VX201-project-not-active/being-deleted",
        "VX201-project-not-active/misspelt-id",
        "VX205-quota-project-refused/request-charged-to-a-stranger",
        "VX303-member-lacks-access/under-a-condition",
        "VX405-model-not-served-here/one-of-two-places-answers",
        "VX602-quota-zero/limit-not-readable",
        "VX701-outside-residency/kept",
    ],
)
def test_a_judge_asks_for_nothing_that_was_not_read(name: str) -> None:
    found = read_world(yaml.safe_dump(rule_cases.world(name)), "world.yaml")
    assert isinstance(found, World)
    emulation = Emulation(found)
    sender = FunctionSender(emulation.send, emulation.token)
    session = Session(sender, "vxsetup/test", emulation.caller.quota_project, emulation.clock)
    circumstances = Circumstances(emulation.now, catalogue(), emulation.caller)
    asked = requirements(projects(rule_cases.config(name))[0])
    facts = Watched(Gatherer(providers(), session.answer).gather(facts_asked(asked)))
    judge(asked, facts, circumstances, RULES)
    assert facts.asked, "the judges asked"
    assert facts.asked <= set(facts_asked(asked))


# Offline ----------------------------------------------------------------------------------------------------------


def test_a_rule_that_needs_no_cloud_is_judged_without_one() -> None:
    for project in configs():
        asked = requirements(project, online=False)
        assert {BY_ID[r.rule].offline for r in asked} <= {True}
        findings = judge(asked, Facts(), offline_circumstances(project.id, online=False), RULES)
        for finding in findings:
            open_ = finding.verdict in (Verdict.UNKNOWN, Verdict.NOT_REACHED)
            assert not open_ or finding.rule in UNKNOWN_OFFLINE, finding
            assert "not asked" not in finding.message
            assert finding.caused_by is None
        unread = [r for r in requirements(project) if BY_ID[r.rule].offline]
        again = judge(unread, Facts(), offline_circumstances(project.id, online=True), RULES)
        assert again == findings, "a cloud that nobody asked changes nothing"


def test_a_rule_that_asks_the_cloud_is_open_when_nothing_was_asked() -> None:
    """Nothing that only the cloud can tell passes or fails for want of an answer."""
    for project in configs():
        asked = [r for r in requirements(project) if not BY_ID[r.rule].offline]
        for finding in judge(asked, Facts(), offline_circumstances(project.id, online=True), RULES):
            assert finding.verdict not in (Verdict.PASS, Verdict.FAIL), finding
            # by the id's form or date, by a model that has no gate, and where no quota is known to be too low
            settled = finding.rule in ("VX404", "VX407", "VX413", "VX603")
            assert settled or finding.verdict is not Verdict.NOT_APPLICABLE or finding.severity is Severity.INFO, (
                finding
            )
