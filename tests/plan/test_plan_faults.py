"""``apply`` as a person types it, in a cloud where one kind of request breaks: it says which step and why, leaves with 5,
and ends as if nothing had been when it is run again in a cloud that works."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

Cli = Callable[..., tuple[int, str, str]]

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "new-project"
CONFIG, WORLD = EXAMPLE / "vxsetup.yaml", EXAMPLE / "world.yaml"
CHANGES = {
    "link billingAccounts": "PUT */billingInfo",
    "enable aiplatform": "POST */services:batchEnable",
    "make the service account": "POST */serviceAccounts",
    "give roles/aiplatform.user": "POST */projects/acme-ai-new:setIamPolicy",
    "ask for": "POST */quotaPreferences",
}
"""How the title of a step begins -> the request that makes the change."""
ANSWERS = {
    "refused": "status: 403, body: {error: {code: 403, status: PERMISSION_DENIED, message: Not for you.}}",
    "conflict": "status: 409, body: {error: {code: 409, status: ABORTED, message: Somebody was faster.}}",
    "busy": "status: 429, body: {error: {code: 429, status: RESOURCE_EXHAUSTED, message: Too many.}}",
    "down": "status: 503, body: {error: {code: 503, status: UNAVAILABLE, message: Down.}}",
    "silent": "broken: timeout",
    "dropped": "broken: reset",
    "cut": "broken: truncated",
    "operation": "status: 200, body: {name: operations/x, done: true, error: {code: 13, message: It broke.}}",
}
PAIRS = [(title, answer) for title in CHANGES for answer in ANSWERS]
SAMPLE = 6
SEED = os.environ["VXSETUP_TEST_SEED"]


def settled(text: str) -> str:
    """A state file without its time, its operations and its faults, and without the order in which things came."""
    text = re.sub(r"(?ms)^(operations|faults):.*?(?=^[a-z]|\Z)", "", text)
    return "\n".join(sorted(line for line in text.splitlines() if not re.search(r"^now:|usable_at|created:", line)))


def broken_and_mended(cli: Cli, title: str, answer: str) -> None:
    fault = f'faults: [{{match: "{CHANGES[title]}", {ANSWERS[answer]}}}]\n'
    for name in ("state.yaml", "whole.yaml"):
        Path(name).unlink(missing_ok=True)
    run = ("apply", CONFIG, "--emulate", WORLD, "--yes", "--deadline", "60", "--state")
    assert cli(*run, f"whole-{title}-{answer}", "--emulate-state", "whole.yaml")[0] == 5
    Path("state.yaml").write_text(WORLD.read_text() + fault)
    code, out, err = cli(*run, f"{title}-{answer}", "--emulate-state", "state.yaml")
    assert (code, err) == (5, "")
    lines = re.sub(r"\n    ", " ", out.rpartition("\nPlan:")[2])
    told = [line for line in lines.splitlines() if line[2:].startswith(title)]
    assert told, out
    broken = [line for line in told if line.startswith(("✗", "!", "?")) and " – " in line]
    # Where the answer alone was lost, a look settles the step within the run: done, and the journal holds the proof.
    settled_at_once = answer == "cut" and all(line.startswith("✓") for line in told)
    assert broken or settled_at_once, f"{title}: {answer}: {told}"
    state = Path("state.yaml").read_text()
    Path("state.yaml").write_text(re.sub(r"(?ms)^faults:.*?(?=^[a-z]|\Z)", "", state))
    code, out, err = cli(*run, f"{title}-{answer}", "--emulate-state", "state.yaml")
    assert (code, err) == (5, ""), out
    assert "✗" not in out.partition("\nPlan:")[2]
    assert settled(Path("state.yaml").read_text()) == settled(Path("whole.yaml").read_text()), f"{title}: {answer}"


def test_some_breaks_are_told_and_mended(cli: Cli) -> None:
    for title, answer in Random(f"{SEED}/breaks").sample(PAIRS, SAMPLE):
        broken_and_mended(cli, title, answer)


@pytest.mark.exhaustive
@pytest.mark.parametrize(("title", "answer"), PAIRS)
def test_every_break_is_told_and_mended(cli: Cli, title: str, answer: str) -> None:
    broken_and_mended(cli, title, answer)
