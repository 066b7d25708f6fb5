"""The files of ``emit`` on disk: written whole or not at all, never over somebody else's, merged, or compared.

``.vxsetup-emit.json`` beside them keeps the digest of each file as it was written: a file that still has its digest is
vxsetup's and may be replaced; any other file is somebody's.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vxsetup.cli.output import Refused

if TYPE_CHECKING:
    from vxsetup.emit import File

MANIFEST = ".vxsetup-emit.json"
_FORMAT = "vxsetup.emitted/1"
_MAX = 16 * 1024 * 1024


def write(files: Sequence[File], folder: str, merge: bool, force: bool) -> list[tuple[str, str]]:
    """Write files below a folder, which is made where it is missing. Each path with ``written``, ``merged`` or ``unchanged``.

    Everything is decided, and laid beside its place, before any file is moved there: where one file is in the way, or the
    disk is full, the command ends and none is. Runs at the same time wait for one another.
    """
    root = Path(folder)
    # Told before the folder is made: a command that is refused leaves nothing.
    _decided(root, files, merge, force)
    _make_folder(root)
    with _alone(root):
        ours, planned = _decided(root, files, merge, force)
        texts = {Path(os.path.realpath(root / file.path)): text for file, text, what in planned if what != "unchanged"}
        for target in texts:
            _make_folder(target.parent)
        # A merged file is also somebody else's: it is not ours to replace.
        kept = {file.path: _digest(text) for file, text, what in planned if text == file.text and what != "merged"}
        digests = {path: digest for path, digest in ours.items() if path not in {file.path for file in files}} | kept
        if digests != ours:
            body = {"format": _FORMAT, "files": dict(sorted(digests.items()))}
            texts[Path(os.path.realpath(root / MANIFEST))] = json.dumps(body, indent=2) + "\n"
        _move(texts)
        for file, _, what in planned:
            if file.executable and what == "written":
                script = root / file.path
                script.chmod(script.stat().st_mode | 0o111 & ~_mask())
    return [(file.path, what) for file, _, what in planned]


def _decided(
    root: Path, files: Sequence[File], merge: bool, force: bool
) -> tuple[dict[str, str], list[tuple[File, str, str]]]:
    """What was written before, and for each file the text that it will hold, and what is done to it."""
    ours = _manifest(root)
    return ours, [(file, *_planned(root, file, ours, merge, force)) for file in files]


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other runs of this command out of the folder, where the system can: they would lose each other's digests."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        with contextlib.suppress(OSError):  # some file systems cannot
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _move(texts: Mapping[Path, str]) -> None:
    """Write every text beside its place, and only then move them there."""
    from vxsetup.cli.output import staged

    laid: list[tuple[Path, Path]] = []
    try:
        for target, text in texts.items():
            try:
                laid.append((staged(target, text), target))
            except OSError as error:
                raise Refused(f"{target} cannot be written: {error.strerror}; nothing was written") from error
        while laid:
            name, target = laid[0]
            try:
                name.replace(target)
            except OSError as error:
                raise Refused(f"{target} cannot be written: {error.strerror}") from error
            laid.pop(0)
    finally:
        for name, _ in laid:
            with contextlib.suppress(OSError):
                name.unlink()


def _planned(root: Path, file: File, ours: dict[str, str], merge: bool, force: bool) -> tuple[str, str]:
    """The text that a path will hold, and what is done to it."""
    target = root / file.path
    real, inside = Path(os.path.realpath(target)), Path(os.path.realpath(root))
    if inside not in real.parents and not force:
        raise Refused(f"{target} leads out of {root} by a link; nothing was written. --force follows it")
    there = _existing(target)
    if there is None:
        return file.text, "written"
    if there == file.text:
        return there, "unchanged"
    if merge:
        return _merged(target, there, file, ours)
    if force or ours.get(file.path) == _digest(there):
        return file.text, "written"
    touched = "was changed since vxsetup wrote it" if file.path in ours else "was not written by vxsetup"
    how = "--force replaces it" if file.values is None else "--merge keeps the rest of it, --force replaces it"
    raise Refused(f"{target} {touched}; nothing was written. {how}")


def _merged(target: Path, there: str, file: File, ours: dict[str, str]) -> tuple[str, str]:
    from vxsetup.emit.merge import NotMergeableError, differences, merged

    if ours.get(file.path) == _digest(there):  # nobody else's word is in it, and what the config dropped goes
        return file.text, "written"
    if file.values is None:
        raise Refused(f"{target} is a program, which cannot be merged; nothing was written. --force replaces it")
    try:
        if there.strip() and not differences(there, file):
            return there, "unchanged"
        mark = "\ufeff" if _begins_with_mark(target) else ""
        return mark + merged(there, file), "merged"
    except NotMergeableError as error:
        at = ":{}:{}".format(*error.place) if error.place else ""
        raise Refused(f"{target}{at}: cannot be merged into: {error}. Nothing was written") from None


def _begins_with_mark(path: Path) -> bool:
    """Whether a file begins with a byte-order mark, which some editors go by."""
    with path.open("rb") as file:
        return file.read(3) == b"\xef\xbb\xbf"


def compare(files: Sequence[File], folder: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each path with what the file there says otherwise, a clause each; nothing where it agrees."""
    from vxsetup.emit.merge import NotMergeableError, differences

    found: list[tuple[str, tuple[str, ...]]] = []
    for file in files:
        there = _existing(Path(folder) / file.path)
        if there is None:
            found.append((file.path, ("is missing",)))
            continue
        try:
            told = differences(there, file)
        except NotMergeableError as error:
            at = " at line {}, column {}".format(*error.place) if error.place else ""
            found.append((file.path, (f"cannot be read{at}: {error}",)))
            continue
        found.append((file.path, tuple(_clause(one.where, one.has, one.wants) for one in told)))
    return found


def _clause(where: str, has: str | None, wants: str | None) -> str:
    if wants is None:
        return "differs from what vxsetup emit writes"
    if has is None:
        return f"{where} is missing, the config asks for {wants}"
    return f"{where} is {has}, the config asks for {wants}"


def _existing(path: Path) -> str | None:
    from vxsetup.cli.reading import read_text

    if not os.path.lexists(path):
        return None
    if not path.exists():
        raise Refused(f"{path} is a link that leads nowhere")
    return read_text(str(path), _MAX)


def _manifest(root: Path) -> dict[str, str]:
    """The digests of what was written before; empty where there is no manifest or it is no good."""
    try:
        data = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    files = data.get("files") if isinstance(data, dict) and data.get("format") == _FORMAT else None
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else {}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise Refused(f"{folder} cannot be made: a file stands where a folder must be") from error
    except OSError as error:
        raise Refused(f"{folder} cannot be made: {error.strerror}") from error


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
