"""Reading one text: nothing makes it raise, every span covers what it claims, scalars mean what YAML 1.2 says."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from vxsetup.config import reader
from vxsetup.config.document import read_document
from vxsetup.config.scalars import resolve
from vxsetup.config.source import Node

YAMLISH = st.text(st.sampled_from("ab01 \n\t:-{}[],\"'#&*!|>%@`?<~\\ué\u2028\U0001f600\r.eE+_"), max_size=60)
JSON_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9) | JSON_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(JSON_TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_raise(text: bytes) -> None:
    document = read_document(text, "vxsetup.yaml")
    assert document.root is not None or document.findings


@settings(max_examples=500, deadline=None)
@given(YAMLISH)
def test_no_text_raises_and_every_finding_has_a_place(text: str) -> None:
    document = read_document(text.encode(), "vxsetup.yaml")
    assert document.root is not None or document.findings
    lines = document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for finding in document.findings:
        assert finding.span is not None
        assert 1 <= finding.span.line <= len(lines)
        assert 1 <= finding.span.column <= len(lines[finding.span.line - 1]) + 1
        assert (finding.span.end_line, finding.span.end_column) > (finding.span.line, finding.span.column)
        assert finding.message.isprintable()


@settings(max_examples=200, deadline=None)
@given(JSON, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_json_is_read_as_json_reads_it(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps({"value": value}, indent=indent, ensure_ascii=ascii_only)
    document = read_document(text.encode(), "vxsetup.json")
    refused = [finding.rule for finding in document.findings]
    if refused:  # characters that no config may have, when they stand there unescaped
        assert set(refused) == {"VX102"}
        assert not ascii_only
        return
    assert document.root is not None
    assert document.root.value == {"value": value}
    for node in document.root.walk():
        if isinstance(node.value, str | bool | int | float):
            assert json.loads(node.text) == node.value


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(JSON_TEXT.filter(str.strip), JSON, min_size=1, max_size=4), st.booleans())
def test_spans_cover_what_they_claim(value: dict[str, Any], flow: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True, width=30)
    document = read_document(text.encode(), "vxsetup.yaml")
    if document.root is None or document.findings:
        return
    assert isinstance(document.root.items, dict)
    for key, node in document.root.items.items():
        assert yaml.safe_load(node.source.slice(node.key_start, node.key_end)) == key or key in text
        check_span(node)


def check_span(node: Node) -> None:
    span = node.source.span(node.start, node.end)
    lines = node.source.text.split("\n")
    if span.line == span.end_line and node.items is None and node.start < node.end:
        covered = lines[span.line - 1][span.column - 1 : span.end_column - 1]
        assert covered == node.text
    for child in node.items.values() if isinstance(node.items, dict) else node.items or ():
        assert node.start <= child.start <= child.end
        check_span(child)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("False", False), ("null", None), ("~", None), ("0", 0), ("-12", -12), ("+7", 7), ("0x1F", 31),
        ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("2027-01-31", "2027-01-31"), ("eu", "eu"), ("1.2.3", "1.2.3"),
        ("012345-6789AB-CDEF01", "012345-6789AB-CDEF01"), ("-", "-"), ("...", "..."), ("e3", "e3"), ("00", 0),
    ],
)  # fmt: skip
def test_plain_scalars_without_surprise(text: str, value: object) -> None:
    got, surprise = resolve(text)
    assert got == value
    assert type(got) is type(value)
    assert surprise is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("Yes", "Yes"), ("ON", "ON"), ("y", "y"), ("0777", 777), ("-010", -10), ("089", 89), ("0o17", 15),
        ("12:30", "12:30"), ("190:20:30", "190:20:30"), ("1_000", "1_000"), ("0b11", "0b11"), ("0x_1", "0x_1"),
        ("1e3", 1000.0), ("1.5e3", 1500.0), (".inf", ".inf"), ("-.INF", "-.INF"), (".nan", ".nan"), ("1e999", "1e999"),
        ("9" * 50, "9" * 50),
    ],
)  # fmt: skip
def test_plain_scalars_with_surprise(text: str, value: object) -> None:
    got, surprise = resolve(text)
    assert got == value
    assert type(got) is type(value)
    assert surprise is not None
    assert surprise.write


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("0123456789+-._:eExXobBaAinfNy"), min_size=1, max_size=12))
def test_resolving_never_raises_and_agrees_with_yaml_11_where_there_is_no_surprise(text: str) -> None:
    value, surprise = resolve(text)
    assert not isinstance(value, float) or math.isfinite(value)
    if surprise is None and not isinstance(value, str):
        assert yaml.safe_load(text) == value


@pytest.mark.parametrize("text", [b"a: 1\r\nb:\r\n  - x\r\n", b"\xef\xbb\xbfa: 1\nb:\n  - x\n", b"a: 1\rb:\r  - x\r"])
def test_line_ends_and_byte_order_mark(text: bytes) -> None:
    root = read_document(text, "vxsetup.yaml").root
    assert root is not None
    assert root.value == {"a": 1, "b": ["x"]}
    span = root.nearest(("b", 0)).span
    assert (span.line, span.column, span.end_line, span.end_column) == (3, 5, 3, 6)


def test_columns_count_characters_and_escaped_pairs_as_they_are_written() -> None:
    root = read_document('{"ä😀": "\\ud83d\\ude00", "b": "x"}'.encode(), "vxsetup.json").root
    assert root is not None
    assert root.value == {"ä😀": "😀", "b": "x"}
    node = root.nearest(("b",))
    assert node.text == '"x"'
    assert (node.span.column, node.span.end_column) == (29, 32)


def test_a_mapping_of_several_lines_is_shown_by_its_key_and_an_entry_by_its_first_line() -> None:
    root = read_document(b"models:\n  - id: x\n    traffic: y\n", "vxsetup.yaml").root
    assert root is not None
    head = root.nearest(("models",)).head_span
    assert (head.line, head.column, head.end_column) == (1, 1, 7)
    entry = root.nearest(("models", 0)).head_span
    assert (entry.line, entry.column, entry.end_line, entry.end_column) == (2, 5, 2, 10)


def test_pure_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"version: 1\nproject: &p {id: acme-ai-prod}\nmodels:\n- id: 'x'\n  needs: {a: 1e3}\nlist: [1, [2]]\n"
    fast = read_document(text, "vxsetup.yaml")
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    slow = read_document(text, "vxsetup.yaml")
    assert reader.events("a: 1").__qualname__.startswith("Parser.")
    assert fast.root is not None
    assert slow.root is not None
    assert slow.findings == fast.findings
    assert [(n.value, n.span) for n in slow.root.walk()] == [(n.value, n.span) for n in fast.root.walk()]
