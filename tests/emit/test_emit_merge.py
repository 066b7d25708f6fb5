"""Merging into files of other people: no sign of theirs moves, nothing of theirs is lost, and what cannot be is refused."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from emit_runs import READY
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vxsetup.cli.emitted import MANIFEST
from vxsetup.cli.root import run
from vxsetup.emit import File, Kind
from vxsetup.emit.formats import dotenv_file, yaml_text
from vxsetup.emit.merge import NotMergeableError, differences, merged

ENV = {"CLOUD_ML_REGION": "eu", "NEW": "1"}
SERVICE = {"services": {"app": {"environment": ENV}}}


def of_yaml(value: Any, path: str = "x.yaml") -> File:
    return File(path, yaml_text(value), Kind.YAML, [value])


def of_json(value: Any, path: str = "x.json") -> File:
    return File(path, "", Kind.JSON, value)


def laid(there: str, file: File) -> str:
    """The merged text; merging again changes nothing, and every line that was there is there in its order."""
    result = merged(there, file)
    assert differences(result, file) == ()
    assert merged(result, file) == result
    return result


@pytest.mark.parametrize(
    ("there", "result"),
    [
        (  # numbers, escapes, short lists and blanks stay as they were written
            '{"n": 1e5, "q":1.00000000000000000001, "l": [1,2], "u": "\\u00e9 é",\n "env": {"CLOUD_ML_REGION" : "us"}}',
            (
                '{"n": 1e5, "q":1.00000000000000000001, "l": [1,2], "u": "\\u00e9 é",\n'
                ' "env": {"CLOUD_ML_REGION" : "eu", "NEW": "1"}}'
            ),
        ),
        (
            '{\r\n\t"env": {\r\n\t\t"MINE": "1"\r\n\t}\r\n}\r\n',
            '{\r\n\t"env": {\r\n\t\t"MINE": "1",\r\n\t\t"CLOUD_ML_REGION": "eu",\r\n\t\t"NEW": "1"\r\n\t}\r\n}\r\n',
        ),
        (
            '{\n    "a": true\n}',
            '{\n    "a": true,\n    "env": {\n        "CLOUD_ML_REGION": "eu",\n        "NEW": "1"\n    }\n}',
        ),
        ('{"env": null}', '{"env": {"CLOUD_ML_REGION": "eu", "NEW": "1"}}'),
        ("{}\n", json.dumps({"env": ENV}, indent=2) + "\n"),
    ],
)
def test_json_keeps_every_sign(there: str, result: str) -> None:
    assert laid(there, of_json({"env": ENV})) == result


def test_json_with_remarks_for_readers_that_take_them() -> None:
    there = '{\n  // ours\n  "image": "x", /* kept */\n  "containerEnv": {\n    "A": "//no", // last\n  },\n}\n'
    result = laid(there, of_json({"containerEnv": ENV}, ".devcontainer/devcontainer.json"))
    assert result == there.replace(
        '"A": "//no", // last\n', '"A": "//no", // last\n    "CLOUD_ML_REGION": "eu",\n    "NEW": "1"\n'
    )
    with pytest.raises(NotMergeableError, match="a remark stands here"):
        merged(there, of_json({"containerEnv": ENV}, ".claude/settings.json"))


@pytest.mark.parametrize(
    ("there", "says", "place"),
    [
        ('{"env": {"A": "1"},\n "env": {"B": "2"}}', "stands twice", (2, 2)),
        ('{"env": ["MINE=1", 2]}', "env holds something else", (1, 2)),
        ('{\n "env": "x"}', "env holds something else", (2, 2)),
        ('{"a": NaN}', "a value is missing", (1, 7)),
        ('{"a": 1,}', "a name in double quotes", (1, 9)),
        ('{"a": 1} x', "more stands behind", (1, 10)),
        ('{"a": "\n"}', "a text has no end", (1, 7)),
        ("{" + '"a":{' * 1000, "nests too deeply", None),
    ],
)
def test_json_that_would_lose_something_is_refused_with_its_place(
    there: str, says: str, place: tuple[int, int] | None
) -> None:
    with pytest.raises(NotMergeableError, match=says) as caught:
        merged(there, of_json({"env": ENV}))
    assert caught.value.place == place


@pytest.mark.parametrize(
    ("there", "result"),
    [
        (
            "services:\r\n  app:\r\n    image: x  # c\r\n",
            (
                "services:\r\n  app:\r\n    image: x  # c\r\n    environment:\r\n"
                '      CLOUD_ML_REGION: eu\r\n      NEW: "1"\r\n'
            ),
        ),
        (  # wide indents, times, nulls and numbers as they were; what is new stands before the remark behind the map
            "services:\n    app:\n        t: 2001-12-14t21:59:43.10-05:00\n        n: ~\n        o: 012\n\n# end\n",
            (
                "services:\n    app:\n        t: 2001-12-14t21:59:43.10-05:00\n        n: ~\n        o: 012\n"
                '        environment:\n          CLOUD_ML_REGION: eu\n          NEW: "1"\n\n# end\n'
            ),
        ),
        (
            "services:\n  app:\n    environment:\n    - MINE=1\n    - CLOUD_ML_REGION=us # was\n",
            'services:\n  app:\n    environment:\n    - MINE=1\n    - "CLOUD_ML_REGION=eu" # was\n    - "NEW=1"\n',
        ),
        (
            "services: {app: {environment: {MINE: a}}} # c",
            'services: {app: {environment: {MINE: a, "CLOUD_ML_REGION": "eu", "NEW": "1"}}} # c',
        ),
        (
            "x: !vault |\n  abc\nservices: # ours\n",
            'x: !vault |\n  abc\nservices: # ours\n  app:\n    environment:\n      CLOUD_ML_REGION: eu\n      NEW: "1"\n',
        ),
        (
            "x: &x {a: 1}\ny: *x\nservices: {app: {environment: {}}}\n",
            'x: &x {a: 1}\ny: *x\nservices: {app: {environment: {"CLOUD_ML_REGION": "eu", "NEW": "1"}}}\n',
        ),
        (
            "services:\n  app:\n    environment: {}  # none\n    text: |+\n      a\n\n",
            (
                "services:\n  app:\n    environment:   # none\n      CLOUD_ML_REGION: eu\n"
                '      NEW: "1"\n    text: |+\n      a\n\n'
            ),
        ),
        (
            "services:\n  app:\n    text: |+\n      a\n\n",
            'services:\n  app:\n    text: |+\n      a\n\n    environment:\n      CLOUD_ML_REGION: eu\n      NEW: "1"\n',
        ),
    ],
)
def test_yaml_keeps_every_sign(there: str, result: str) -> None:
    assert laid(there, of_yaml(SERVICE)) == result


@pytest.mark.parametrize(
    ("there", "says", "place"),
    [
        ("e: &e\n  MINE: a\nservices:\n  app:\n    environment: *e\n", "environment is shared by an anchor", (5, 5)),
        ("services:\n  app: &a\n    x: y\n  other: *a\n", "app is shared by an anchor", (2, 3)),
        ("a: &a {environment: {M: x}}\nservices:\n  app:\n    <<: *a\n", "app has environment through a merge", (3, 3)),
        ("services:\n- app\n", "services holds something else", (1, 1)),
        ("services:\n  app:\n    environment: text\n", "environment holds something else", (3, 5)),
        ("a: 1\na: sk-secret\n", 'found duplicate key "a"$', (2, 1)),
        ("services:\n\tapp:\n", "cannot start any token", (2, 1)),
    ],
)
def test_yaml_that_would_lose_something_is_refused_with_its_place(
    there: str, says: str, place: tuple[int, int] | None
) -> None:
    with pytest.raises(NotMergeableError, match=says) as caught:
        merged(there, of_yaml(SERVICE))
    assert caught.value.place == place


def test_entries_of_a_list_are_told_apart_and_those_of_others_stay() -> None:
    there = "steps:\n  # mine\n  - uses: actions/checkout@v4\n  - run: make\n  - id: auth\n    uses: old\n"
    wanted = {"steps": [{"id": "auth", "uses": "new"}, {"name": "Ask", "run": "x"}]}
    result = laid(there, of_yaml(wanted))
    assert result == there.replace("uses: old", "uses: new") + "  - name: Ask\n    run: x\n"
    with pytest.raises(NotMergeableError, match="list with entries of its own"):
        merged("roles: [chat, mine]\n", of_yaml({"roles": ["chat", "edit"]}))
    assert laid("roles: [chat]\n", of_yaml({"roles": ["chat", "edit"]})) == 'roles: ["chat", "edit"]\n'


def test_a_list_may_be_the_whole_file() -> None:
    there = "- name: a  # mine\n  x: 1\n"
    assert laid(there, of_yaml([{"name": "b", "k": "z"}])) == there + "- name: b\n  k: z\n"


def test_documents_of_kubernetes_are_found_by_name() -> None:
    objects = [
        {"kind": kind, "metadata": {"name": "claude"}, "data": {"A": "1"}} for kind in ("ConfigMap", "ServiceAccount")
    ]
    file = File("k.yaml", "", Kind.YAML, objects)
    other = {"kind": "Deployment", "metadata": {"name": "mine"}}
    assert differences(yaml_text(objects[1], other, objects[0]), file) == ()
    (missing,) = differences(yaml_text(other, objects[0]), file)
    assert (missing.where, missing.has) == ("ServiceAccount claude", None)
    there = "kind: Deployment # mine\nmetadata: {name: mine}\n---\nkind: ConfigMap\nmetadata: {name: claude}\ndata: {A: x}\n"
    result = laid(there, file)
    assert result == there.replace("A: x", 'A: "1"') + "---\n" + yaml_text(objects[1])
    with pytest.raises(NotMergeableError, match="no kind and name tell them apart"):
        merged("a: 1\n---\nb: 1\n", of_yaml({"a": "2"}))


def test_variables_of_several_lines_are_no_names() -> None:
    there = "KEY=\"begin\nCLOUD_ML_REGION=no\nend\"\r\nB='x\\'\nexport CLOUD_ML_REGION = us  # why\n"
    file = dotenv_file(".env", "env", ENV)
    assert laid(there, file) == there.replace("CLOUD_ML_REGION = us", "CLOUD_ML_REGION=eu") + "NEW=1\n"
    assert laid("A=1\r\nB=2", file) == "A=1\r\nB=2\r\nCLOUD_ML_REGION=eu\r\nNEW=1\r\n"
    with pytest.raises(NotMergeableError, match="never ends") as caught:
        merged("A=1\nKEY='begin\nB=2\n", file)
    assert caught.value.place == (2, 5)


@pytest.mark.parametrize(
    ("there", "file"),
    [
        (
            "general_settings: {master_key: plain-canary}\n",
            of_yaml({"general_settings": {"master_key": "os.environ/K"}}),
        ),
        ('{"a": ["canary=1", "B=canary"]}', of_json({"a": "x"})),
        ('{"model": "sk-canary-12345678"}', of_json({"model": "claude"})),
    ],
)
def test_comparing_shows_no_secret(there: str, file: File) -> None:
    (difference,) = differences(there, file)
    assert "canary" not in str(difference)


scalar = st.sampled_from(["a", "é x", "# no", "1", "no", "", "x: y", "'", '"', 1, 0.5, True, None])
tree = st.recursive(
    scalar,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "name", "x-y"]), inner, max_size=3)
    ),
    max_leaves=8,
)
trees = st.dictionaries(st.sampled_from(["a", "b", "name", "x-y"]), tree, max_size=4)


def kept(had: Any, found: Any) -> bool:
    """Whether all names of the one, and the entries of its lists, are in the other."""
    if isinstance(had, dict):
        return not had or (isinstance(found, dict) and all(key in found and kept(had[key], found[key]) for key in had))
    return not isinstance(had, list) or (isinstance(found, list) and len(found) >= len(had))


@pytest.mark.parametrize("form", ["block", "brackets", "json", "wide"])
@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(had=trees, wanted=trees)
def test_any_two_trees_merge_without_a_loss_or_are_refused(form: str, had: Any, wanted: Any) -> None:
    there = {
        "block": yaml_text(had),
        "brackets": yaml.safe_dump(had, default_flow_style=True, width=30),
        "json": json.dumps(had),
        "wide": json.dumps(had, indent="\t"),
    }[form]
    file = of_yaml(wanted) if form in ("block", "brackets") else of_json(wanted)
    try:
        result = laid(there, file)
    except NotMergeableError:
        return
    found = yaml.safe_load(result) if file.kind is Kind.YAML else json.loads(result)
    assert kept(had, found)


# On disk ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("VXSETUP_"):
            monkeypatch.delenv(name)
    (tmp_path / "vxsetup.yaml").write_text(READY, encoding="utf-8")
    (tmp_path / ".claude").mkdir()
    return tmp_path


def test_a_file_keeps_its_mode_and_mark(folder: Path) -> None:
    theirs = folder / ".claude" / "settings.json"
    theirs.write_bytes(b'\xef\xbb\xbf{"mine": "\xc3\xa9"}\n')
    theirs.chmod(0o600)
    assert run(["emit", "claude-code", "--output", ".", "--merge"]) == 0
    assert theirs.read_bytes().startswith(b'\xef\xbb\xbf{"mine": "\xc3\xa9", "$schema"')
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o600
    before = theirs.read_bytes()
    assert run(["emit", "claude-code", "--output", ".", "--merge"]) == 0
    assert theirs.read_bytes() == before


def test_a_broken_file_is_refused_with_its_place_and_stays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = folder / ".claude" / "settings.json"
    theirs.write_text('{\n  "a": 1,\n  "b"\n}\n')
    assert run(["emit", "claude-code", "--output", ".", "--merge"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("Error: .claude/settings.json:4:1: cannot be merged into: it is no JSON: a colon is missing")
    assert theirs.read_text() == '{\n  "a": 1,\n  "b"\n}\n'
    assert sorted(one.name for one in folder.iterdir()) == [".claude", "vxsetup.yaml"]
    assert run(["emit", "claude-code", "--check"]) == 1
    assert "cannot be read at line 4, column 1" in capsys.readouterr().out


def test_merging_over_a_file_of_our_own_drops_what_the_config_dropped(folder: Path) -> None:
    assert run(["emit", "litellm", "--output", "."]) == 0
    text = (folder / "vxsetup.yaml").read_text().replace("claude-sonnet-5-5", "claude-opus-4-8")
    (folder / "vxsetup.yaml").write_text(text)
    assert run(["emit", "litellm", "--output", ".", "--merge"]) == 0
    assert "claude-sonnet-5-5" not in (folder / "litellm" / "config.yaml").read_text()
    assert run(["emit", "litellm", "--output", "."]) == 0, "it is still ours"


def test_where_one_file_cannot_be_written_none_is(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from vxsetup.cli import output

    real = output.staged

    def full(target: Path, text: str) -> Path:
        if target.name == "client.py":
            raise OSError(28, "No space left on device")
        return real(target, text)

    monkeypatch.setattr(output, "staged", full)
    assert run(["emit", "claude-code", "litellm", "--output", "out"]) == 2
    assert "client.py cannot be written: No space left on device; nothing was written" in capsys.readouterr().err
    assert [path for path in (folder / "out").rglob("*") if path.is_file()] == []


def test_runs_at_once_remember_each_others_files(folder: Path) -> None:
    from vxsetup.cli.emitted import write

    files = [File(f"{number}.txt", f"{number}\n") for number in range(12)]
    threads = [threading.Thread(target=write, args=([file], "out", False, False)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    known = json.loads((folder / "out" / MANIFEST).read_text())["files"]
    assert sorted(known) == sorted(file.path for file in files)
