"""The catalogue as text and JSON: what a person sees at each width, and the matrix of probes."""

from __future__ import annotations

import json
from datetime import date

import pytest

from vxsetup.catalog import Catalogue, load_catalogue
from vxsetup.report.models import Mark, matrix_text, models_json, models_text
from vxsetup.report.terminal import safe

LOADED = load_catalogue()
assert isinstance(LOADED, Catalogue)
CATALOGUE: Catalogue = LOADED
TODAY = date(2026, 11, 22)


def line_of(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"  {name} "))


def test_the_matrix_at_a_hundred_columns() -> None:
    text = models_text(CATALOGUE, TODAY, 100, unicode=True, color=False)
    assert text.startswith("Claude on Vertex AI, as documented up to 2026-11-22 (today)\n")
    assert line_of(text, "claude-opus-4-7").split() == [
        "claude-opus-4-7", "✓", "✓", "✓", "·", "·", "·", "active", "≥", "2027-04-16",
    ]  # fmt: skip
    assert line_of(text, "claude-opus-5").split()[1] == "✓*"
    assert "shut down: claude-3-haiku@20240307 (2026-08-23), " in text
    assert "by invitation: claude-mythos-5, claude-mythos-preview" in text
    assert "claude-opus-4-7 @ us-east1: no [GD:claude]; yes [SEED] (Used in an example)" in text
    assert '[SEED] Anthropic, page "Claude on Vertex AI" (2026-05)' in text
    assert text.endswith("  vxsetup models --project PROJECT --live\n")


def test_everything_unfolded() -> None:
    text = models_text(CATALOGUE, TODAY, 140, unicode=True, color=False, all=True)
    for model in CATALOGUE.models:
        assert line_of(text, model.versioned_id)
    assert line_of(text, "claude-3-haiku@20240307").split()[-4:] == ["→", "2026-08-23", "200k", "8k"]
    assert "context window: 200,000 [SEED]; 200,000 [GD:claude]; 1,000,000 [GD:claude]" in " ".join(text.split())


@pytest.mark.parametrize("width", [30, 50, 60, 72, 80, 100, 120, 200])
@pytest.mark.parametrize("all_", [False, True])
def test_it_fits_the_width_in_ascii(width: int, all_: bool) -> None:
    text = models_text(CATALOGUE, TODAY, width, unicode=False, color=False, all=all_)
    assert text.isascii()
    for line in text.splitlines():
        # Only what cannot be broken (an id, a command) may be wider.
        assert len(line) <= max(width, 30) or len(line.split()) <= 5, line
        assert line == line.rstrip()


def test_colour_changes_nothing_but_colour() -> None:
    import re

    plain = models_text(CATALOGUE, TODAY, 100, unicode=True, color=False)
    colored = models_text(CATALOGUE, TODAY, 100, unicode=True, color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored).replace(" ", "") == plain.replace(" ", "")
    assert "\x1b" not in plain


def test_an_old_catalogue_says_so() -> None:
    old = models_text(CATALOGUE, date(2027, 4, 1), 100, unicode=True, color=False)
    assert "(130 days ago)" in old
    assert "warning: The catalogue is old" in old
    assert "warning" not in models_text(CATALOGUE, TODAY, 100, unicode=True, color=False)


def test_a_patch_is_named() -> None:
    patched = load_catalogue("date: 2026-12-01", "our\x1b[31m.yaml")
    assert isinstance(patched, Catalogue)
    text = models_text(patched, TODAY, 100, unicode=True, color=False)
    assert "with the changes of " + safe("our\x1b[31m.yaml") in text
    assert "\x1b" not in text


def test_json_holds_every_model_with_sources_that_exist() -> None:
    data = models_json(CATALOGUE, TODAY)
    assert json.loads(json.dumps(data)) == data
    assert data["catalog"] == {"date": "2026-11-22", "age_days": 0, "stale": False, "patch": None}
    assert {row["bare_id"] for row in data["models"]} == {model.id for model in CATALOGUE.models}
    row = next(row for row in data["models"] if row["bare_id"] == "claude-3-haiku")
    assert row["state"] == "shut_down"
    fact = row["facts"]["shut_down_on"]
    assert (fact["value"], fact["date"], fact["confidence"]) == ("2026-08-23", "2026-08-22", "mirrored")
    assert set(fact["sources"]) <= set(data["sources"])
    assert row["successor"]["confidence"] == "inferred"


HOSTILE = "429\x1b[31m"
ROWS: dict[tuple[str, str], tuple[Mark, str]] = {
    ("claude-opus-5", "global"): ("pass", ""),
    ("claude-opus-5", "eu"): ("fail", "404: not enabled"),
    ("claude-haiku-4-5", "global"): ("fail", "404: not enabled"),
    ("claude-haiku-4-5", "us-east5"): ("unknown", HOSTILE),
}


def test_the_matrix_of_probes() -> None:
    assert matrix_text(ROWS, 100, unicode=True, color=False) == (
        "  model             global  eu  us-east5\n"
        "  claude-opus-5     ✓       ✗\n"
        "  claude-haiku-4-5  ✗           ?\n"
        "\n"
        "  ✗ claude-opus-5 @ eu, claude-haiku-4-5 @ global: 404: not enabled\n"
        f"  ? claude-haiku-4-5 @ us-east5: {safe(HOSTILE)}\n"
    )


def test_the_matrix_of_probes_on_a_narrow_terminal_in_ascii() -> None:
    text = matrix_text(ROWS, 30, unicode=False, color=False)
    assert text.isascii()
    assert text.splitlines()[:3] == ["  claude-opus-5", "    ok    global", "    FAIL  eu"]
    assert matrix_text({}, 80, unicode=True, color=False) == "nothing was probed\n"
