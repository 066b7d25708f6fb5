"""Reads the shipped table of clients. The one impure file of this room."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from vxsetup.catalog.claims import Source
from vxsetup.clients.table import Targets

_FILE = Path(__file__).resolve().parent / "data" / "targets.json"


@cache
def shipped_table() -> dict[str, Any]:
    """The table as data that follows ``schemas/targets.schema.json``; read once, and nobody's to change.

    Raises OSError or ValueError where the installation is broken.
    """
    data: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return data


def shipped_targets(sources: Mapping[str, Source]) -> Targets:
    """The table of clients; ``sources`` are the catalogue's, which it cites. Raises as ``shipped_table`` does.

    The last one is kept: a run has one catalogue, and each of its configs asks for the table many times.
    """
    kept = _kept()
    if not kept or kept[0].sources is not sources:
        kept[:] = [Targets(shipped_table(), sources)]
    return kept[0]


@cache
def _kept() -> list[Targets]:
    return []
