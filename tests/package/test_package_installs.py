"""Schemas and examples are found from a wheel, from an editable installation and from a source tree."""

from __future__ import annotations

import email
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = sorted(path.name.removesuffix(".schema.json") for path in (ROOT / "schemas").glob("*.schema.json"))
EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/vxsetup.yaml"))


def run(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command without this process's own Python settings; its output is text."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VXSETUP_", "PIP_", "VIRTUAL_ENV"))}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=kept | {"PYTHONIOENCODING": "utf-8"} | variables,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def done(*command: str | Path, cwd: Path, **variables: str) -> str:
    """The standard output of a command that must succeed."""
    finished = run(*command, cwd=cwd, **variables)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@dataclass(frozen=True)
class Environment:
    """A virtual environment of its own that borrows the libraries of this one, but not its vxsetup."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    @property
    def script(self) -> Path:
        return self.python.with_name("vxsetup.exe" if os.name == "nt" else "vxsetup")

    def install(self, *what: str | Path) -> None:
        pip = (
            sys.executable,
            "-m",
            "pip",
            "--python",
            self.python,
            "install",
            "--quiet",
            "--disable-pip-version-check",
        )
        done(*pip, "--no-index", "--no-deps", "--no-build-isolation", *what, cwd=self.folder)


def new_environment(folder: Path) -> Environment:
    venv.create(folder, symlinks=os.name != "nt")
    made = Environment(folder)
    where = done(made.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    # Folders named in a .pth file are searched, but their own .pth files are not read: an editable vxsetup stays out.
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(where) / "borrowed.pth").write_text("\n".join(sorted(borrowed)) + "\n", encoding="utf-8")
    return made


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return new_environment(tmp_path / "environment")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def everything_is_found(command: tuple[str | Path, ...], cwd: Path, **variables: str) -> None:
    """The command lists and prints each schema, and runs an example from where it is installed."""
    assert done(*command, "schema", cwd=cwd, **variables).split() == SCHEMAS
    printed = done(*command, "schema", "project", cwd=cwd, **variables)
    assert printed.strip() == (ROOT / "schemas" / "project.schema.json").read_text(encoding="utf-8").strip()
    assert done(*command, "demo", "--list", cwd=cwd, **variables).split() == EXAMPLES
    assert "acme-ai-prod" in done(*command, "demo", "ready", cwd=cwd, **variables)


def place(python: Path, cwd: Path, **variables: str) -> Path:
    code = "import vxsetup; print(vxsetup.__file__)"
    return Path(done(python, "-c", code, cwd=cwd, **variables).strip()).resolve()


def test_a_wheel_is_complete(environment: Environment, wheel: Path, tmp_path: Path) -> None:
    environment.install(wheel)
    assert environment.folder.resolve() in place(environment.python, tmp_path).parents
    everything_is_found((environment.script,), tmp_path)
    version = done(environment.script, "--version", cwd=tmp_path)
    assert version == done(environment.python, "-m", "vxsetup", "--version", cwd=tmp_path)
    assert "unknown" not in version


def test_an_editable_installation_is_complete(environment: Environment, tmp_path: Path) -> None:
    environment.install("--editable", ROOT)
    assert place(environment.python, tmp_path) == ROOT / "vxsetup" / "__init__.py"
    everything_is_found((environment.script,), tmp_path)


def test_a_source_tree_is_complete(environment: Environment, tmp_path: Path) -> None:
    # Not `import vxsetup`: beside an editable installation lies a folder of that name, with data and without code.
    assert run(environment.python, "-c", "import vxsetup.findings", cwd=tmp_path).returncode == 1, "it is not installed"
    assert place(environment.python, tmp_path, PYTHONPATH=str(ROOT)) == ROOT / "vxsetup" / "__init__.py"
    everything_is_found((environment.python, "-m", "vxsetup"), ROOT)


def test_the_wheel_holds_what_it_must_and_no_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        info = next(name for name in names if name.endswith(".dist-info/METADATA")).rpartition("/")[0]
        metadata = email.message_from_bytes(archive.read(f"{info}/METADATA"))
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
    assert {f"vxsetup/schemas/{name}.schema.json" for name in SCHEMAS} <= names
    shipped = {f"vxsetup/{path.relative_to(ROOT)}" for path in (ROOT / "examples").rglob("*.yaml")}
    assert shipped <= names
    code = {
        str(path.relative_to(ROOT))
        for pattern in ("*.py", "*.json", "*.css", "*.js")
        for path in (ROOT / "vxsetup").rglob(pattern)
    }
    assert code <= names
    assert {"vxsetup/py.typed", f"{info}/licenses/LICENSE"} <= names
    assert [name for name in names if not name.startswith(("vxsetup/", info))] == []
    assert [name for name in names if name.endswith((".pyc", ".log"))] == []
    assert "vxsetup = vxsetup.__main__:main" in entry_points
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"


def test_a_source_distribution_can_be_tested(tmp_path: Path) -> None:
    done(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=ROOT)
    (built,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(built) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "requirements-dev.lock", ".ci/run"} <= names
    assert {"docs/unproven.md", "benchmarks/run.py", "tests/package/readme_transcript.py"} <= names
    assert {f"schemas/{name}.schema.json" for name in SCHEMAS} <= names
