"""How the files are kept: each says what it is for, none grows without end, and none names a place it was made at."""

from __future__ import annotations

import ast
import re
import tokenize
from pathlib import Path

from modules import MODULES, ROOT

LONGEST_FILE = 450
LONGEST_FUNCTION = 60
LONG_FILES = {"vxsetup/rules/models.py": 560, "vxsetup/rules/project.py": 480, "vxsetup/rules/path.py": 480}
"""Files that are longer today -> how long they may be. A new one is a reason to look for its second half."""

UNDOCUMENTED = {"vxsetup/config/phrases.py"}
"""Files whose functions are many, short and alike: their names say it all."""

TEXTS = ("*.py", "*.md", "*.yaml", "*.json", "*.toml", "*.lock")
PLACES = ("vxsetup", "schemas", "examples", "docs", "benchmarks", "README.md", "CHANGELOG.md", "requirements-dev.lock")


def test_files_say_what_they_are_for() -> None:
    docstrings = {module.file: ast.get_docstring(module.tree) for module in MODULES}
    assert [file for file, docstring in docstrings.items() if not docstring] == []
    unended = [
        file for file, words in docstrings.items() if not str(words).split("\n\n")[0].rstrip().endswith((".", ")"))
    ]
    assert unended == [], "a sentence"


def test_no_file_grows_without_end() -> None:
    long = {m.file: m.text.count("\n") for m in MODULES if m.text.count("\n") > LONG_FILES.get(m.file, LONGEST_FILE)}
    assert long == {}


def test_an_exception_that_is_not_needed_is_struck_off() -> None:
    lengths = {m.file: m.text.count("\n") for m in MODULES}
    assert [file for file in LONG_FILES if lengths.get(file, 0) <= LONGEST_FILE] == []


def test_no_function_is_longer_than_a_screen() -> None:
    long = []
    for module in MODULES:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = _lines_of_code(node)
                if lines > LONGEST_FUNCTION:
                    long.append(f"{module.file}:{node.lineno} {node.name}: {lines} lines")
    assert long == []


def _lines_of_code(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of the body without what is defined inside it: options are a signature, a docstring is no code."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    inner = [n for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    nested = sum((n.end_lineno or 0) - n.lineno + 1 for n in inner)
    return (node.end_lineno or 0) - body[0].lineno + 1 - nested if body else 0


def test_public_names_are_documented() -> None:
    silent = [
        f"{module.file}:{node.lineno} {node.name}"
        for module in MODULES
        if module.file not in UNDOCUMENTED
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert silent == []


def _texts() -> list[Path]:
    places = [ROOT / place for place in PLACES]
    files = [place for place in places if place.is_file()]
    files += [file for place in places if place.is_dir() for pattern in TEXTS for file in place.rglob(pattern)]
    assert len(files) > 100
    return files


def test_no_file_names_a_machine_or_a_person() -> None:
    told = re.compile(
        r"(?<![\w.-])/(work|tmp|root|home|opt)/|[\w.+-]+@(gmail|outlook|yahoo)\.com|\bpypi\.org\b|--index-url"
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in _texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if told.search(line)
    ]
    assert found == []


def test_nothing_is_left_to_do_in_silence() -> None:
    """What is not built is said to the user, not to the reader of the source."""
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = []
    for module in MODULES:
        with tokenize.open(module.path) as file:
            tokens = [t for t in tokenize.generate_tokens(file.readline) if t.type == tokenize.COMMENT]
        found += [f"{module.file}:{token.start[0]}: {token.string}" for token in tokens if marks.search(token.string)]
    assert found == []
