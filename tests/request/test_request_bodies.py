"""``vxsetup request``: each fault of a body is found at its place, a sound body has none, and nothing breaks the judge."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from vxsetup import resources
from vxsetup.catalog import Catalogue, load_catalogue
from vxsetup.cli.root import run
from vxsetup.findings import Finding
from vxsetup.rules.bodies import RULES
from vxsetup.smoke.body import About, examine
from vxsetup.smoke.places import Text

GOOD: dict[str, Any] = {
    "anthropic_version": "vertex-2023-10-16",
    "max_tokens": 100,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
    "messages": [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "ok"}]},
    ],
    "tools": [{"name": "f", "input_schema": {"type": "object"}}],
    "tool_choice": {"type": "auto"},
    "stream": True,
}
SCHEMA = resources.schema("request")


def catalogue() -> Catalogue:
    """The shipped catalogue."""
    found = load_catalogue()
    assert isinstance(found, Catalogue)
    return found


CATALOGUE = catalogue()


def judged(body: Any, model: str | None = "claude-opus-4-8", **about: Any) -> tuple[Finding, ...]:
    """The findings for a body, given as data or as text."""
    text = body if isinstance(body, str) else json.dumps(body, indent=2)
    return examine(text.encode(), "body.json", About(model, **about), CATALOGUE, SCHEMA)


def with_(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The good body with a value put at a path."""
    body = copy.deepcopy(GOOD)
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return body


FAULTS: list[tuple[str, tuple[Any, ...], Any]] = [
    ("VX864", ("model",), "claude-opus-4-8"),
    ("VX865", ("anthropic_version",), "2023-06-01"),
    ("VX865", ("anthropic_version",), "2026-10-21"),
    ("VX866", ("temperature",), 0.2),
    ("VX866", ("top_p",), 0.9),
    ("VX866", ("top_k",), 5),
    ("VX866", ("thinking",), {"type": "enabled", "budget_tokens": 2048}),
    ("VX866", ("messages", 2), {"role": "assistant", "content": "{"}),
    ("VX867", ("betas",), ["a-1"]),
    ("VX867", ("anthropic_beta",), ["a-1"]),
    ("VX861", ("max_token",), 5),
    ("VX861", ("contents",), []),
    ("VX861", ("inference_geo",), "us"),
    ("VX863", ("max_tokens",), "many"),
    ("VX863", ("max_tokens",), 0),
    ("VX863", ("max_tokens",), 10_000_000),
    ("VX863", ("messages",), []),
    ("VX863", ("messages", 0, "role"), "model"),
    ("VX863", ("messages", 0, "content"), 4),
    ("VX863", ("temperature",), 3),
    ("VX863", ("tool_choice",), {"type": "required"}),
    ("VX863", ("system", 0, "cache_control", "ttl"), "2h"),
    ("VX862", ("tools", 0), {"name": "f"}),
    ("VX862", ("messages", 0, "content"), [{"type": "text"}]),
    ("VX868", ("mcp_servers",), [{"type": "url", "url": "https://mcp.example.com", "name": "m"}]),
    ("VX868", ("tools", 0), {"type": "code_execution_20250825", "name": "code_execution"}),
    ("VX868", ("tools", 0), {"type": "web_fetch_20250910", "name": "web_fetch"}),
    ("VX868", ("messages", 0, "content"), [{"type": "image", "source": {"type": "url", "url": "https://a.example"}}]),
    ("VX868", ("messages", 0, "content"), [{"type": "document", "source": {"type": "file", "file_id": "f"}}]),
]


def test_a_sound_body_has_no_fault() -> None:
    assert judged(GOOD) == ()
    assert judged(GOOD, None) == ()
    assert judged({**GOOD, "thinking": {"type": "adaptive"}}) == ()
    assert judged({**GOOD, "temperature": 1}) == (), "the default value is let through"
    assert judged({**GOOD, "temperature": 0.2}, "claude-haiku-4-5@20251001") == ()
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(("rule", "path", "value"), FAULTS, ids=[f"{r}-{'.'.join(map(str, p))}" for r, p, _ in FAULTS])
def test_each_fault_is_found_at_its_place(rule: str, path: tuple[Any, ...], value: Any) -> None:
    body = with_(path, value)
    found = [one for one in judged(body) if one.rule == rule]
    assert len(found) == 1, judged(body)
    span = found[0].span
    assert span is not None
    lines = json.dumps(body, indent=2).split("\n")
    key = next((str(step) for step in reversed(found[0].config_path) if isinstance(step, str)), None)
    underlined = lines[span.line - 1][span.column - 1 : span.end_column - 1]
    near = "\n".join(lines[max(span.line - 2, 0) : span.line])
    assert underlined.strip()
    assert key is None or f'"{key}"' in near or rule == "VX862" or path == ("messages", 2), (key, near)
    assert found[0].evidence
    assert found[0].fix is not None


def test_what_is_missing_is_named() -> None:
    for field, rule in (("anthropic_version", "VX865"), ("max_tokens", "VX862"), ("messages", "VX862")):
        body = {key: value for key, value in GOOD.items() if key != field}
        assert [one.rule for one in judged(body)] == [rule]
        assert field in judged(body)[0].message


def test_two_sources_make_an_error_and_one_a_warning() -> None:
    both = [one.severity.value for one in judged({**GOOD, "temperature": 0.2}, "claude-opus-4-8")]
    one = [one.severity.value for one in judged({**GOOD, "temperature": 0.2}, "claude-haiku-5-5")]
    assert (both, one) == (["error"], ["warning"])


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"a": 1,}', 1, 8),
        ('{\n  "max_tokens": 1\n  "messages": []\n}', 3, 3),
        ("", 1, 1),
        ("[1]", 1, 1),
        ('{"max_tokens": NaN}', 1, 1),
        ("{" + '"a": {' * 100_000, 1, 1),
        ("// a comment\n{}", 1, 1),
    ],
)
def test_what_is_not_json_is_shown_where_it_ends(text: str, line: int, column: int) -> None:
    first = judged(text)[0]
    assert first.rule == "VX860"
    assert first.span is not None
    assert first.span.line == line
    assert abs(first.span.column - column) <= 1


def test_a_key_that_stands_twice_is_told() -> None:
    text = json.dumps(GOOD)[:-1] + ', "max_tokens": 5}'
    assert [one.rule for one in judged(text)] == ["VX860"]
    assert "`max_tokens` stands twice" in judged(text)[0].message


def test_bytes_that_are_no_text() -> None:
    found = examine(b'{"a": "\xff"}', "body.json", About(), CATALOGUE, SCHEMA)
    assert [(one.rule, one.span.column if one.span else 0) for one in found] == [("VX860", 8)]


def test_counting_wants_the_model_in_the_body() -> None:
    body = {"model": "claude-opus-4-8", "messages": [{"role": "user", "content": "Hi"}]}
    assert judged(body, None, count_tokens=True) == ()
    assert [one.rule for one in judged({"messages": body["messages"]}, None, count_tokens=True)] == ["VX862"]


def test_size_and_window() -> None:
    huge = with_(("messages", 0, "content"), "x" * 32_000_000)
    assert {one.rule for one in judged(huge, "claude-opus-4-8")} == {"VX869"}
    long = with_(("messages", 0, "content"), "x" * 1_000_000)
    assert [one.severity.value for one in judged(long, "claude-haiku-4-5")] == ["warning"]
    assert judged(long, "claude-opus-4-8") == ()
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 8_000_000}}
    assert [one.rule for one in judged(with_(("messages", 0, "content"), [image]))] == ["VX869"]
    small = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    assert [one.rule for one in judged(with_(("messages", 0, "content"), [small] * 101))] == ["VX869"]


def test_the_command_and_its_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = tmp_path / "body.json"
    body.write_text(json.dumps(GOOD))
    assert run(["request", str(body), "--model", "claude-opus-4-8"]) == 0
    body.write_text(json.dumps({**GOOD, "temperature": 0.1, "model": "\x1b[31mred"}))
    capsys.readouterr()
    assert run(["request", str(body), "--model", "claude-opus-4-8"]) == 1
    told = capsys.readouterr().out
    assert "VX864" in told
    assert "VX866" in told
    assert "\x1b[31mred" not in told
    assert run(["request", str(body), "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == "invalid"
    assert run(["request", str(body), "--format", "sarif"]) == 1
    assert json.loads(capsys.readouterr().out)["runs"]
    assert run(["request", str(tmp_path / "none.json")]) == 2
    assert run(["request", str(tmp_path)]) == 2
    assert run(["request", str(body), "--model", "gpt-4"]) == 2


def test_every_rule_of_a_body_is_raised_here() -> None:
    raised = {rule for rule, _, _ in FAULTS} | {"VX860", "VX869"}
    assert raised == {rule.id for rule in RULES if rule.id < "VX870"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*SCHEMA["properties"], "type", "role", "content", "source", "x"]), inner, max_size=5
        )
    ),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*GOOD, "thinking", "output_config", "mcp_servers", "betas", "model"]), JSON),
    st.booleans(),
)
def test_no_body_breaks_the_judge(change: dict[str, Any], indent: bool) -> None:
    text = json.dumps({**GOOD, **change}, indent=1 if indent else None)
    for finding in judged(text):
        assert finding.span is not None
        assert finding.span.line <= text.count("\n") + 1
        assert finding.message.isprintable()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_judge(raw: bytes) -> None:
    examine(raw, "body.json", About("claude-opus-5", "eu"), CATALOGUE, SCHEMA)


@settings(max_examples=200, deadline=None)
@given(JSON, st.integers(0, 3))
def test_the_place_of_a_value_is_where_it_stands(value: Any, indent: int) -> None:
    text = json.dumps(value, indent=indent or None, ensure_ascii=indent == 1)
    paths: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    for path, one in paths:
        steps = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        paths += [((*path, step), inner) for step, inner in steps]
    for path, one in paths:
        found = Text("f", text).find(path)
        assert json.loads(text[found.start : found.end]) == one


def test_each_missing_field_is_told_once() -> None:
    found = judged("{}")
    assert sorted(one.message for one in found) == [
        "The body has no `anthropic_version`",
        "The body has no `max_tokens`",
        "The body has no `messages`",
    ]


def test_a_byte_order_mark_is_told() -> None:
    raw = b"\xef\xbb\xbf" + json.dumps(GOOD).encode()
    (mark,) = examine(raw, "body.json", About("claude-opus-4-8"), CATALOGUE, SCHEMA)
    assert (mark.rule, mark.severity.value) == ("VX860", "warning")
    assert "byte-order mark" in mark.message
