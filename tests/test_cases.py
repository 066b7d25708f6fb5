"""Every case of ``cases/`` has the outcome that is written beside it; the message of every failure can be read aloud."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import rule_cases
from rule_cases import Outcome

from vxsetup.resources import schema
from vxsetup.rules import registry

SCHEMA = jsonschema.Draft202012Validator(schema("report"))
VERDICTS = {"pass", "fail", "unknown", "not_applicable", "not_reached"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in, with none of the caller's variables."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("VXSETUP_")]:
        monkeypatch.delenv(variable)
    return tmp_path


@pytest.mark.parametrize("name", rule_cases.names())
def test_case(name: str, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    wanted = rule_cases.expected(name)
    rule_cases.write(name, here)
    arguments = rule_cases.arguments(name)
    online = arguments[0] == "check"
    seen = rule_cases.outcome([*arguments, *(["--record", "facts.json"] if online else [])])
    said = capfd.readouterr()
    assert (said.out, said.err.strip()) == ("", wanted.get("stderr", "")), (
        "a report in a file is all that most runs say"
    )
    SCHEMA.validate(seen.report)
    assert (seen.report["verdict"], seen.exit) == (wanted["verdict"], wanted["exit"]), seen.text
    assert seen.failed("error") == wanted["only_failures"], seen.text
    assert seen.failed("warning") == wanted.get("only_warnings", []), seen.text
    assert seen.unknown() == wanted.get("only_unknown", []), seen.text
    assert not {finding["rule"] for finding in seen.findings} & set(wanted.get("absent", []))
    for one in wanted["findings"]:
        found = [finding for finding in seen.findings if _fits(one, finding, seen)]
        assert found, f"there is no such finding: {one}\n{_near(one, seen)}\n{seen.text}"
        assert len(found) == one.get("times", len(found)), f"{len(found)} findings fit {one}"
    _holds_what_every_report_promises(seen)
    if online:
        again = rule_cases.outcome([arguments[0], arguments[1], *_replayable(wanted), "--facts", "facts.json"])
        assert _but_next(again) == _but_next(seen), "a recording is judged to the same report"


def _but_next(seen: Outcome) -> Outcome:
    """The outcome without the command that comes next, which names where the facts came from."""
    return replace(seen, report=seen.report | {"next_command": None}, text=seen.text.partition("\nNext:\n")[0], raw="")


def _fits(wanted: dict[str, Any], finding: dict[str, Any], seen: Outcome) -> bool:
    place = finding["location"]
    cause = next((f["rule"] for f in seen.findings if f["fingerprint"] == finding["caused_by"]), None)
    fix = finding["fix"] or {}
    fixes = " ".join(str(fix.get(part) or "") for part in ("summary", "command", "url"))
    exact = {
        "rule": finding["rule"],
        "verdict": finding["verdict"],
        "severity": finding["severity"],
        "subject": finding["subject"],
        "principal": finding["principal"],
        "caused_by": cause,
        "location": f"{place['line']}:{place['column']}" if place else None,
    }
    among = {
        "says": finding["message"],
        "evidence": " ".join(f"{e['source']} {e['says']}" for e in finding["evidence"]),
        "rung": " ".join(e["rung"] for e in finding["evidence"]),
        "fix": fixes,
    }
    return all(exact[key] == wanted[key] for key in exact if key in wanted) and all(
        words in among[key] for key in among if key in wanted for words in _listed(wanted[key])
    )


def _listed(words: str | list[str]) -> list[str]:
    return [words] if isinstance(words, str) else words


def _near(wanted: dict[str, Any], seen: Outcome) -> str:
    """What the rule says instead, for the one who reads the failure of a test."""
    return "\n".join(f"  instead: {f}" for f in seen.findings if f["rule"] == wanted["rule"])


def _replayable(wanted: dict[str, Any]) -> list[str]:
    """A case's own arguments without the identity: a recording says itself who asked, and refuses another."""
    given: list[str] = wanted.get("args", [])
    if "--impersonate-service-account" not in given:
        return given
    place = given.index("--impersonate-service-account")
    return [*given[:place], *given[place + 2 :]]


def _holds_what_every_report_promises(seen: Outcome) -> None:
    by_fingerprint = {finding["fingerprint"]: finding for finding in seen.findings}
    for finding in seen.findings:
        _reads_well(finding)
        if finding["verdict"] == "not_reached":
            assert by_fingerprint[finding["caused_by"]]["verdict"] == "fail", "only a failure is a cause"
        else:
            cause = finding["caused_by"]
            assert cause is None or finding["verdict"] == "unknown"
            assert cause is None or by_fingerprint[cause]["verdict"] == "unknown", "an unknown waits on an unknown"
        if finding["verdict"] in ("fail", "unknown"):
            assert finding["location"], "a line of the config asks for everything that fails"
            assert finding["evidence"], f"{finding['rule']} gives no reason"
        if finding["verdict"] == "fail" and finding["severity"] != "info":
            assert finding["fix"], f"{finding['rule']} gives no next step"
    assert "facts.md" not in seen.text
    assert all(line.isprintable() for line in seen.text.split("\n")), "what the cloud says reaches no terminal as it is"
    assert all(line.isprintable() for line in seen.raw.split("\n")), "nor does it by way of the file for programs"


def _reads_well(finding: dict[str, Any]) -> None:
    message = finding["message"]
    texts = [message, *(e["source"] for e in finding["evidence"]), *(str(v) for v in (finding["fix"] or {}).values())]
    assert all(text.isprintable() for text in texts), texts
    assert not any("facts.md" in text or "vxsetup.rules" in text or "Unknown(" in text for text in texts), texts
    if finding["verdict"] in ("fail", "unknown", "not_reached"):
        assert message.endswith("."), f"{finding['rule']}: {message!r} is no sentence"
        assert message[0] == message[0].upper() or message.split()[0] in message_names(finding), message
    assert ".." not in message.replace("...", "")
    assert "  " not in message


def message_names(finding: dict[str, Any]) -> list[str]:
    """Names that begin a sentence in small letters, because they are spelt so."""
    first = finding["message"].split()[0]
    named = ("user:", "serviceAccount:", "group:", "claude-", "acme-", "'", "principal", "domain:", "deleted:", "all")
    return [first] if first.startswith(named) or ".googleapis.com" in first or "@" in first else []


@pytest.mark.parametrize("name", rule_cases.names())
def test_a_case_says_what_it_is_about(name: str) -> None:
    wanted = rule_cases.expected(name)
    assert set(wanted) <= rule_cases.KEYS
    assert {"about", "verdict", "exit", "findings", "only_failures"} <= set(wanted)
    assert wanted["about"].endswith("."), "a sentence"
    rules = {rule.id: rule for rule in registry()}
    own, _, kebab = name.partition("/")[0].partition("-")
    assert rules[own].name == kebab, "a folder is named by its rule"
    shown = {one["rule"] for one in wanted["findings"]} | set(wanted.get("absent", []))
    assert own in shown <= set(rules), "a case shows the rule that its folder names"
    for one in wanted["findings"]:
        assert set(one) <= rule_cases.FINDING_KEYS
        assert one["verdict"] in VERDICTS
        assert one["verdict"] != "not_reached" or "caused_by" in one, "a case names the cause"
        assert {one["rule"], one.get("caused_by", one["rule"])} <= set(rules)


def test_every_folder_is_a_case() -> None:
    folders = {f"{path.parent.name}/{path.name}" for path in rule_cases.CASES.glob("*/*") if path.is_dir()}
    assert folders == set(rule_cases.names())
    held = {path.name for name in rule_cases.names() for path in (rule_cases.CASES / name).iterdir()}
    assert held <= {"expected.yaml", "world.yaml", "vxsetup.yaml"}
