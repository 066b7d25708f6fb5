"""The corpus of configs in ``cases/``: how a case is loaded, and how its outcome is written down.

Each folder holds a ``vxsetup.yaml`` or ``vxsetup.json``, what it extends, and ``expected.txt``: every finding with its
span, the text under the span, its message and fix, then the projects. Run this file to write the expectations anew, and
read the difference before it is committed: these lines are what people see.
"""

from __future__ import annotations

from pathlib import Path

from vxsetup.config.files import FileProblem, read_file
from vxsetup.config.load import Loaded, load
from vxsetup.findings import Span

CASES = Path(__file__).resolve().parent / "cases"


def names() -> list[str]:
    """All cases, sorted."""
    return sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())


def loaded(name: str) -> Loaded:
    """A case, loaded under paths that begin at its own folder."""
    folder = CASES / name

    def read(path: Path) -> bytes | FileProblem:
        if not (folder / path).exists():
            return FileProblem(path.as_posix(), f"`{path.as_posix()}` does not exist. Check the path.")
        return read_file(folder / path)

    main = next(file for file in ("vxsetup.yaml", "vxsetup.json") if (folder / file).is_file())
    return load(Path(main), read)


def under(span: Span, sources: dict[str, str]) -> str:
    """The text that a span covers, on its first line."""
    lines = sources.get(span.file, "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    line = lines[span.line - 1] if span.line <= len(lines) else ""
    end = span.end_column if span.end_line == span.line else len(line) + 1
    return line[span.column - 1 : end - 1]


def told(result: Loaded) -> str:
    """The outcome of a case as text."""
    sources = dict(result.sources)
    parts: list[str] = []
    for finding in result.findings:
        span = finding.span
        assert span is not None
        parts.append(f"{span.file}:{span.line}:{span.column} {finding.severity} {finding.rule} {finding.name}")
        covered = under(span, sources)
        parts.append(f"  {covered[:70]!a}" + (f" in {finding.environment}" if finding.environment else ""))
        parts.extend(f"  also {other.file}:{other.line}:{other.column}" for other in finding.related)
        parts.append(f"  {finding.message}")
        parts.append(f"  fix: {finding.fix.summary if finding.fix else 'none'}")
        parts.append("")
    for project in result.projects:
        environment = f" [{project.environment}]" if project.environment else ""
        models = ", ".join(f"{model.id} @ {place.location}" for model in project.models for place in model.locations)
        parts.append(f"project {project.id}{environment}: {models or 'no models'}")
    if not result.projects:
        parts.append("no project")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    for case in names():
        (CASES / case / "expected.txt").write_text(told(loaded(case)), encoding="utf-8")
