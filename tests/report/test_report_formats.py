"""SARIF, JUnit, GitHub annotations, Markdown and the page: what each must hold for the readers that it is made for."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from jsonschema import Draft4Validator
from report_samples import awkward_report, blocked_report, fleet_report, invalid_report, ready_report, undecided_report
from test_report_hostile import HARMFUL, NASTY, SLOW, reports

from vxsetup.findings import Evidence, Finding, Fix, Measure, Report, Rung, Severity, Span, Verdict
from vxsetup.report import RENDERERS
from vxsetup.report.reading import report_of
from vxsetup.report.terminal import Style
from vxsetup.rules import registry
from vxsetup.values import replace

SARIF = Draft4Validator(json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text("utf-8")))
PLAIN = Style(100, False, True)
SAMPLES = {
    "awkward": awkward_report,
    "blocked": blocked_report,
    "fleet": fleet_report,
    "invalid": invalid_report,
    "ready": ready_report,
    "undecided": undecided_report,
}


def shown(format_: str, report: Report) -> str:
    return RENDERERS[format_](report, PLAIN, 0)


def counted(report: Report, verdict: Verdict) -> list[Finding]:
    return [f for f in report.findings if f.verdict is verdict and f.suppressed is None and f.baselined is None]


# --- SARIF -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_sarif_keeps_the_published_schema_and_has_every_failure(name: str) -> None:
    report = replace(SAMPLES[name](), rules=tuple(registry()))
    data = json.loads(shown("sarif", report))
    SARIF.validate(data)
    (run,) = data["runs"]
    failed = counted(report, Verdict.FAIL)
    assert [r["partialFingerprints"]["vxsetup/v1"] for r in run["results"]] == [f.fingerprint for f in failed]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[r["ruleIndex"]]["id"] for r in run["results"]] == [f.rule for f in failed]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] == (not counted(report, Verdict.UNKNOWN))
    told = [n for n in invocation["toolExecutionNotifications"] if "associatedRule" in n]
    assert len(told) == len(counted(report, Verdict.UNKNOWN)) + len(counted(report, Verdict.NOT_REACHED))


def test_sarif_rules_carry_their_docs_and_places_are_relative() -> None:
    report = replace(blocked_report(), rules=tuple(registry()))
    (run,) = json.loads(shown("sarif", report))["runs"]
    known = {rule.id: rule for rule in registry()}
    documented = [rule for rule in run["tool"]["driver"]["rules"] if rule["id"] in known]
    assert documented
    for rule in documented:
        assert rule["shortDescription"]["text"] == known[rule["id"]].docs.good
        assert known[rule["id"]].docs.fix in rule["help"]["markdown"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "vxsetup.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["region"]["startLine"] == blocked_report().findings[0].span.line  # type: ignore[union-attr]


def test_a_failure_of_flags_alone_has_no_file_in_sarif() -> None:
    finding = Finding("VX203", "api-disabled", Verdict.FAIL, Severity.ERROR, "off", "projects/p", span=SPAN_OF_FLAGS)
    (run,) = json.loads(shown("sarif", replace(ready_report(), findings=(finding,))))["runs"]
    (location,) = run["results"][0]["locations"]
    assert "physicalLocation" not in location
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "projects/p"


SPAN_OF_FLAGS = Span("<command line>", 1, 1, 1, 2)


# --- JUnit -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_junit_has_a_case_for_each_finding(name: str) -> None:
    report = SAMPLES[name]()
    root = ElementTree.fromstring(shown("junit", report).encode())
    cases = list(root.iter("testcase"))
    assert len(cases) == len(report.findings) == int(root.attrib["tests"])
    errors = [f for f in counted(report, Verdict.FAIL) if f.severity is Severity.ERROR]
    assert len(list(root.iter("failure"))) == len(errors) == int(root.attrib["failures"])
    assert len(list(root.iter("error"))) == len(counted(report, Verdict.UNKNOWN)) == int(root.attrib["errors"])
    assert len(list(root.iter("skipped"))) == int(root.attrib["skipped"])
    for suite in root.iter("testsuite"):
        names = [case.attrib["name"] for case in suite.iter("testcase")]
        assert len(set(names)) == len(names), "a dashboard trends cases by their names"


def test_junit_fails_what_fails_the_run() -> None:
    report = blocked_report()
    warnings = [f for f in counted(report, Verdict.FAIL) if f.severity is Severity.WARNING]
    assert warnings
    strict = ElementTree.fromstring(shown("junit", replace(report, fail_on=Severity.WARNING)).encode())
    lenient = ElementTree.fromstring(shown("junit", report).encode())
    assert len(list(strict.iter("failure"))) - len(list(lenient.iter("failure"))) == len(warnings)
    assert any(warnings[0].message in (out.text or "") for out in lenient.iter("system-out"))


# --- GitHub ----------------------------------------------------------------------------------------------------------

COMMAND = re.compile(r"^::(error|warning|notice) ((?:[A-Za-z]+=[^,:]*(?:,|(?=::)))*)::(.*)$")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands of a log, read as GitHub's runner does: properties by comma, values unescaped."""
    found = []
    for line in text.splitlines():
        match = COMMAND.match(line)
        assert match or "::" not in line[:3], line
        if match:
            values = dict(part.split("=", 1) for part in match[2].split(",") if part)
            unescaped = {
                name: _unescaped(value.replace("%3A", ":").replace("%2C", ",")) for name, value in values.items()
            }
            found.append((match[1], unescaped, _unescaped(match[3])))
    return found


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_github_annotations_are_the_ten_worst_first() -> None:
    report = fleet_report(200)
    found = commands(shown("github", report))
    assert len(found) == 10
    kinds = [kind for kind, *_ in found]
    assert kinds == sorted(kinds, key=["error", "warning", "notice"].index)
    assert re.search(r"\n.*more are in the job summary.*\nvxsetup: not ready \(", shown("github", report))


def test_shards_do_not_close_the_alerts_of_one_another() -> None:
    shards = [replace(blocked_report(), shard=shard) for shard in (None, (1, 2), (2, 2))]
    ids = [json.loads(shown("sarif", one))["runs"][0]["automationDetails"]["id"] for one in shards]
    assert ids == ["vxsetup/check/", "vxsetup/check/shard-1-of-2/", "vxsetup/check/shard-2-of-2/"]


def test_a_note_is_no_command_of_the_old_form() -> None:
    """The runner takes ``##[…]`` for a command anywhere in a line, unless the line is one of the new form."""
    text = shown("github", replace(blocked_report(), notes=("see ##[set-output name=x]y, ::error::z",)))
    lines = [line for line in text.splitlines() if not line.startswith("::")]
    assert "vxsetup: note: see ## [set-output name=x]y, ::error::z" in lines
    assert not any("##[" in line for line in lines)


def test_github_annotations_point_at_the_line() -> None:
    failed = counted(blocked_report(), Verdict.FAIL)[0]
    kind, values, text = commands(shown("github", blocked_report()))[0]
    assert failed.span is not None
    assert kind == "error"
    assert (values["file"], values["line"]) == (failed.span.file, str(failed.span.line))
    assert values["title"].startswith(f"{failed.rule} {failed.name}")
    assert failed.message in text
    assert failed.fix is not None
    assert failed.fix.summary in text


def test_columns_stand_only_where_the_place_is_one_line() -> None:
    long = Finding("VX104", "x", Verdict.FAIL, Severity.ERROR, "m", "s", span=Span("a,b:c.yaml", 3, 5, 4, 2))
    ((_, values, _),) = commands(shown("github", replace(ready_report(), findings=(long,))))
    assert values["file"] == "a,b:c.yaml"
    assert (values["line"], values["endLine"]) == ("3", "4")
    assert not {"col", "endColumn"} & set(values)


# --- Markdown --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_markdown_tells_every_failure_and_fix(name: str) -> None:
    report = SAMPLES[name]()
    text = shown("markdown", report)
    for finding in counted(report, Verdict.FAIL):
        if finding.severity is not Severity.INFO:
            assert f"**{finding.rule} " in text
        if finding.fix is not None and finding.fix.command and finding.severity is not Severity.INFO:
            assert f"\n{finding.fix.command}\n" in text
    for project in report.projects:
        assert project.id in text


def test_markdown_mentions_nobody_and_runs_no_markup() -> None:
    hostile = "@team <img src=x> [a](javascript:alert(1)) `b` | *c* __d__"
    finding = Finding("VX203", "n", Verdict.FAIL, Severity.ERROR, hostile, hostile, fix=Fix(hostile, "````\n@team"))
    text = shown("markdown", replace(ready_report(), findings=(finding,), notes=(hostile, "# loud")))
    prose = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)
    assert "<img" not in prose
    assert re.search(r"(?<![\w\\])@team", prose) is None
    assert "](" not in prose.replace("\\](", "")
    assert "> &#35; loud" in text


# --- HTML ------------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page has: its elements, and the text of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.blocks: dict[str, str] = {}
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        kind = dict(attrs).get("type", "")
        self._open = f"{tag} {kind}".strip() if tag in ("script", "style", "title") else ""

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.blocks[self._open] = self.blocks.get(self._open, "") + data

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.blocks["script application/json"])
        return found


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_needs_nothing_else_and_has_every_finding(name: str) -> None:
    report = SAMPLES[name]()
    text = shown("html", report)
    page = Page(text)
    assert not {"link", "img", "iframe", "object", "base"} & set(page.tags)
    assert not {name for name, _ in page.attributes} & {"src", "href", "srcset", "style"}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    told = 0
    for project in page.data["projects"]:
        groups = ("elsewhere", "notes", "baselined", "suppressed", "passes", "not_applicable")
        told += sum(len(project[group]) for group in groups)
        told += sum(1 + len(entry["waits"]) for entry in project["entries"])
    assert told == len(report.findings)


def test_the_policy_of_the_page_names_its_own_blocks_and_nothing_else() -> None:
    import base64
    import hashlib

    page = Page(shown("html", blocked_report()))
    (policy,) = [value for name, value in page.attributes if name == "content" and value and "default-src" in value]
    for kind, block in (("script-src", "script"), ("style-src", "style")):
        digest = base64.b64encode(hashlib.sha256(page.blocks[block].encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_the_matrix_says_where_a_request_stops_and_how_old_the_evidence_is() -> None:
    ((project),) = Page(shown("html", blocked_report())).data["projects"]
    cells = {(path["model"], path["location"]): path for path in project["paths"]}
    assert cells[("claude-opus-4-7", "eu")]["says"] == "stops at enabled"
    subject = "projects/acme-ai-prod/locations/europe-west1/publishers/anthropic/models/claude-haiku-4-5@20251001"
    proof = Evidence(Rung.PROBED, "rawPredict", "400", "2026-11-22T11:01:00Z")
    passed = Finding(
        "VX405", "n", Verdict.PASS, Severity.ERROR, "m", subject, project="acme-ai-prod", evidence=(proof,)
    )
    report = blocked_report()
    ((project),) = Page(shown("html", replace(report, findings=(*report.findings, passed)))).data["projects"]
    cells = {(path["model"], path["location"]): path for path in project["paths"]}
    assert cells[("claude-haiku-4-5@20251001", "europe-west1")]["says"] == "probed, 1 h ago"


def test_quota_stands_against_need_as_bars_the_short_ones_first() -> None:
    place = "projects/p/locations/eu/publishers/anthropic/models/claude-sonnet-5-5/quotas/{}"
    enough = Finding("VX601", "n", Verdict.PASS, Severity.ERROR, "m", place.format("requests"), project="acme-ai-prod")
    short = replace(
        enough, verdict=Verdict.FAIL, subject=place.format("tokens"), measure=Measure(5, 60, "tokens a minute")
    )
    enough = replace(enough, measure=Measure(1_250, 60, "requests a minute"))
    ((project),) = Page(shown("html", replace(blocked_report(), findings=(enough, short)))).data["projects"]
    assert project["quotas"] == [
        {"name": "claude-sonnet-5-5 @ eu", "unit": "tokens a minute", "have": 5, "need": 60},
        {"name": "claude-sonnet-5-5 @ eu", "unit": "requests a minute", "have": 1_250, "need": 60},
    ]


def test_a_report_is_read_back_from_its_json() -> None:
    for make in SAMPLES.values():
        report = make()
        text = shown("json", report)
        assert shown("json", report_of(json.loads(text))) == text


def test_a_page_of_500_projects_is_small() -> None:
    assert len(shown("html", fleet_report(500))) < 1_000_000


# --- all of them -----------------------------------------------------------------------------------------------------


@SLOW
@given(reports())
def test_hostile_strings_stay_text(report: Report) -> None:
    sarif = shown("sarif", report)
    assert not HARMFUL.search(sarif)
    SARIF.validate(json.loads(sarif))
    junit = shown("junit", report)
    assert len(list(ElementTree.fromstring(junit.encode()).iter("testcase"))) == len(report.findings)
    github = shown("github", report)
    assert not HARMFUL.search(github)
    assert len(commands(github)) <= 10
    markdown = shown("markdown", report)
    assert not HARMFUL.search(markdown)
    page = shown("html", report)
    assert Page(page).tags.count("script") == 2
    assert not HARMFUL.search(page)
    Page(page).data  # noqa: B018 - it can be read


@pytest.mark.parametrize(
    "nasty", [*NASTY, "</script><script>alert(1)</script>", "<!--", "]]>", "::error::x", "\n::error::x"]
)
@pytest.mark.parametrize("format_", ["sarif", "junit", "github", "markdown", "html"])
def test_no_string_becomes_a_command_or_an_element(format_: str, nasty: str) -> None:
    span = Span(f"{nasty}.yaml", 1, 1, 1, 2)
    finding = Finding(
        "VX101", "syntax", Verdict.FAIL, Severity.ERROR, nasty, nasty, span=span, fix=Fix(nasty, nasty, nasty)
    )
    report = replace(ready_report(), findings=(finding,), notes=(nasty,), next_command=nasty, projects=())
    text = shown(format_, report)
    if format_ == "github":
        assert len(commands(text)) == 1
        assert sum(line.lstrip().startswith("::") for line in text.splitlines()) == 1
    elif format_ == "junit":
        assert [e.tag for e in ElementTree.fromstring(text.encode()).iter()].count("testcase") == 1
    elif format_ == "html":
        assert Page(text).tags.count("script") == 2
    elif format_ == "markdown":
        assert not re.search(r"<(?!sub>|/sub>|details>|/details>|summary>|/summary>|!-- -->)", text.replace(nasty, ""))
    else:
        assert len(json.loads(text)["runs"][0]["results"]) == 1
