"""Gates over time and over many configs: formats, baselines, old recordings, changed configs, shards and their merging."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml
from cli_runs import EXAMPLES, GOOD, Cli, Ran, environment, example, one_line
from jsonschema import Draft202012Validator

from vxsetup import resources
from vxsetup.cli.options import REPORT_FORMATS
from vxsetup.report import RENDERERS

SIX = example("six-faults")
SHUT_DOWN = GOOD + "  - id: claude-3-7-sonnet@20250219\n"
REPORT = Draft202012Validator(resources.schema("report"))


def git(*words: str, cwd: Path) -> None:
    who = ["-c", "user.name=dev", "-c", "user.email=dev@acme.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=cwd, check=True, capture_output=True)


def configs(folder: Path, *names: str, text: str = GOOD) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.replace("acme-ai-prod", f"acme-ai-{name.split('/')[0]}"), "utf-8")


# --- formats ---------------------------------------------------------------------------------------------------------


def test_the_options_know_every_renderer() -> None:
    assert set(REPORT_FORMATS) == set(RENDERERS)


@pytest.mark.parametrize("format_", RENDERERS)
def test_the_exit_code_is_the_same_in_every_format(cli: Cli, format_: str) -> None:
    assert cli("check", *SIX, "--format", format_).code == 1
    assert cli("check", *SIX, "--format", format_, "--exit-zero").code == 0
    assert cli("check", *example("ready"), "--format", format_).code == 0


def test_several_formats_at_once(cli: Cli, folder: Path) -> None:
    ran = cli("check", *SIX, "--report", "sarif=out.sarif", "--report", "html=report.html", "-q")
    assert ran.out.startswith("not ready:")
    assert json.loads((folder / "out.sarif").read_text())["version"] == "2.1.0"
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_exit_zero_forgives_findings_but_not_usage(cli: Cli) -> None:
    assert cli("check", "missing.yaml", "--exit-zero").code == 2


def test_one_variable_for_commands_whose_formats_differ(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VXSETUP_FORMAT", "sarif")
    assert json.loads(cli("check", *SIX).out)["version"] == "2.1.0"
    listed = cli("rules")
    assert (listed.code, listed.err.count("\n")) == (0, 1)
    assert "VXSETUP_FORMAT=sarif: vxsetup rules has text and json only" in listed.err
    assert "VX2xx" in listed.out
    one_line(cli("rules", "--format", "sarif"), "'sarif' is not one of")
    monkeypatch.setenv("VXSETUP_FORMAT", "docx")
    one_line(cli("rules"), "'docx' is not one of")


def test_the_github_format_fills_the_job_summary(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = folder / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert cli("check", *SIX, "--format", "github").out.startswith("::error ")
    text = summary.read_text()
    assert text.startswith("before\n## ❌ vxsetup: not ready")
    assert "**VX406 model-not-enabled**" in text
    cli("check", *SIX)
    assert summary.read_text() == text, "only with its own format"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "no" / "folder"))
    ran = cli("check", *SIX, "--format", "github")
    assert ran.code == 1
    assert "cannot be written" in ran.err


def test_files_have_their_names_in_the_repository(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "-q", ".", cwd=folder)
    configs(folder, "a/vxsetup.yaml", text=SHUT_DOWN)
    fingerprints = set()
    for here, path in ((folder, "a/vxsetup.yaml"), (folder / "a", "vxsetup.yaml"), (folder / "a", str(folder / "a"))):
        monkeypatch.chdir(here)
        (result,) = json.loads(cli("validate", path, "--format", "sarif").out)["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a/vxsetup.yaml"
        fingerprints.add(result["partialFingerprints"]["primaryLocationLineHash"])
        assert "file=a/vxsetup.yaml," in cli("validate", path, "--format", "github").out
    assert len(fingerprints) == 1, "an alert is the same from wherever it is looked for"


# --- baselines -------------------------------------------------------------------------------------------------------


def baseline(cli: Cli, folder: Path, *more: str) -> Ran:
    (folder / "report.json").write_text(cli("check", *SIX, "--format", "json").out)
    return cli("baseline", "create", "report.json", "--reason", "ticket 4711", "--owner", "platform", *more)


NOW = ("--now", "2026-11-22")


def test_a_baseline_leaves_what_is_new(cli: Cli, folder: Path) -> None:
    made = baseline(cli, folder, *NOW)
    assert "vxsetup-baseline.json: 6 known failures (6 new, 0 gone)" in made.out
    data = json.loads((folder / "vxsetup-baseline.json").read_text())
    Draft202012Validator(resources.schema("baseline")).validate(data)
    assert {entry["expires"] for entry in data["entries"]} == {"2027-02-20"}
    known = cli("check", *SIX, "--baseline", "vxsetup-baseline.json", "--format", "json")
    report = json.loads(known.out)
    REPORT.validate(report)
    assert (known.code, report["verdict"]) == (0, "not_ready"), "a flag changes the exit code, never the verdict"
    assert "Every error is in vxsetup-baseline.json; nothing is new" in report["notes"][0]
    del data["entries"][0]
    (folder / "vxsetup-baseline.json").write_text(json.dumps(data))
    assert cli("check", *SIX, "--baseline", "vxsetup-baseline.json").code == 1


def test_an_entry_ends_with_its_day(cli: Cli, folder: Path) -> None:
    baseline(cli, folder, *NOW, "--expires", "2026-11-22")
    assert cli("check", *SIX, "--baseline", "vxsetup-baseline.json").code == 0
    over = cli("check", *SIX, "--baseline", "vxsetup-baseline.json", "--now", "2026-11-23", "--format", "json")
    assert over.code == 1
    assert "ended on 2026-11-22, so the failure counts again; it is platform's." in json.loads(over.out)["notes"][0]
    one_line(baseline(cli, folder, *NOW, "--expires", "2026-11-21"), "is over")


def test_a_mended_failure_leaves_a_dead_entry_and_the_next_baseline_drops_it(cli: Cli, folder: Path) -> None:
    baseline(cli, folder, *NOW)
    world = yaml.safe_load((EXAMPLES / "six-faults" / "world.yaml").read_text())
    world["projects"]["acme-ai-prod"]["models"]["claude-opus-5"] = {"enabled": True}
    (folder / "world.yaml").write_text(yaml.safe_dump(world))
    mended = [SIX[0], "--emulate", "world.yaml", "--format", "json"]
    ran = cli("check", *mended, "--baseline", "vxsetup-baseline.json")
    assert ran.code == 0
    assert "1 entry is no failure any more (VX406 of" in json.loads(ran.out)["notes"][0]
    (folder / "report.json").write_text(ran.out)
    again = cli("baseline", "create", "report.json", "--reason", "other", "--owner", "other", *NOW)
    assert "5 known failures (0 new, 1 gone)" in again.out
    kept = json.loads((folder / "vxsetup-baseline.json").read_text())["entries"]
    assert {entry["owner"] for entry in kept} == {"platform"}, "what was said of an entry stays"


def test_entries_for_a_file_that_was_renamed_are_named(cli: Cli, folder: Path) -> None:
    (folder / "old.yaml").write_text(Path(SIX[0]).read_text())
    (folder / "report.json").write_text(cli("check", "old.yaml", *SIX[1:], "--format", "json").out)
    cli("baseline", "create", "report.json", "--reason", "r", "--owner", "o", *NOW)
    (folder / "vxsetup.yaml").write_text(GOOD)

    def notes(*words: str) -> str:
        return " ".join(json.loads(cli(*words, "--baseline", "vxsetup-baseline.json", "--format", "json").out)["notes"])

    assert "not there" not in notes("validate", "vxsetup.yaml"), "it was not judged, and it is where it was"
    (folder / "old.yaml").rename(folder / "new.yaml")
    ran = notes("check", "new.yaml", *SIX[1:])
    assert "6 entries are about files that are not there (old.yaml)" in ran
    data = json.loads((folder / "vxsetup-baseline.json").read_text())
    for entry in data["entries"]:
        entry["file"] = "\0" + "x" * 5000
    (folder / "vxsetup-baseline.json").write_text(json.dumps(data))
    assert "6 entries are about files that are not there" in notes("validate", "vxsetup.yaml")
    (folder / "elsewhere").mkdir()
    (folder / "report.json").write_text(cli("check", *SIX, "--format", "json").out.replace(SIX[0], "gone/vxsetup.yaml"))
    assert "not there" not in notes("merge", "report.json"), (
        "a report that was made elsewhere tells nothing of files here"
    )


def test_a_world_that_changed_reaches_every_config(cli: Cli, folder: Path) -> None:
    git("init", "-q", "-b", "main", ".", cwd=folder)
    (folder / "vxsetup.yaml").write_text(Path(SIX[0]).read_text())
    (folder / "world.yaml").write_text(Path(SIX[2]).read_text())
    git("add", ".", cwd=folder)
    git("commit", "-qm", "first", cwd=folder)
    words = ("check", "--emulate", "world.yaml", "--since", "main")
    assert cli(*words).code == 0, "nothing changed"
    (folder / "world.yaml").write_text(Path(SIX[2]).read_text() + "# changed\n")
    assert cli(*words).code == 1


def test_an_offline_run_calls_no_entry_of_an_online_rule_dead(cli: Cli, folder: Path) -> None:
    baseline(cli, folder, *NOW)
    notes = json.loads(cli("validate", SIX[0], "--baseline", "vxsetup-baseline.json", "--format", "json").out)["notes"]
    assert not [note for note in notes if "VX406" in note or "VX602" in note]


def test_what_is_not_known_stays_undecided_beside_known_failures(cli: Cli, folder: Path) -> None:
    world = yaml.safe_load((EXAMPLES / "six-faults" / "world.yaml").read_text())
    world["faults"] = [{"match": "GET */billingInfo", "status": 503, "times": 99}]
    (folder / "world.yaml").write_text(yaml.safe_dump(world))
    arguments = [SIX[0], "--emulate", "world.yaml", "--probe", "none"]
    (folder / "report.json").write_text(cli("check", *arguments, "--format", "json").out)
    cli("baseline", "create", "report.json", "--reason", "r", "--owner", "o", *NOW)
    assert cli("check", *arguments, "--baseline", "vxsetup-baseline.json").code == 3
    assert cli("check", *arguments, "--baseline", "vxsetup-baseline.json", "--unknown", "warn").code == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("{}", "is not a baseline"),
        ('{"format": "vxsetup.baseline/1", "entries": [{}]}', "entries[0]"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(cli: Cli, folder: Path, text: str, says: str) -> None:
    (folder / "b.json").write_text(text)
    one_line(cli("check", *SIX, "--baseline", "b.json"), "b.json is not a baseline", says)


# --- recordings ------------------------------------------------------------------------------------------------------


def test_an_old_recording_decides_nothing(cli: Cli, folder: Path) -> None:
    cli("check", *example("ready"), "--record", "facts.json")
    replay = ["check", example("ready")[0], "--facts", "facts.json", "--max-age", "12h"]
    assert cli(*replay, "--now", "2026-11-22T20:00:00Z").code == 0
    old = cli(*replay, "--now", "2026-11-25")
    assert old.code == 3
    assert "The recording is 60 hours old" not in old.out
    assert "2 days old" in old.out or "3 days old" in old.out
    assert cli(*replay, "--now", "2026-11-25", "--exit-zero").code == 0
    assert "still to come" in cli(*replay, "--now", "2026-11-20").out
    one_line(cli("check", *example("ready"), "--max-age", "1d"), "it goes with --facts")
    one_line(cli(*replay[:-1], "soon"), "30m, 12h or 7d")


# --- changed configs -------------------------------------------------------------------------------------------------


def test_since_takes_what_changed_and_what_extends_it(cli: Cli, folder: Path) -> None:
    git("init", "-q", "-b", "main", ".", cwd=folder)
    configs(folder, "a/vxsetup.yaml", "b/vxsetup.yaml", "c/vxsetup.yaml")
    (folder / "base.yaml").write_text("version: 1\nlocation: eu\n")
    (folder / "c/vxsetup.yaml").write_text("extends: ../base.yaml\n" + GOOD)
    git("add", ".", cwd=folder)
    git("commit", "-qm", "first", cwd=folder)

    def taken() -> set[str]:
        ran = cli("validate", ".", "--since", "main", "--format", "json")
        assert ran.code == 0, ran
        return {Path(project["file"]).parent.name for project in json.loads(ran.out)["projects"]}

    assert taken() == set()
    (folder / "base.yaml").write_text("version: 1\nlocation: us\n")
    assert taken() == {"c"}
    git("checkout", "-qb", "topic", cwd=folder)
    git("commit", "-qam", "base", cwd=folder)
    configs(folder, "d/vxsetup.yaml")
    assert taken() == {"c", "d"}, "committed on the branch, and new"
    git("checkout", "-q", "main", cwd=folder)
    configs(folder, "a/vxsetup.yaml", text=GOOD + "location: eu\n")
    git("commit", "-qm", "elsewhere", "--", "a", cwd=folder)
    git("checkout", "-q", "topic", cwd=folder)
    assert taken() == {"c", "d"}, "what main did meanwhile is not this branch's"
    (folder / "patch.json").write_text("{}")
    one_line(cli("validate", ".", "--since", "no-such"), "git knows no such revision")
    one_line(cli("validate", ".", "--since", "--output=x"), "give a revision")


@pytest.mark.parametrize("command", [("validate",), ("check", "--offline")], ids=["validate", "check"])
@pytest.mark.parametrize("spoiled", [None, "just: words\n", "- a list\n", "[\n"])
def test_since_takes_what_extends_a_file_that_was_spoiled(
    command: tuple[str, ...], spoiled: str | None, cli: Cli, folder: Path
) -> None:
    """A base that is gone, or no config any more, is nothing that could be read: its change counts all the same."""
    git("init", "-q", "-b", "main", ".", cwd=folder)
    configs(folder, "a/vxsetup.yaml", "c/vxsetup.yaml")
    (folder / "base.yaml").write_text("version: 1\nlocation: eu\n")
    (folder / "c/vxsetup.yaml").write_text("extends: ../base.yaml\n" + GOOD)
    git("add", ".", cwd=folder)
    git("commit", "-qm", "first", cwd=folder)
    if spoiled is None:
        (folder / "base.yaml").unlink()
    else:
        (folder / "base.yaml").write_text(spoiled)
    ran = cli(*command, ".", "--since", "main", "--format", "json")
    assert ran.code == 1, ran
    report = json.loads(ran.out)
    assert {finding["location"]["file"] for finding in report["findings"]} == {"c/vxsetup.yaml"}
    assert "Only configs that changed since main: 1 of 2." in report["notes"]


def test_since_outside_of_a_repository_is_refused(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    configs(folder, "a/vxsetup.yaml")
    one_line(cli("validate", ".", "--since", "main"), "--since asks git what changed")


# --- shards ----------------------------------------------------------------------------------------------------------


def test_shards_part_the_configs_and_merge_to_the_whole(cli: Cli, folder: Path) -> None:
    configs(folder, *(f"p{number}/vxsetup.yaml" for number in range(7)))
    configs(folder, "p3/vxsetup.yaml", text=SHUT_DOWN)
    whole = json.loads(cli("validate", ".", "--format", "json", *NOW).out)
    parts = []
    for index in (1, 2, 3):
        ran = cli("validate", ".", "--shard", f"{index}/3", "--format", "json", *NOW)
        (folder / f"{index}.out").write_text(ran.out)
        REPORT.validate(json.loads(ran.out))
        parts.append({project["file"] for project in json.loads(ran.out)["projects"]})
        assert f"Shard {index} of 3, by --shard" in ran.err
    assert sum(map(len, parts)) == 7
    assert len(set.union(*parts)) == 7
    merged = cli("merge", "3.out", "1.out", "2.out", "--format", "json")
    assert merged.code == 1
    assert json.loads(merged.out) | {"tool": 0} == whole | {"tool": 0}
    missing = cli("merge", "2.out", "3.out", "--format", "json")
    assert (missing.code, json.loads(missing.out)["notes"]) == (
        3,
        ["1 of 3 shards are missing (1): what they judge is not known."],
    )
    one_line(cli("merge", "1.out", "1.out"), "both shard 1 of 3")


def test_shards_are_taken_from_the_engine(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configs(folder, "p1/vxsetup.yaml")
    monkeypatch.setenv("CI_NODE_INDEX", "2")
    monkeypatch.setenv("CI_NODE_TOTAL", "2")
    alone = cli("validate", ".", "--format", "json")
    assert len(json.loads(alone.out)["projects"]) == 1, "one config does not vanish from a parallel job"
    assert alone.err == ""
    configs(folder, "p2/vxsetup.yaml", "p3/vxsetup.yaml")
    gitlab = cli("validate", ".", "--format", "json")
    assert [project["id"] for project in json.loads(gitlab.out)["projects"]] == ["acme-ai-p2"]
    assert "Shard 2 of 2, by CI_NODE_INDEX and CI_NODE_TOTAL: 1 of 3 configs" in gitlab.err
    assert len(json.loads(cli("validate", ".", "--format", "json", "--shard", "1/1").out)["projects"]) == 3
    monkeypatch.delenv("CI_NODE_TOTAL")
    monkeypatch.setenv("CLOUD_RUN_TASK_INDEX", "0")
    monkeypatch.setenv("CLOUD_RUN_TASK_COUNT", "3")
    run = json.loads(cli("validate", ".", "--format", "json").out)
    assert ([project["id"] for project in run["projects"]], run["shard"]) == (["acme-ai-p1"], {"index": 1, "count": 3})


def test_parts_are_of_config_files(cli: Cli) -> None:
    one_line(cli("check", "--project", "acme-ai-prod", "--shard", "1/2"), "choose among config files")


@pytest.mark.parametrize("shard", ["0/3", "4/3", "1", "1/", "a/b", "-1/3", "1/2/3", "1/99999999999999"])
def test_a_shard_that_is_none(cli: Cli, shard: str) -> None:
    one_line(cli("validate", "--shard", shard), "is no part such as 2/5")


def test_reports_that_do_not_belong_together(cli: Cli, folder: Path) -> None:
    (folder / "on.json").write_text(cli("check", *SIX, "--format", "json").out)
    (folder / "off.json").write_text(cli("validate", SIX[0], "--format", "json").out)
    one_line(cli("merge", "on.json", "off.json"), "merge each kind by itself")
    (folder / "copy.json").write_text((folder / "on.json").read_text())
    one_line(cli("merge", "on.json", "copy.json"), "both judge acme-ai-prod")
    (folder / "bad.json").write_text('{"format": "vxsetup.report/1"}')
    one_line(cli("merge", "bad.json"), "bad.json is not a report")
    broken = json.loads((folder / "on.json").read_text()) | {"now": "yesterday"}
    (folder / "bad.json").write_text(json.dumps(broken))
    one_line(cli("merge", "bad.json"), "bad.json is not a report")


@pytest.mark.parametrize("format_", RENDERERS)
def test_one_report_merges_to_itself(cli: Cli, folder: Path, format_: str) -> None:
    direct = cli("check", *SIX, "--format", format_)
    (folder / "one.json").write_text(cli("check", *SIX, "--format", "json").out)
    merged = cli("merge", "one.json", "--format", format_)
    assert merged.code == direct.code == 1
    if format_ in ("json", "sarif", "junit", "github", "markdown"):
        assert merged.out == direct.out


# --- long runs -------------------------------------------------------------------------------------------------------


def test_a_log_gets_a_heartbeat(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from vxsetup.cli import progress

    monkeypatch.setattr(progress, "HEARTBEAT", 0.01)
    with progress.progress() as show:
        assert show is not None
        time.sleep(0.05)
        show(1_200, 4_000)
        time.sleep(0.05)
    said = capsys.readouterr().err
    assert "Still reading the cloud: no answer yet" in said
    assert "Still reading the cloud: 1,200 of 4,000 answers" in said
    with progress.progress(quiet=True) as show:
        assert show is None
    assert threading.active_count() < 50


def test_time_left_is_in_words() -> None:
    from vxsetup.cli.progress import time_left

    assert time_left(50, 100, 10) == "10 s"
    assert time_left(1, 100, 10) == "16 min"


def test_a_few_answers_tell_nothing_of_thousands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from vxsetup.cli import progress

    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with progress.progress() as show:
        assert show is not None
        for done, total in ((1, 3_302), (39, 3_302), (40, 3_302), (3, 7)):
            now[0] += 5
            show(done, total)
    lines = [line.removesuffix("\x1b[K") for line in capsys.readouterr().err.split("\r") if "answers" in line]
    assert [line.partition(" answers")[2] for line in lines] == ["", "", ", about 20 min left", ", about 27 s left"]


@pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")
def test_an_interrupted_run_keeps_what_it_knows(folder: Path, tmp_path: Path) -> None:
    world = yaml.safe_load((EXAMPLES / "ready" / "world.yaml").read_text())
    script = (
        "import os, signal, sys, time\n"
        "from vxsetup.cli import emulation\n"
        "from vxsetup.cli.root import run\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "send = emulation.Emulation.send\n"
        "def slow(self, request):\n"
        "    if 'billingInfo' in request.url:\n"
        "        time.sleep(0.5)\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        time.sleep(3)\n"
        "    return send(self, request)\n"
        "emulation.Emulation.send = slow\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    (folder / "world.yaml").write_text(yaml.safe_dump(world))
    arguments = ["check", example("ready")[0], "--emulate", "world.yaml", "--report", "json=out.json"]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert done.returncode == 130, done.stderr
    assert done.stderr.startswith("Interrupted. What is known so far:")
    report = json.loads((folder / "out.json").read_text())
    assert "was interrupted" in report["notes"][0]
    verdicts = {finding["rule"]: finding["verdict"] for finding in report["findings"]}
    assert verdicts["VX203"] == "pass"
    assert "unknown" in verdicts.values() or report["verdict"] == "ready"
    if report["verdict"] == "undecided":
        assert report["next_command"] == f"vxsetup check {example('ready')[0]} --emulate world.yaml"


def test_all_first_requests_of_a_project_go_out_together() -> None:
    from vxsetup.cli.check import command
    from vxsetup.cloud.gather import WORKERS

    assert {option.name: option.default for option in command.params}["jobs"] == WORKERS


def test_jobs_bounds_the_requests_in_the_air(cli: Cli) -> None:
    assert cli("check", *example("ready"), "--jobs", "1").code == 0
    one_line(cli("check", *example("ready"), "--jobs", "0"), "1<=x<=64")
