"""Calls of each command as its help shows them. A test reads each of them with the command's own parser."""

from __future__ import annotations

SAMPLES: dict[str, tuple[str, ...]] = {
    "init": (
        "vxsetup init",
        "vxsetup init --project acme-ai-dev --model claude-sonnet-5-5",
    ),
    "validate": (
        "vxsetup validate",
        "vxsetup validate teams/ --fail-on warning",
        "vxsetup validate --since origin/main --format github",
    ),
    "check": (
        "vxsetup check",
        "vxsetup check --env prod --report sarif=vxsetup.sarif",
        "vxsetup check --project acme-ai-dev --model claude-sonnet-5-5",
        "vxsetup check --record facts.json",
    ),
    "models": (
        "vxsetup models",
        "vxsetup models --project acme-ai-dev --live",
        "vxsetup models --fits vxsetup.yaml",
    ),
    "plan": (
        "vxsetup plan --env dev",
        "vxsetup plan --env dev --out plan.json",
        "vxsetup plan --hand-over pages",
    ),
    "apply": (
        "vxsetup apply plan.json",
        "vxsetup apply --env dev --wait",
    ),
    "drift": (
        "vxsetup drift",
        "vxsetup drift --format markdown --output drift.md",
    ),
    "destroy": (
        "vxsetup destroy --env dev --dry-run",
        "vxsetup destroy --left-over",
    ),
    "emit": (
        "vxsetup emit claude-code",
        "vxsetup emit --env prod --output settings",
        "vxsetup emit env --check --output settings",
        "vxsetup emit --list",
    ),
    "explain": (
        "vxsetup explain VX602",
        "vxsetup explain quota-zero",
        "vxsetup explain --error error.txt --config vxsetup.yaml",
    ),
    "smoke": (
        "vxsetup smoke --env dev",
        "vxsetup smoke --count-tokens --send",
        "vxsetup smoke --project acme-ai-dev --model claude-sonnet-5-5",
    ),
    "request": (
        "vxsetup request body.json --model claude-sonnet-5-5",
        "vxsetup request - --format json",
    ),
    "doctor": (
        "vxsetup doctor",
        "vxsetup doctor .claude/settings.json --offline",
        "vxsetup doctor --fix",
    ),
    "baseline create": (
        "vxsetup check --format json --exit-zero --output report.json",
        'vxsetup baseline create report.json --reason "ticket 4711" --owner team-ai',
    ),
    "merge": (
        "vxsetup merge one.json two.json --format markdown",
        "vxsetup merge one.json two.json --report html=fleet.html",
    ),
    "rules": (
        "vxsetup rules",
        "vxsetup rules --permissions project",
    ),
    "schema": (
        "vxsetup schema",
        "vxsetup schema project",
    ),
    "emulator run": (
        "vxsetup emulator run world.yaml",
        "vxsetup emulator run world.yaml --port 0 --state cloud.yaml",
    ),
    "emulator world": (
        "vxsetup check --record facts.json",
        "vxsetup emulator world facts.json --output twin.yaml",
    ),
    "emulator behaviours": ("vxsetup emulator behaviours --format json",),
    "demo": (
        "vxsetup demo",
        "vxsetup demo six-faults",
    ),
}
"""Command, with the words of its group -> calls that work as they are, the plainest first."""


def epilog(name: str) -> str | None:
    """The calls as the end of a command's help, which click leaves unwrapped; None for a command without any."""
    calls = SAMPLES.get(name)
    return "\n".join(["\b", "Examples:", *(f"  {call}" for call in calls)]) if calls else None
