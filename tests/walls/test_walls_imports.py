"""The walls between the rooms: who may import what, in any file and at any depth of a function."""

from __future__ import annotations

import sys
from pathlib import Path

from modules import MODULES, Module, breaches, rooms, within

NETWORK = (
    "google",
    "googleapiclient",
    "grpc",
    "requests",
    "urllib3",
    "httpx",
    "aiohttp",
    "http.client",
    "socket",
    "ssl",
)
NETWORK_CALLS = ("urllib.request", "http.server", "socketserver", "asyncio")
IMPURE = (
    *NETWORK,
    *NETWORK_CALLS,
    "os",
    "io",
    "time",
    "random",
    "secrets",
    "uuid",
    "subprocess",
    "threading",
    "multiprocessing",
    "concurrent",
    "tempfile",
    "shutil",
    "glob",
    "getpass",
    "platform",
    "signal",
    "logging",
    "pathlib",
)
CLOCKS = ("now", "utcnow", "today", "localtime", "monotonic", "perf_counter", "getenv", "urandom")
FILES = ("open", "read_text", "read_bytes", "write_text", "write_bytes", "input", "print")
IMPURE_FILES = {"vxsetup/plan/apply.py", "vxsetup/plan/journal.py", "vxsetup/plan/state.py", "vxsetup/catalog/load.py"}
IMPURE_FILES |= {"vxsetup/clients/load.py"}
"""The files of the pure rooms that touch the world: apply and its journal by design, and who reads the shipped data."""

TOOLS = ("values",)
"""Files at the top of the package that are no vocabulary but a way to write Python: every room may use them."""

PURE_ROOMS = ("rules", "facts", "catalog", "clients", "plan", "emit", "explain", "smoke", "doctor")
JUDGES = ("rules", "facts", "catalog", "cloud", "plan", "explain")
ROOMS = {module.room for module in MODULES}

BELOW = {
    "catalog": "findings resources",
    "config": "findings resources",
    "facts": "findings",
    "rules": "facts catalog clients config findings",
    "plan": "rules facts catalog config findings",
    "clients": "catalog findings",
    "emit": "facts catalog clients config findings resources",
    "explain": "rules facts catalog clients findings resources",
    "doctor": "rules catalog clients config emit findings resources",
    "smoke": "rules catalog config findings",
    "cloud": "facts findings",
    "report": "catalog clients findings",
    "emulator": "resources",
}
"""Room -> the other rooms that it may import. Apply alone, of plan, also uses the cloud."""


def present(*names: str) -> tuple[str, ...]:
    """Those rooms that are built yet: the walls of the others stand when they are."""
    return tuple(name for name in names if name in ROOMS)


def pure() -> tuple[Module, ...]:
    return tuple(m for m in rooms(*present(*PURE_ROOMS)) if m.file not in IMPURE_FILES)


def test_the_walls_see_the_package() -> None:
    assert {"catalog", "cli", "cloud", "config", "emulator", "facts", "findings", "plan", "report", "rules"} <= ROOMS
    assert len(MODULES) > 80
    assert any("vxsetup.cli.emulation" in m.imports for m in rooms("cli")), "an import inside a function is seen"
    assert any("vxsetup.emulator.world" in m.imports for m in rooms("emulator")), "a relative import is seen"


def test_the_walls_see_every_way_to_import(tmp_path: Path) -> None:
    text = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import hidden.types
else:
    import kept
def later():
    if True:
        import deep.inside as renamed
        from up import name
    from . import beside
    from ..cloud.session import Session
    import importlib
    importlib.import_module("written.out")
class Body:
    import in_a_class
"""
    source = tmp_path / "vxsetup" / "rules" / "sample.py"
    source.parent.mkdir(parents=True)
    source.write_text(text)
    found = Module(source, tmp_path).imports
    expected = {"kept", "deep.inside", "up", "up.name", "vxsetup.rules", "vxsetup.rules.beside", "written.out"}
    expected |= {"vxsetup.cloud.session", "vxsetup.cloud.session.Session", "in_a_class"}
    assert found == expected | {"typing", "typing.TYPE_CHECKING", "importlib"}


def test_only_the_command_line_imports_click() -> None:
    assert breaches(tuple(m for m in MODULES if m.room != "cli"), "click") == []
    assert breaches(MODULES, "rich", "typer", "argparse") == []


def test_only_the_cloud_room_has_a_network() -> None:
    assert breaches(tuple(m for m in MODULES if m.room != "cloud"), *NETWORK) == []


def test_only_the_emulators_shell_serves() -> None:
    served = [m.file for m in MODULES if any(within(name, *NETWORK_CALLS) for name in m.imports)]
    assert served == ["vxsetup/emulator/server.py"]


def test_only_the_command_line_imports_renderers() -> None:
    others = tuple(m for m in MODULES if m.room not in ("cli", "report"))
    assert breaches(others, "vxsetup.report") == []


def test_only_the_command_line_and_renderers_speak_to_people() -> None:
    talkers = [
        f"{module.file} calls {call}"
        for module in MODULES
        if module.room != "cli"
        for call in sorted(module.calls)
        if call in ("print", "input", "sys.stdout.write", "sys.stderr.write", "sys.exit", "warnings.warn")
        and module.file != "vxsetup/__main__.py"
    ]
    assert talkers == []
    assert breaches(rooms("report"), "click", "vxsetup.cli") == []


def test_nothing_but_the_entry_point_imports_the_command_line() -> None:
    others = tuple(m for m in MODULES if m.room not in ("cli", "__main__"))
    assert breaches(others, "vxsetup.cli") == []


def test_the_pure_rooms_import_nothing_impure() -> None:
    assert breaches(pure(), *IMPURE) == []


def test_the_pure_rooms_ask_no_clock_and_open_no_file() -> None:
    asked = [
        f"{module.file} calls {call}"
        for module in pure()
        for call in sorted(module.calls)
        if call.rpartition(".")[2] in CLOCKS or call.rpartition(".")[2] in FILES
    ]
    assert asked == []


def test_every_room_imports_only_what_is_below_it() -> None:
    crossed = [
        f"{module.file} imports {name}"
        for module in MODULES
        if module.room in BELOW and module.file != "vxsetup/plan/apply.py"
        for name in sorted(module.imports)
        if name.startswith("vxsetup.") and name.split(".")[1] not in (module.room, *TOOLS, *BELOW[module.room].split())
    ]
    assert crossed == []
    unplaced = ROOMS - set(BELOW) - {"__init__", "__main__", "cli", "findings", "resources", *TOOLS}
    assert unplaced == set(), "say in BELOW what a new room may import"


def test_the_emulator_is_a_second_reading() -> None:
    others = ("config", "report", "cli", "emit", "doctor", *JUDGES)
    assert breaches(rooms("emulator"), *(f"vxsetup.{name}" for name in others)) == []


def test_nobody_but_the_command_line_imports_the_emulator() -> None:
    assert breaches(tuple(m for m in MODULES if m.room not in ("cli", "emulator")), "vxsetup.emulator") == []


def test_the_vocabulary_imports_nothing_of_the_package() -> None:
    tools = [f"vxsetup.{name}" for name in TOOLS]
    for module in rooms(*present("findings", "resources", *TOOLS)):
        own = [name for name in module.imports if within(name, "vxsetup") and not within(name, *tools)]
        assert own == [], module.file


def test_the_package_itself_imports_nothing() -> None:
    (module,) = rooms("__init__")
    assert module.imports == frozenset()


def test_libraries_are_those_that_are_declared() -> None:
    declared = {"click", "jsonschema", "yaml", "google", "requests", "jinja2", "ruamel"}
    used = {
        name.split(".")[0]
        for module in MODULES
        for name in module.imports
        if name.split(".")[0] not in sys.stdlib_module_names and not within(name, "vxsetup")
    }
    assert used <= declared, used - declared


def test_only_where_it_was_decided() -> None:
    """Libraries that one place is enough for."""
    users = {m.room for m in MODULES if any(within(n, "yaml") for n in m.imports)}
    assert users <= {"config", "catalog", "emulator", "emit"}
    for library, place in (("jinja2", "vxsetup/emit/programs.py"), ("ruamel", "vxsetup/emit/merge.py")):
        assert [m.file for m in MODULES if any(within(n, library) for n in m.imports)] == [place]
    heavy = [m.file for m in MODULES if any(within(n, "google.cloud.aiplatform") for n in m.imports)]
    assert heavy == [], "google.cloud.aiplatform costs seconds; use the low-level client"
