"""``doctor --fix`` makes the safe changes, shows them, leaves everything else byte for byte, and is done the second time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from doctor_runs import CONFIG, outside
from hypothesis import given, settings
from hypothesis import strategies as st
from test_doctor_behaviours import CLEAN

from vxsetup.cli import machine
from vxsetup.cli.root import run
from vxsetup.doctor.diagnose import mended
from vxsetup.doctor.files import kind_of, read_client_file
from vxsetup.doctor.model import Edit
from vxsetup.findings import Span

BAD = {
    ".env": "# kept\r\nANTHROPIC_VERTEX_PROJCT_ID=acme-ai-prod\r\nCLOUD_ML_REGION=eu  # the union\r\nVERTEXAI_LOCATION=\r\n"
    'ANTHROPIC_MODEL="claude-sonnet-4-20250514"\r\nANTHROPIC_VERTEX_BASE_URL=https://aiplatform.eu.rep.googleapis.com\r\n',
    ".claude/settings.json": '{\n  // mine\n  "env": {\n    "CLAUDE_CODE_USE_VERTEX": 1,\n    "CLOUD_ML_REGION": "eu",\n'
    '    "ANTHROPIC_VERTEX_PROJECT": "acme-ai-prod",\n    "ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-haiku-4-5-20251001"\n  },\n}\n',
}


@pytest.fixture
def doctor_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs the command over a machine with these files."""

    def ran(files: dict[str, str], *arguments: str) -> int:
        way = outside(tmp_path, {})
        for name, text in files.items():
            path = way.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.write_bytes(text.encode())
        monkeypatch.setattr(machine, "Outside", lambda: way)
        monkeypatch.chdir(way.folder)
        (way.folder / "vxsetup.yaml").write_text(CONFIG)
        return run(["doctor", *arguments])

    return ran


def test_the_safe_changes_are_made_and_shown(
    doctor_of: Callable[..., int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert doctor_of(BAD) == 1
    assert "vxsetup doctor --fix" in capsys.readouterr().out
    assert (tmp_path / "folder/.env").read_bytes() == BAD[".env"].encode(), "nothing changes without --fix"
    doctor_of(BAD, "--fix", "-q")
    told = capsys.readouterr().out
    assert "- ANTHROPIC_VERTEX_PROJCT_ID" in told
    assert "+ ANTHROPIC_VERTEX_PROJECT_ID" in told
    env = (tmp_path / "folder/.env").read_bytes().decode()
    assert env == (
        "# kept\r\nANTHROPIC_VERTEX_PROJECT_ID=acme-ai-prod\r\nCLOUD_ML_REGION=eu  # the union\r\n"
        'ANTHROPIC_MODEL="claude-sonnet-4@20250514"\r\nANTHROPIC_VERTEX_BASE_URL=https://aiplatform.eu.rep.googleapis.com/v1\r\n'
    )
    settings_ = (tmp_path / "folder/.claude/settings.json").read_text()
    assert settings_ == BAD[".claude/settings.json"].replace(": 1,", ': "1",').replace(
        '"ANTHROPIC_VERTEX_PROJECT"', '"ANTHROPIC_VERTEX_PROJECT_ID"'
    ).replace("4-5-2025", "4-5@2025")
    doctor_of(BAD, "--fix", "-q")
    assert "Nothing here can be mended safely" in capsys.readouterr().err


def test_a_clean_folder_has_nothing_to_mend(doctor_of: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor_of(CLEAN, "--fix") == 0
    assert "Nothing here can be mended safely" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["json", "sarif", "junit"])
def test_a_report_for_programs_stays_one(
    form: str, doctor_of: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    doctor_of(BAD)
    plain = capsys.readouterr().out
    doctor_of(BAD, "--fix", "--format", form)
    shown = capsys.readouterr()
    assert "- ANTHROPIC_VERTEX_PROJCT_ID\n" not in shown.out
    assert "- ANTHROPIC_VERTEX_PROJCT_ID\n+ ANTHROPIC_VERTEX_PROJECT_ID\n" in shown.err
    assert "VX820" in plain
    if form != "junit":
        json.loads(shown.out)


def test_a_link_out_of_the_folder_is_not_followed_and_modes_and_marks_stay(
    doctor_of: Callable[..., int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "elsewhere.env").write_text("VERTEXAI_LOCATION=\n")
    (tmp_path / "folder" / ".env.local").symlink_to(tmp_path / "elsewhere.env")
    env = tmp_path / "folder" / ".env"
    env.write_bytes(b"\xef\xbb\xbfMINE=1\nVERTEXAI_LOCATION='' # was sk-canary-1234567890\n")
    env.chmod(0o600)
    doctor_of({}, "--fix", "-q")
    shown = capsys.readouterr()
    assert ".env.local is left as it is: it leads out of its folder by a link" in shown.err
    assert "canary" not in shown.out + shown.err
    assert (tmp_path / "elsewhere.env").read_text() == "VERTEXAI_LOCATION=\n"
    assert env.read_bytes() == b"\xef\xbb\xbfMINE=1\n"
    assert env.stat().st_mode & 0o777 == 0o600


def test_a_value_of_several_lines_holds_no_variables(doctor_of: Callable[..., int]) -> None:
    assert doctor_of({".env": 'NOTE="first\nCLOUD_ML_REGION=us-east5\nVERTEXAI_LOCATION=\n"\n'}) == 0


def test_a_file_that_cannot_be_read_is_told(
    doctor_of: Callable[..., int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / ".env").write_bytes(b"A=\xff\xfe\n")
    assert doctor_of({}) == 0
    assert ".env was not judged: it cannot be read, is no UTF-8 text" in " ".join(capsys.readouterr().out.split())


def test_a_model_keeps_the_prefix_of_its_client(
    doctor_of: Callable[..., int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    litellm = "model_list:\n- model_name: c\n  litellm_params: {model: vertex_ai/claude-sonnet-4-20250514, vertex_location: eu}\n"
    opencode = '{"model": "google-vertex-anthropic/claude-haiku-4-5-20251001"}'
    doctor_of({"litellm.yaml": litellm, "opencode.json": opencode}, "--fix")
    told = " ".join(capsys.readouterr().out.split())
    assert "fix: Write vertex_ai/claude-sonnet-4@20250514." in told
    assert "fix: Write google-vertex-anthropic/claude-haiku-4-5@20251001." in told
    assert (tmp_path / "folder/litellm.yaml").read_text() == litellm.replace("4-2025", "4@2025")
    assert (tmp_path / "folder/opencode.json").read_text() == opencode.replace("5-2025", "5@2025")


def test_fix_is_a_typed_word(doctor_of: Callable[..., int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VXSETUP_FIX", "1")
    doctor_of(BAD)
    assert (tmp_path / "folder/.env").read_bytes() == BAD[".env"].encode()


def test_a_file_that_is_named_must_be_one(
    doctor_of: Callable[..., int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("hello")
    assert doctor_of({}, str(other)) == 2
    assert doctor_of({}, str(tmp_path / "none.env")) == 2
    assert doctor_of({}, "--config", "nowhere.yaml") == 2
    capsys.readouterr()
    named = tmp_path / "prod.env"
    named.write_text("ANTHROPIC_VERTEX_PROJECT_ID=\n")
    doctor_of({}, str(named), "--format", "json")
    report = json.loads(capsys.readouterr().out)
    assert [f["rule"] for f in report["findings"]] == ["VX827"]
    assert report["findings"][0]["location"]["line"] == 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="ab=\n\r\té ", max_size=12), max_size=6), st.data())
def test_edits_touch_their_own_places_alone(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    real = text.splitlines(keepends=True)
    edits = []
    for number, line in enumerate(real, 1):
        body = line.rstrip("\r\n")
        if body:
            start = data.draw(st.integers(1, len(body)))
            end = data.draw(st.integers(start + 1, len(body) + 1))
            edits.append(Edit(Span("f", number, start, number, end), "NEW"))
    new, done = mended(text, edits)
    assert len(done) == len(edits)
    assert new.count("NEW") >= len(edits)
    expected = real[:]
    for edit in edits:
        line = expected[edit.span.line - 1]
        expected[edit.span.line - 1] = line[: edit.span.column - 1] + "NEW" + line[edit.span.end_column - 1 :]
    assert new == "".join(expected)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([".env", ".claude/settings.json", "opencode.json", "compose.yaml", "litellm.yaml", ".vscode/settings.json", "w.yml"]),
    st.one_of(
        st.text(max_size=120),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=6),
            lambda inner: st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["env", "services", "environment", "volumes", "model_list", "litellm_params", "model", "jobs", "steps", "with", "permissions", "name", "value", "source", "target", "provider"]),
                inner,
                max_size=4,
            ),
            max_leaves=15,
        ).map(json.dumps),
    ),
)  # fmt: skip
def test_no_file_breaks_the_reader(name: str, text: str) -> None:
    from doctor_runs import CATALOGUE, NOW, projects

    from vxsetup.clients.load import shipped_targets
    from vxsetup.doctor.credentials import Place, Sources, Token
    from vxsetup.doctor.diagnose import Machine, diagnose, excerpts

    text = ("model_list:\n" if name == "litellm.yaml" else "services:\n" if name == "compose.yaml" else "") + text
    kind_of(name, text)
    read = read_client_file(name, text)
    sources = Sources(None, None, Place("adc", "file", text))
    machine_ = Machine({}, {}, (read,) if read else (), sources, Token(False), (), (), NOW)
    found = diagnose(machine_, shipped_targets(CATALOGUE.sources), CATALOGUE, projects(CONFIG))
    excerpts(found.findings, {name: text})
    for finding in found.findings:
        assert finding.message.isprintable(), finding.message
