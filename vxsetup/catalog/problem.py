"""Why a catalogue patch was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class CatalogueProblem:
    """Why a patch was refused: what, and where in the file as far as that is known (counted from 1)."""

    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None
    path: str = ""

    def __str__(self) -> str:
        place = self.file + (f":{self.line}:{self.column}" if self.line else "")
        return ": ".join(part for part in (place, self.path, self.message) if part)
