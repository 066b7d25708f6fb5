"""Fills the templates of program sources. A value that went through no literal filter is an error, not an output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxsetup.emit.formats import HEAD
from vxsetup.emit.literals import FILTERS, Literal
from vxsetup.emit.parts import File
from vxsetup.emit.settings import Settings
from vxsetup.emit.sources import SOURCES

if TYPE_CHECKING:
    from jinja2 import Environment


def program(path: str, target: str, template: str, settings: Settings, executable: bool = False, **more: Any) -> File:
    """The file that a template of ``sources`` makes. Raises NotWritableError where a value cannot be a literal."""
    made = _environment().from_string(SOURCES[template])
    text = made.render(
        head=Literal(HEAD.format(target=target)),
        settings=settings,
        places=settings.places,
        first=settings.places[0],
        **more,
    )
    return File(path, text.rstrip("\n") + "\n", executable=executable)


def _environment() -> Environment:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        undefined=StrictUndefined,
        finalize=_only_literals,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    return environment


def _only_literals(value: Any) -> Any:
    """What every expression of a template goes through before it is written."""
    if isinstance(value, Literal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"a template writes {type(value).__name__} without a literal filter")
