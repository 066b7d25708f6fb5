"""The templates of program sources (jinja2), by name. Every value in them goes through the literal filter of its language."""

from __future__ import annotations

from collections.abc import Mapping

from vxsetup.emit.sources.compiled import COMPILED
from vxsetup.emit.sources.javascript import JAVASCRIPT
from vxsetup.emit.sources.python import PYTHON
from vxsetup.emit.sources.scripts import SCRIPTS

SOURCES: Mapping[str, str] = {**PYTHON, **JAVASCRIPT, **COMPILED, **SCRIPTS}
