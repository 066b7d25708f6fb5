"""Values never break out: whatever a project, a model or a location is called, each file parses back to the same values."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from urllib.parse import unquote

import pytest
from emit_runs import catalogue, emittable, emitted, narrowed, read, settings, strings, target
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vxsetup.emit import Place, Settings
from vxsetup.emit.literals import FILTERS, Literal
from vxsetup.emit.parts import NotWritableError
from vxsetup.emit.programs import _environment

NASTY = [
    "a'b\"c",
    "a\nb",
    "$(touch owned)",
    "`id`",
    "# x",
    "${HOME}",
    "${{ secrets.X }}",
    "%{if}",
    "a: b",
    "- a",
    "{a: b}",
    "*anchor",
    "!!python/object",
    "no",
    "0777",
    "1e3",
    "12:30",
    "2026-11-22",
    "~",
    "\\",
    "\\u000a",
    "*/",
    "?>",
    "'''",
    '"""',
    "</script>",
    "\u2028",
    "é😀",
    "\x1b[31m",
    "{{ 7*7 }}",
    "#{7*7}",
    "os.environ/HOME",
    "{env:HOME}",
    "a\tb",
    " a ",
    "a\r\nb",
    "\x85",
    "=1+1",
    "//x",
    "-rf",
    "\ufeffa",
]
words = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20),
    st.text(st.sampled_from("'\"\\$`#{}()[]:;,&|<>*?!~%@=-+ \n\tab0"), min_size=1, max_size=12),
)


def hostile(project: str, model: str, location: str) -> Settings:
    """Settings of which every word is somebody's choice. The schema lets none of them through; the writers must not care."""
    base = settings()
    place = Place(model, "claude-opus-4-8", "opus", location, catalogue().host("us-east5"))
    return Settings(project, (place,), base.ci)


@pytest.mark.parametrize("name", emittable())
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(project=words, model=words, location=words)
@example("${{ secrets.X }}", "$(id)", "us-east5")
@example("a'b\"c\\", "a\n- b: *c", "us\n")
@example("acme-ai-prod", "{{ 7*7 }}", "?>*/")
@example("#{x}\r\n'", 'a\r\n"$x', "\r")
def test_a_value_is_read_back_or_refused(name: str, project: str, model: str, location: str) -> None:
    made = emitted(name, hostile(project, model, location))
    if made.refusal is not None:
        assert not made.files
        return
    said = [text for file in made.files for text in read(file)]
    if name == "curl":
        said = [unquote(text) for text in said]
    for value in (project, *_said(name, model, location)):
        written = value.replace("$", "$$") if name == "docker-compose" else value
        assert any(written in text for text in said), f"{value!r} is not in {name}"
    if target(name).kind in ("sdk", "framework") and name != "curl":
        assert {project, model, location} <= set(said), "each is a literal of its own"


def _said(name: str, model: str, location: str) -> tuple[str, ...]:
    """Which of the two the files of a target hold, beside the project."""
    if name in ("env", "shell", "kubernetes", "docker-compose", "dify"):
        return (location,)
    return (model, location)


@pytest.mark.parametrize("name", emittable())
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(project=words)
@example("a\nb")
@example("*/ ?> '''")
def test_a_value_adds_no_line_and_no_statement(name: str, project: str) -> None:
    """The file with a hostile project differs from the one with a plain project in what strings say, and in nothing else."""
    plain, bad = (
        emitted(name, hostile("acme-ai-prod", "m", "us-east5")),
        emitted(name, hostile(project, "m", "us-east5")),
    )
    if bad.refusal is not None:
        return
    for before, after in zip(plain.files, bad.files, strict=True):
        assert before.path == after.path
        if before.values is not None:
            assert _shape(before.values) == _shape(after.values)
        elif not before.path.endswith((".sh", ".env")):
            assert len(before.text.split("\n")) == len(after.text.split("\n")) or before.path.endswith((".rb", ".php"))
        assert len(read(before)) == len(read(after)), before.path


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else type(value)


@pytest.mark.parametrize("name", ["curl", "shell", "claude-code", "google-adk", "opencode"])
@pytest.mark.parametrize("value", [word for word in NASTY if "\0" not in word])
def test_a_shell_reads_the_same(name: str, value: str) -> None:
    made = emitted(name, narrowed(hostile(value, "m", "us-east5"), "us-east5", "claude-opus-4-8"))
    if name == "opencode" and made.refusal:
        return
    script = next(file for file in made.files if file.path.endswith(".sh"))
    if name == "curl":
        assert (
            subprocess.run(["sh", "-n"], input=script.text, text=True, check=False, capture_output=True).returncode == 0
        )
        return
    run = subprocess.run(
        ["/bin/sh", "-c", f'{script.text}\nprintf "%s." "$GOOGLE_CLOUD_PROJECT"'],
        capture_output=True,
        check=False,
        env={"PATH": "/nowhere"},
    )
    assert run.stdout.decode() == f"{value}."
    assert run.stderr == b""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_node_reads_the_same() -> None:
    literals = ", ".join(FILTERS["javascript"](value) for value in NASTY)
    run = subprocess.run(
        ["node", "-e", f"console.log(JSON.stringify([{literals}]))"], capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == NASTY


def test_python_reads_the_same() -> None:
    literals = ", ".join(FILTERS["python"](value) for value in NASTY)
    run = subprocess.run(
        [sys.executable, "-c", f"import json; print(json.dumps([{literals}]))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == NASTY


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"remark"}))
def test_half_a_character_is_refused(name: str) -> None:
    for bad in ("\ud800", "a\0b"):
        with pytest.raises(NotWritableError):
            FILTERS[name](bad)


def test_a_template_writes_nothing_that_went_through_no_filter() -> None:
    with pytest.raises(TypeError, match="without a literal filter"):
        _environment().from_string("{{ value }}").render(value="plain")
    assert _environment().from_string("{{ value }}").render(value=Literal("'x'")) == "'x'"


@pytest.mark.parametrize("name", emittable())
def test_no_variable_is_empty(name: str) -> None:
    made = emitted(name, narrowed(settings(), "us-east5", "claude-opus-4-8"))
    assert made.files
    for file in made.files:
        if file.values is not None:
            assert "" not in strings(file.values), file.path
        elif file.path.endswith((".sh", ".env")):
            assert [line for line in file.text.splitlines() if line.endswith(("=", "=''"))] == []
