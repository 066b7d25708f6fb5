"""Makes hostile files of good ones: bytes, text and structure are broken by a generator that is seeded for each case."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import yaml

Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]

WORDS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x1b]0;owned\x07", b"\x1b[2J", b"\xc2\x9b31m", b"\r",
    b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\t", b"\\ud800", b"\\u0000", b"1e400", b"-0", b"9" * 400, b"0x" + b"f" * 4000,
    b"NaN", b".inf", b"-Infinity", b"1_000", b"12:30:45", b"0o17", b"no", b"~", b"null", b"!!python/name:os.system ",
    b"!!binary ", b"!!set ", b"!!timestamp 9999-99-99", b"2026-02-30T25:61:00Z", b"0001-01-01", b"9999-12-31T23:59:59Z",
    b"&a ", b"*a", b"<<: *a\n", b"&a [*a, *a]", b"---\n", b"...\n", b"%YAML 9.9\n", b"? ", b": ", b"- ", b"{", b"}",
    b"[", b"]", b'"', b"'", b"#", b"|\n", b">-\n", b"${VAR}", b"{{7*7}}", b"../" * 30, b"/dev/zero", b"projects/",
    b"user:a@b", b"%00", b"%0d%0a", b"=cmd|' /C calc'!A0", b"<script>alert(1)</script>", b"::error::x\n", b"]]>", b"`",
    b"a" * 5000, b"[" * 3000, b"{a: " * 800, b'{"a":' * 2000, b"\n" * 5000, b" " * 5000,
)  # fmt: skip
"""What parsers, terminals, shells, spreadsheets, pages and pipelines have stumbled over."""

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**63, 10**40, -(10**400), 1e308, float("inf"), float("nan"), "", " ", "\x00", "é", "\U0001f600",
    "\ud800", "\x1b[31m", "\u202eevil", "a" * 20_000, "*", "..", "/", "~", "null", "no", "0777", "claude-sonnet-5-5@", "@",
    "projects/x", "serviceAccount:", "user:x@y", "group:", "2026-02-30", "9999-12-31T23:59:59Z", "-1s", "1e9", "\n", "'\"`$()",
    [], {}, [[]], [None], {"": None}, {"a": {}}, [1, "1", 1.0, True], {"\x1b": 1}, ["x"] * 300, {str(n): n for n in range(300)},
)  # fmt: skip
"""What is put where another value stood."""


def hostile(random_: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One hostile file, from one of the seeds: one mutation as a rule, up to four at times."""
    data = random_.choice(seeds)
    for _ in range(random_.choice((1, 1, 1, 2, 3, 4))):
        data = random_.choice(MUTATIONS)(random_, data, seeds)[:2_000_000]
    return data


def _place(random_: random.Random, data: bytes) -> int:
    return random_.randint(0, len(data))


def _flip(random_: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    changed = bytearray(data or b"x")
    for _ in range(random_.randint(1, 8)):
        changed[random_.randrange(len(changed))] = random_.randrange(256)
    return bytes(changed)


def _insert(random_: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _place(random_, data)
    return data[:at] + random_.choice(WORDS) + data[at:]


def _swap_line(random_: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    at = random_.randrange(len(lines))
    lines[at] = random_.choice((lines[at] + random_.choice(WORDS), b" " + lines[at], random_.choice(WORDS), lines[0]))
    return b"\n".join(lines)


def _cut(random_: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    first, last = sorted((_place(random_, data), _place(random_, data)))
    return random_.choice((data[:first], data[:first] + data[last:], data[first:last]))


def _repeat(random_: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    first = _place(random_, data)
    part = data[first : first + random_.choice((1, 10, 100, 1000))]
    return data[:first] + part * random_.choice((2, 2, 50)) + data[first:]


def _splice(random_: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = random_.choice(seeds)
    return data[: _place(random_, data)] + other[_place(random_, other) :]


def _other_encoding(random_: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    return data.decode("utf-8", "replace").encode(random_.choice(("utf-16", "utf-32", "utf-7", "cp500")), "replace")


def _structure(random_: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Parse it and break the tree: the file stays well-formed, and gets past the first gate of a parser."""
    tree = _parsed(data)
    if tree is None:
        return _insert(random_, data, seeds)
    for _ in range(random_.choice((1, 1, 2, 5))):
        places = _places(tree)
        if not places:
            break
        holder, key = random_.choice(places)
        _break(random_, holder, key)
    return _written(tree) or _insert(random_, data, seeds)


def _parsed(data: bytes) -> Any:
    """The tree of a seed; None where it is no longer one. Seeds with lines of JSON or plain text have none either."""
    try:
        text = data.decode()
        tree = json.loads(text) if text.lstrip()[:1] in ("{", "[") else yaml.load(text, Loader=yaml.CSafeLoader)
    except (ValueError, RecursionError, yaml.YAMLError, OverflowError, TypeError, AttributeError):
        return None
    return tree if isinstance(tree, dict | list) else None


def _written(tree: Any) -> bytes | None:
    """The tree as JSON; None where it holds itself, has keys of no kind that JSON knows, or is too deep."""
    try:
        return json.dumps(tree, default=str).encode()
    except (ValueError, TypeError, RecursionError):
        return None


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place of a tree, as its holder and its key or index. A tree that holds itself is walked once."""
    found: list[tuple[Any, Any]] = []
    seen: set[int] = set()
    todo = [tree]
    while todo and len(found) < 20_000:
        one = todo.pop()
        if not isinstance(one, dict | list) or id(one) in seen:
            continue
        seen.add(id(one))
        pairs = list(one.items()) if isinstance(one, dict) else list(enumerate(one))
        found += [(one, key) for key, _ in pairs]
        todo += [value for _, value in pairs]
    return found


def _break(random_: random.Random, holder: Any, key: Any) -> None:
    how = random_.randrange(5)
    value = random_.choice(VALUES)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder, dict):
        holder[random_.choice(("", "x", f"{key}s", str(key).upper(), "\x1b[2J", "a" * 3000))] = holder.pop(key)
    elif how == 2:
        holder[key] = [holder[key]] * random_.choice((1, 2, 40))
    elif how == 3:
        holder[key] = {"x": holder[key]}
    else:
        holder[key] = value


MUTATIONS: tuple[Mutation, ...] = (
    _flip, _insert, _insert, _swap_line, _swap_line, _cut, _repeat, _splice, _other_encoding, _structure, _structure, _structure, _structure,
)  # fmt: skip
