"""Reads the package's own source: which file imports what, at whichever depth of a function."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "vxsetup"


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, and what its text says."""

    path: Path
    root: Path = ROOT

    @property
    def name(self) -> str:
        """The dotted name; a package's own file has the package's name."""
        parts = self.path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def room(self) -> str:
        """``cli``, ``rules`` …; for a file at the top of the package its own name: ``findings``, ``resources``."""
        return self.path.relative_to(self.root / "vxsetup").with_suffix("").parts[0]

    @property
    def file(self) -> str:
        """The path as a failing test shows it."""
        return str(self.path.relative_to(self.root))

    @cached_property
    def text(self) -> str:
        """The source text."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed source."""
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> frozenset[str]:
        """Every module that the file imports, inside functions too; what serves only the type checker is left out.

        ``from a import b`` counts as ``a`` and, as ``b`` may be a module, as ``a.b``. A call of ``import_module`` or
        ``__import__`` with a literal counts as well.
        """
        return frozenset(self._imported(self.tree))

    def _imported(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                yield from self._imported(other)
            return
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = self._absolute(node)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in ("importlib.import_module", "import_module", "__import__"):
            yield from (a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str))
        for child in ast.iter_child_nodes(node):
            yield from self._imported(child)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.name.split(".") if self.path.name == "__init__.py" else self.name.split(".")[:-1]
        base = package[: len(package) - node.level + 1]
        return ".".join([*base, *([node.module] if node.module else [])])

    @cached_property
    def calls(self) -> frozenset[str]:
        """The dotted text of everything that is called: ``print``, ``datetime.now``, ``Path.read_text`` …"""
        return frozenset(called(node) for node in ast.walk(self.tree) if isinstance(node, ast.Call))


def called(node: ast.Call) -> str:
    """What a call calls, as it is written."""
    return ast.unparse(node.func)


MODULES = tuple(Module(path) for path in sorted(PACKAGE.rglob("*.py")))


def within(name: str, *roots: str) -> bool:
    """True where a module is one of ``roots`` or lies inside one."""
    return any(name == root or name.startswith(root + ".") for root in roots)


def rooms(*names: str) -> tuple[Module, ...]:
    """The modules of some rooms."""
    found = tuple(module for module in MODULES if module.room in names)
    assert {module.room for module in found} == set(names), "a room of this name has no file"
    return found


def breaches(modules: tuple[Module, ...], *forbidden: str) -> list[str]:
    """``file imports module`` for everything that some modules import and must not."""
    return [
        f"{module.file} imports {name}"
        for module in modules
        for name in sorted(module.imports)
        if within(name, *forbidden)
    ]


def loaded_after(*arguments: str, stdin: str = "") -> tuple[set[str], subprocess.CompletedProcess[str]]:
    """The modules that a fresh interpreter holds after ``vxsetup ARGUMENTS``, and how the command went."""
    code = (
        "import sys, atexit\n"
        "before = set(sys.modules)\n"  # what the environment itself puts into every interpreter
        "atexit.register(lambda: sys.__stderr__.write('\\nLOADED ' + ' '.join(set(sys.modules) - before)))\n"
        "from vxsetup.__main__ import main\n"
        f"sys.argv = ['vxsetup', *{list(arguments)!r}]\n"
        "main()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, input=stdin, timeout=60, check=False
    )
    run.stderr, _, loaded = run.stderr.rpartition("\nLOADED ")
    return set(loaded.split()), run
