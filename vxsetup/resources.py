"""Finds the files that ship beside the code: schemas and examples.

A wheel carries them inside the package; an editable install and a source tree have them at the top level.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder ``schemas`` or ``examples``, wherever this installation keeps it.

    Raises FileNotFoundError where the installation is incomplete.
    """
    for candidate in (_PACKAGE / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"this installation of vxsetup has no folder {name!r} beside its code")


def schema_names() -> list[str]:
    """The names that ``schema`` takes, sorted."""
    return sorted(path.name.removesuffix(".schema.json") for path in folder("schemas").glob("*.schema.json"))


def schema_text(name: str) -> str:
    """The text of ``schemas/NAME.schema.json``. Raises KeyError for a name that is not one of ``schema_names()``."""
    if name not in schema_names():
        raise KeyError(name)
    return (folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8")


def schema(name: str) -> dict[str, Any]:
    """The schema as data; raises as ``schema_text`` does."""
    loaded: dict[str, Any] = json.loads(schema_text(name))
    return loaded


def example_names() -> list[str]:
    """The names of the shipped examples, sorted."""
    return sorted(path.name for path in folder("examples").iterdir() if (path / "vxsetup.yaml").is_file())
