"""`vxsetup models --fits`: where a config could run, or the smallest sets of its lines that contradict each other."""

from __future__ import annotations

import json
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxsetup.catalog import Catalogue, load_catalogue
from vxsetup.cli.root import run
from vxsetup.config.load import load
from vxsetup.config.project import Project
from vxsetup.rules.fits import Fits, fits

TODAY = date(2026, 11, 22)


def catalogue() -> Catalogue:
    """The shipped catalogue."""
    found = load_catalogue()
    assert isinstance(found, Catalogue)
    return found


CATALOGUE = catalogue()
MODELS = [model.versioned_id for model in CATALOGUE.models if model.locations]
FEATURES = ["prompt_caching", "batch", "count_tokens", "files_api", "structured_outputs"]


def project(models: str, head: str = "") -> Project:
    """The project of a config with these models."""
    text = f"version: 1\nproject: {{id: acme-ai-prod}}\n{head}models:\n{models}"
    loaded = load(Path("vxsetup.yaml"), lambda path: text.encode())
    assert loaded.projects, loaded.findings
    return loaded.projects[0]


def found(models: str, head: str = "") -> Fits:
    """The fits of a config."""
    return fits(project(models, head), CATALOGUE, TODAY)


def test_a_model_fits_where_every_line_allows_it() -> None:
    one = found("  - {id: claude-haiku-4-5@20251001, traffic: provisioned}\n", "residency: eu\n").models[0]
    assert one.locations == ("europe-west1",)
    assert one.misplaced == ("global",)


def test_models_together_fit_where_each_does() -> None:
    both = found("  - {id: claude-opus-5}\n  - {id: claude-haiku-4-5@20251001}\n")
    assert both.common == ("global",)


def test_a_contradiction_is_the_smallest_set_of_lines_with_what_each_change_gives() -> None:
    text = "  - {id: claude-opus-5, traffic: provisioned, features: [prompt_caching]}\n"
    one = found(text, "residency: eu\n").models[0]
    assert one.locations == ()
    (conflict,) = one.conflicts
    assert [line.config_path for line in conflict.constraints] == [("models", 0, "id"), ("models", 0, "traffic")]
    assert conflict.without == (("europe-west1",), ("eu",))
    assert "claude-sonnet-4-6" in conflict.constraints[0].change or "claude" in conflict.constraints[0].change


def test_a_suggested_model_fits_the_other_lines() -> None:
    one = found("  - {id: claude-opus-5, traffic: provisioned}\n", "residency: eu\n").models[0]
    suggested = one.conflicts[0].constraints[0].change.rpartition(" ")[2]
    again = found(f"  - {{id: {suggested}, traffic: provisioned}}\n", "residency: eu\n").models[0]
    assert again.locations == ("europe-west1",)


def test_one_line_alone_can_be_the_contradiction() -> None:
    (conflict,) = found("  - {id: claude-opus-5, features: [files_api]}\n").models[0].conflicts
    assert [line.config_path for line in conflict.constraints] == [("models", 0, "features", 0)]


def test_a_private_network_needs_more_at_a_multi_region() -> None:
    one = found("  - {id: claude-opus-5, locations: [eu]}\n", "network: {private: true}\n").models[0]
    assert one.locations == ("global",)
    assert one.misplaced == ("eu",)


@given(
    model=st.sampled_from(MODELS),
    features=st.lists(st.sampled_from(FEATURES), unique=True),
    residency=st.sampled_from(["any", "us", "eu", "asia"]),
    traffic=st.sampled_from(["pay_as_you_go", "provisioned"]),
    private=st.booleans(),
)
def test_the_answer_is_what_trying_everything_gives(
    model: str, features: list[str], residency: str, traffic: str, private: bool
) -> None:
    """A fit satisfies every line; a conflict is unsatisfiable, minimal, and as small as any."""
    text = f"  - {{id: {json.dumps(model)}, traffic: {traffic}, features: {json.dumps(features)}}}\n"
    one = found(text, f"residency: {residency}\nnetwork: {{private: {json.dumps(private)}}}\n").models[0]
    for place in CATALOGUE.locations:
        assert (place in one.locations) == all(place in line.allowed for line in one.constraints)
    assert bool(one.conflicts) == (not one.locations)
    for conflict in one.conflicts:
        sets = [line.allowed for line in conflict.constraints]
        assert not frozenset.intersection(*sets)
        for group in combinations(one.constraints, len(sets) - 1):
            assert not group or frozenset.intersection(*(line.allowed for line in group))
        for gone, then in zip(conflict.constraints, conflict.without, strict=True):
            kept = [line.allowed for line in one.constraints if line is not gone]
            assert set(then) == {p for p in CATALOGUE.locations if all(p in allowed for allowed in kept)}


def test_the_command_says_it_in_text_and_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "vxsetup.yaml"
    path.write_text("version: 1\nproject: {id: acme-ai-prod}\nmodels:\n  - {id: claude-opus-5, traffic: provisioned}\n")
    assert run(["models", "--fits", str(path), "--color", "never", "--now", "2026-11-22T12:00:00Z"]) == 1
    text = capsys.readouterr().out
    assert "claude-opus-5 fits nowhere" in text
    assert "traffic: pay_as_you_go: it then fits at global, us, eu" in text
    assert run(["models", "--fits", str(path), "--format", "json", "--now", "2026-11-22T12:00:00Z"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["format"] == "vxsetup.fits/1"
    assert [line["location"]["line"] for line in data["projects"][0]["models"][0]["conflicts"][0]] == [4, 4]


def test_the_ready_example_fits(capsys: pytest.CaptureFixture[str]) -> None:
    example = Path(__file__).resolve().parent.parent / "examples" / "ready" / "vxsetup.yaml"
    assert run(["models", "--fits", str(example)]) == 0
    assert "fits at eu" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--fits", "nowhere.yaml"], "nowhere.yaml"),
        (["--fits", "{bad}"], "vxsetup validate"),
        (["--fits", "{bad}", "--live"], "--fits reads a config"),
        (["--env", "prod"], "--env goes with --fits"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    args: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("version: 1\n")
    assert run(["models", *(arg.replace("{bad}", str(bad)) for arg in args)]) == 2
    assert says in capsys.readouterr().err


def test_a_client_that_cannot_reach_a_place_is_a_line_like_any_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "vxsetup.yaml"
    head = "version: 1\nproject: {id: acme-ai-prod}\nmodels: [{id: claude-sonnet-5-5}]\n"
    path.write_text(head + "clients: [python]\n")
    assert run(["models", "--fits", str(path)]) == 0
    capsys.readouterr()
    path.write_text(head + "clients: [python, spring-ai]\n")
    assert run(["models", "--fits", str(path), "--color", "never"]) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert "client spring-ai" in text
    assert "it then fits at global, us, eu" in text
