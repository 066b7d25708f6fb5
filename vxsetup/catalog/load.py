"""Reads the shipped catalogue and lays a user's patch over it. The one impure file of this room."""

from __future__ import annotations

import json
import os
from typing import Any

from vxsetup.catalog.catalogue import Catalogue
from vxsetup.catalog.problem import CatalogueProblem

# Without pathlib, which costs explain a twentieth of its start.
_DATA = os.path.join(os.path.dirname(os.path.realpath(__file__)), "data")  # noqa: PTH118, PTH120
_FILES = ("sources", "models", "locations", "quotas", "abilities", "features")


def shipped_data() -> dict[str, Any]:
    """The shipped data as one document that follows ``schemas/catalog.schema.json``.

    Raises OSError or ValueError where the installation is broken.
    """
    data: dict[str, Any] = {}
    for name in _FILES:
        with open(os.path.join(_DATA, f"{name}.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            data |= json.loads(file.read())
    return data


def load_catalogue(patch: str | None = None, patch_file: str = "") -> Catalogue | CatalogueProblem:
    """The shipped catalogue, with a patch laid over it where one is given.

    ``patch`` is the text of a dated JSON or YAML document of the same shape as the catalogue, of which it need hold
    only ``date`` and what it changes: maps are merged, a list of claims replaces that fact, null removes. ``patch_file``
    names it in messages. A patch that cannot be read, has no date, or breaks the schema gives a CatalogueProblem.
    """
    data = shipped_data()
    if patch is None:
        return Catalogue(data)
    from vxsetup.catalog.patch import lay_over, read_patch  # here, since few runs have a patch

    name = patch_file or "the catalogue patch"
    change = read_patch(patch, name)
    if isinstance(change, CatalogueProblem):
        return change
    merged = lay_over(data, change, name)
    return merged if isinstance(merged, CatalogueProblem) else Catalogue(merged, name)
