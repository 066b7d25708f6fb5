"""A plan built by hand, as the report page takes it."""

from __future__ import annotations

from typing import Any


def planned(word: str = "acme-ai-prod", count: int = 3) -> dict[str, Any]:
    """A plan of the first project of a report, as the page takes it: ``count`` steps of each kind in turn, with ``word``
    in every text."""
    fix = {"summary": f"ask {word}", "command": f"gcloud do {word}", "url": f"https://example.com/{word}"}
    steps = [
        {
            "id": f"step/{number}",
            "kind": ("create", "change", "by_hand")[number % 3],
            "title": f"make {word} ready",
            "reason": f"VX203: the API is enabled in {word}",
            "after": [f"step/{number - 1}"] if number else [],
            "diff": [
                {"attribute": f"state {word}", "before": f"DISABLED {word}", "after": f"ENABLED {word}"},
                {"attribute": "role", "before": None, "after": word},
            ],
            "permissions": [{"permission": f"do.{word}", "resource": f"projects/{word}", "role": "roles/editor"}],
            "by_hand": fix if number % 3 == 2 else None,
            "who": f"the owner of {word}" if number % 3 == 2 else None,
            "expects": f"that {word} is granted",
            "consent": f"{word} may be kept",
        }
        for number in range(count)
    ]
    open_ = {"rule": "VX402", "name": "model-shut-down", "verdict": "fail", "message": f"{word} was shut down"}
    return {
        "verdict": "not_ready",
        "summary": {"add": 1, "change": 1, "by_hand": 1, "unchanged": 4},
        "steps": steps,
        "missing_permissions": [
            {"permission": f"do.{word}", "resource": f"projects/{word}", "role": "roles/editor", "known": known}
            for known in (True, False)
        ],
        "left": [open_],
        "shows_later": [open_ | {"verdict": "unknown"}],
        "tested": True,
        "command": f"vxsetup plan {word}",
    }
