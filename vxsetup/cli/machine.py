"""Reads this machine for ``doctor``: variables, files, programs, the network. Each way out is an attribute to replace."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vxsetup.cli.output import Refused

if TYPE_CHECKING:
    from vxsetup.cloud.reach import Reached
    from vxsetup.doctor.credentials import Place, Sources, Token
    from vxsetup.doctor.diagnose import Machine
    from vxsetup.doctor.files import ClientFile
    from vxsetup.doctor.reach import Reply
    from vxsetup.doctor.versions import Installed

_MOST = 2 * 1024 * 1024
_MANAGED = ("/etc/claude-code/managed-settings.json", "/Library/Application Support/ClaudeCode/managed-settings.json")
_PROGRAMS = {
    "claude": ("@anthropic-ai/claude-code", "npm"),
    "litellm": ("litellm", "pypi"),
    "aider": ("aider-chat", "pypi"),
}
"""Program -> the package whose version it prints."""

_PYTHON = ("anthropic", "litellm", "langchain_google_vertexai", "google_adk")
_NODE = ("@anthropic-ai/vertex-sdk", "@ai-sdk/google-vertex", "@anthropic-ai/claude-code", "@genkit-ai/vertexai")
_PIN = re.compile(r"^[ \t]*([A-Za-z0-9._-]+)(?:\[[A-Za-z0-9_,-]*\])?[ \t]*==[ \t]*([0-9][0-9A-Za-z.]*)", re.MULTILINE)


def _run(arguments: list[str]) -> str:
    """What a program prints, at most for ten seconds; empty where it cannot be run."""
    try:
        done = subprocess.run(arguments, capture_output=True, timeout=10, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout[:4096].decode("utf-8", "replace")


def _reach(host: str, location: str) -> Reached:
    from vxsetup.cloud.reach import reach

    return reach(host, location)


def _token() -> Token:
    """Fetch one token as clients do; nothing of it is kept."""
    from vxsetup.cloud.credentials import NoCredentials, find
    from vxsetup.doctor.credentials import Token

    found = find(None, None)
    if isinstance(found, NoCredentials):
        return Token(True, found.says, found.remedy, found.expired)
    return Token(True, principal=found[1].principal)


@dataclass
class Outside:
    """The ways out of this process. ``system`` holds the files that an administrator manages."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    home: Path = field(default_factory=Path.home)
    folder: Path = field(default_factory=Path)
    which: Callable[[str], str | None] = shutil.which
    run: Callable[[list[str]], str] = _run
    reach: Callable[[str, str], Reached] = _reach
    token: Callable[[], Token] = _token
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    system: tuple[str, ...] = _MANAGED
    notes: list[str] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)

    def machine(
        self, paths: Iterable[str], hosts: Mapping[str, str], offline: bool, now: datetime
    ) -> tuple[Machine, dict[str, str]]:
        """Everything that doctor judges, and the text of each client file by its name."""
        from vxsetup.doctor.diagnose import Machine

        files, texts = self._files(tuple(paths))
        emulated = bool(self.environ.get("VXSETUP_EMULATOR_HOST"))
        if offline or emulated:
            why = "--offline was given" if offline else "VXSETUP_EMULATOR_HOST is set"
            self.notes.append(
                f"No host was asked and no token was fetched, because {why}: clock, reachability and expiry are not known."
            )
        sources = self._sources()
        token = self._asked(sources, offline or emulated)
        if token.asked and token.says is None and not self._has_file(sources):
            from vxsetup.values import replace

            sources = replace(sources, on_google=True)
        certificates = [
            value for name, value in self.environ.items() if name.endswith(("_CA_BUNDLE", "_CA_CERTS", "_CERT_FILE"))
        ]
        return (
            Machine(
                environ=self.environ,
                exists={path: os.path.exists(path) for path in certificates},  # noqa: PTH110
                files=tuple(files),
                credentials=sources,
                token=token,
                replies=() if offline or emulated else tuple(self._replies(hosts)),
                installed=tuple(self._installed()),
                now=now,
            ),
            texts,
        )

    def keep(self, file: str, text: str) -> None:
        """Refuse to write over a file that has changed since it was read."""
        if self._read(Path(file)) != text:
            raise Refused(f"{file} has changed since it was read; run vxsetup doctor --fix again")

    def mark(self, file: str) -> str:
        """The byte-order mark that a file begins with, or nothing: reading drops it, and writing must not."""
        with Path(file).open("rb") as opened:
            return "\ufeff" if opened.read(3) == b"\xef\xbb\xbf" else ""

    # Client files

    def _files(self, paths: tuple[str, ...]) -> tuple[list[ClientFile], dict[str, str]]:
        from vxsetup.doctor.files import read_client_file

        named = [path for path in paths if not Path(path).is_dir()]
        places = [Path(path) for path in paths if Path(path).is_dir()] or ([] if paths else [self.folder])
        found = [path for place in places for path in self._search(place)]
        if not paths:
            found = [*self.system, str(self.home / ".claude" / "settings.json"), *found]
        files, texts = [], {}
        seen: set[str] = set()
        for path in dict.fromkeys([*named, *found]):
            if os.path.realpath(path) in seen:
                continue
            seen.add(os.path.realpath(path))
            text = self._read(Path(path))
            if text is None:
                if path in named:
                    raise Refused(f"{path} cannot be read as a text file")
                if Path(path).is_file():
                    self.notes.append(f"{path} was not judged: it cannot be read, is no UTF-8 text, or is too large.")
                continue
            read = read_client_file(path, text)
            if read is None:
                if path in named:
                    raise Refused(
                        f"{path} is no client file that doctor knows: see vxsetup doctor --help for those that it reads; "
                        "a config is given with --config"
                    )
                continue
            files.append(read)
            texts[path] = text
            inside = next((place for place in places if Path(path).is_relative_to(place)), Path(path).parent)
            if Path(os.path.realpath(inside)) not in Path(os.path.realpath(path)).parents:
                self.elsewhere.add(path)
        return files, texts

    def _search(self, place: Path) -> Iterator[str]:
        from vxsetup.doctor.files import PATTERNS

        for pattern in PATTERNS:
            for path in sorted(place.glob(pattern))[:50]:
                if path.is_file() and not path.name.endswith((".example", ".sample", ".template", ".dist")):
                    yield path.as_posix()

    def _read(self, path: Path) -> str | None:
        try:
            if not path.is_file() or path.stat().st_size > _MOST:
                return None
            with path.open("rb") as file:
                return file.read(_MOST).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError, ValueError):
            return None

    # Credentials

    def _sources(self) -> Sources:
        from vxsetup.doctor.credentials import Sources

        variable = self.environ.get("GOOGLE_APPLICATION_CREDENTIALS") or None
        named = self._place(variable) if variable and not variable.lstrip().startswith("{") else None
        gcloud = self._gcloud()
        login = self._place(str(gcloud / "application_default_credentials.json"))
        charged = self.environ.get("GOOGLE_CLOUD_QUOTA_PROJECT") or None
        return Sources(variable, named, login, self._impersonated(gcloud), charged)

    def _gcloud(self) -> Path:
        if self.environ.get("CLOUDSDK_CONFIG"):
            return Path(self.environ["CLOUDSDK_CONFIG"])
        if sys.platform == "win32" and self.environ.get("APPDATA"):
            return Path(self.environ["APPDATA"]) / "gcloud"
        return self.home / ".config" / "gcloud"

    def _impersonated(self, gcloud: Path) -> str | None:
        """The service account that gcloud is told to impersonate, by a variable or by its active configuration."""
        told = self.environ.get("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT")
        if told:
            return told
        name = (
            self.environ.get("CLOUDSDK_ACTIVE_CONFIG_NAME") or self._read(gcloud / "active_config") or "default"
        ).strip()
        if not re.fullmatch(r"[a-z0-9-]{1,60}", name):
            return None
        text = self._read(gcloud / "configurations" / f"config_{name}") or ""
        found = re.search(r"^impersonate_service_account[ \t]*=[ \t]*(\S+)", text, re.MULTILINE)
        return found[1] if found else None

    def _place(self, path: str) -> Place:
        from vxsetup.doctor.credentials import Place
        from vxsetup.doctor.model import secret

        plain = path.isprintable() and len(path) <= 200 and not secret(path)
        shown = path if plain else "something that is not shown here"
        try:
            if Path(path).is_dir():
                return Place(shown, "folder")
            if not Path(path).is_file():
                return Place(shown, "missing")
        except (OSError, ValueError):
            return Place(shown, "missing")
        text = self._read(Path(path))
        return Place(shown, "unreadable") if text is None else Place(shown, "file", text)

    def _has_file(self, sources: Sources) -> bool:
        winner = sources.named if sources.variable else sources.login
        return winner is not None and winner.state == "file"

    def _asked(self, sources: Sources, silent: bool) -> Token:
        from vxsetup.doctor.credentials import Token

        if silent or (sources.variable and not self._has_file(sources)):
            return Token(False)
        return self.token()

    # The network, and programs

    def _replies(self, hosts: Mapping[str, str]) -> Iterator[Reply]:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(8) as pool:
            yield from pool.map(lambda pair: self._reply(*pair), hosts.items())

    def _reply(self, host: str, location: str) -> Reply:
        from vxsetup.doctor.reach import Reply

        found = self.reach(host, location)
        return Reply(found.host, found.status, found.json, found.date, self.clock(), found.says, found.remedy)

    def _installed(self) -> Iterator[Installed]:
        from vxsetup.doctor.versions import Installed

        for program, (name, ecosystem) in _PROGRAMS.items():
            path = self.which(program)
            version = re.search(r"\d+\.\d+(?:\.\d+)?", self.run([path, "--version"])) if path else None
            if version is not None:
                yield Installed(name, ecosystem, version[0], f"the program {program}")
        yield from self._python()
        yield from self._node()

    def _python(self) -> Iterator[Installed]:
        """Packages of the folder's own environment, and those that requirements pin."""
        from vxsetup.config.source import Source
        from vxsetup.doctor.versions import Installed

        active = self.environ.get("VIRTUAL_ENV")
        for root in dict.fromkeys([*([Path(active)] if active else []), self.folder / ".venv", self.folder / "venv"]):
            for name in _PYTHON:
                for found in sorted(root.glob(f"lib/python3*/site-packages/{name}-*.dist-info"))[:2]:
                    version = found.name.removesuffix(".dist-info").rpartition("-")[2]
                    yield Installed(name.replace("_", "-"), "pypi", version, root.as_posix())
        for path in sorted(self.folder.glob("requirements*.txt"))[:20]:
            text = self._read(path) or ""
            source = Source(path.as_posix(), text)
            for pin in _PIN.finditer(text):
                name = pin[1].lower().replace("_", "-")
                span = source.span(pin.start(1), pin.end(2))
                yield Installed(name, "pypi", pin[2], f"pinned in {path.as_posix()}", span)

    def _node(self) -> Iterator[Installed]:
        from vxsetup.doctor.versions import Installed

        for name in _NODE:
            path = self.folder / "node_modules" / name / "package.json"
            try:
                data = json.loads(self._read(path) or "null")
            except (ValueError, RecursionError):
                continue
            if isinstance(data, dict) and isinstance(data.get("version"), str):
                yield Installed(name, "npm", data["version"], "node_modules")
