"""The kinds of files that vxsetup takes in, good examples of each, and the commands that read them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vxsetup.resources import schema

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("ready", "new-project", "six-faults")
NOW = "2026-11-22T12:00:00Z"

Run = Callable[[Sequence[str]], int]


@dataclass(frozen=True)
class Kind:
    """One kind of file: its seeds, the name that a hostile one gets, and the commands that may be given it."""

    name: str
    file: str
    seeds: tuple[bytes, ...]
    commands: tuple[tuple[str, ...], ...]


def kinds(folder: Path, run: Run) -> Mapping[str, Kind]:
    """Every kind by name. The commands are for ``folder`` as the working one; some seeds are made by running vxsetup."""
    for name in EXAMPLES:
        shutil.copytree(ROOT / "examples" / name, folder / name, dirs_exist_ok=True)
    made = _made(folder, run)
    configs = [(folder / name / "vxsetup.yaml").read_bytes() for name in EXAMPLES]
    configs += [path.read_bytes() for path in sorted((ROOT / "tests" / "cases").glob("*/*/vxsetup.yaml"))[::9]]
    worlds = [(folder / name / "world.yaml").read_bytes() for name in EXAMPLES]
    errors = [row.encode() for row in (ROOT / "tests" / "explain" / "corpus.jsonl").read_text("utf-8").splitlines()]
    emulated = ("new-project/vxsetup.yaml", "--emulate", "new-project/world.yaml")
    found = [
        Kind("config", "hostile.yaml", tuple(configs), (
            ("validate", "hostile.yaml"), ("validate", "hostile.yaml", "--format=json"),
            ("check", "hostile.yaml", "--emulate=ready/world.yaml"), ("models", "--fits", "hostile.yaml"),
            ("plan", "hostile.yaml", "--emulate=ready/world.yaml"), ("emit", "python", "claude-code", "litellm", "--config=hostile.yaml"),
            ("smoke", "hostile.yaml"),
        )),
        Kind("world", "hostile.yaml", tuple(worlds), tuple(
            (command, f"{name}/vxsetup.yaml", "--emulate=hostile.yaml") for name in EXAMPLES for command in ("check", "plan")
        )),
        Kind("recording", "facts.json", made["recording"], (
            *(("check", f"{name}/vxsetup.yaml", "--facts=facts.json") for name in EXAMPLES), ("emulator", "world", "facts.json"),
        )),
        Kind("plan", "plan.json", made["plan"], (("apply", "plan.json", "--emulate=new-project/world.yaml", "--yes"),)),
        Kind("baseline", "baseline.json", made["baseline"], (("check", *emulated, "--baseline=baseline.json"),)),
        Kind("report", "report.json", made["report"], (
            ("merge", "report.json"), ("merge", "report.json", "--format=html"), ("merge", "report.json", "--format=sarif"),
            ("merge", "report.json", "--format=junit"), ("baseline", "create", "report.json", "--owner=me", "--reason=known"),
        )),
        Kind("journal", ".vxsetup/acme-ai-new.journal.ndjson", made["journal"], (
            ("drift", *emulated), ("destroy", *emulated, "--yes"), ("apply", *emulated, "--yes"),
        )),
        Kind("catalogue", "patch.yaml", PATCHES, (("validate", "new-project/vxsetup.yaml", "--catalog=patch.yaml"),)),
        Kind("request", "body.json", BODIES, (
            ("request", "body.json"), ("request", "body.json", "--model=claude-sonnet-5-5", "--location=eu"),
        )),
        Kind("error-text", "error.txt", tuple(errors), (
            ("explain", "--error=error.txt"), ("explain", "--error=error.txt", "--format=json"),
        )),
        Kind("client-file", ".env", CLIENTS, (("doctor", "--offline", ".env"),)),
    ]  # fmt: skip
    return {kind.name: kind for kind in found}


def _made(folder: Path, run: Run) -> dict[str, tuple[bytes, ...]]:
    """The seeds that vxsetup itself writes: recordings, reports, a plan, a baseline, a journal."""
    found: dict[str, list[bytes]] = {"recording": [], "report": []}
    for name in EXAMPLES:
        pair = (f"{name}/vxsetup.yaml", f"--emulate={name}/world.yaml")
        run(("check", *pair, "--record=facts.json", "--format=json", "--output=report.json", "--exit-zero"))
        found["recording"].append((folder / "facts.json").read_bytes())
        found["report"].append((folder / "report.json").read_bytes())
    emulated = ("new-project/vxsetup.yaml", "--emulate=new-project/world.yaml")
    run(("plan", *emulated, "--out=plan.json"))
    run(("check", *emulated, "--format=json", "--output=report.json", "--exit-zero"))
    run(("baseline", "create", "report.json", "--owner=me", "--reason=known"))
    run(("apply", *emulated, "--yes"))
    found["plan"] = [(folder / "plan.json").read_bytes()]
    found["baseline"] = [(folder / "vxsetup-baseline.json").read_bytes()]
    found["journal"] = [path.read_bytes() for path in sorted((folder / ".vxsetup").glob("*.ndjson"))]
    missing = sorted(name for name, seeds in found.items() if not seeds)
    assert not missing, f"no seed of {missing} was made"
    return {name: tuple(seeds) for name, seeds in found.items()}


PATCHES = (
    json.dumps(schema("catalog")["examples"][0]).encode(),
    b"date: 2026-12-01\nmodels: {claude-fable-5-2: null, claude-opus-5: {not_sooner_than: null, name: Claude Opus 5!}}\n",
)

BODIES = tuple(
    json.dumps({"anthropic_version": "vertex-2023-10-16", "max_tokens": 64, "messages": messages, **more}).encode()
    for messages, more in (
        ([{"role": "user", "content": "hello"}], {}),
        ([{"role": "user", "content": [{"type": "text", "text": "hello"}]}], {"stream": True, "temperature": 0.5}),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}],
                }
            ],
            {"system": "be brief", "tools": [{"name": "look", "input_schema": {"type": "object", "properties": {}}}]},
        ),
    )
)  # fmt: skip

CLIENTS = (
    b"""CLAUDE_CODE_USE_VERTEX=1
CLOUD_ML_REGION=us-east5
ANTHROPIC_VERTEX_PROJECT_ID=acme-ai-prod
ANTHROPIC_MODEL='claude-sonnet-5-5'
# a comment
export HTTPS_PROXY=http://proxy.acme.example:3128
""",
)
