"""What importing the renderers costs: nothing that a text report does not need."""

from __future__ import annotations

import subprocess
import sys


def modules_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter holds after a statement."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_the_registry_imports_no_renderer() -> None:
    loaded = modules_after("from vxsetup.report import RENDERERS")
    assert not {name for name in loaded if name.startswith("vxsetup.report.")}


def test_text_imports_no_libraries_and_no_other_rooms() -> None:
    # Some installed packages put modules into every interpreter.
    loaded = modules_after("import vxsetup.report.text") - modules_after("pass")
    assert not loaded & {"click", "rich", "google", "requests", "yaml", "jsonschema", "asyncio", "json"}
    rooms = {name.split(".")[1] for name in loaded if name.startswith("vxsetup.")}
    assert rooms == {"report", "findings", "values"}
