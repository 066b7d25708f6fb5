"""What may reach a terminal, and what a terminal is said to be able to show."""

from __future__ import annotations

import io
import os
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxsetup.report.terminal import ascii_twin, safe, style_for

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class Terminal(io.StringIO):
    """A stream that says what the test wants it to."""

    def __init__(self, tty: bool = True, encoding: str | None = "utf-8", descriptor: int | None = None) -> None:
        super().__init__()
        self._tty, self._encoding, self._descriptor = tty, encoding, descriptor

    def isatty(self) -> bool:
        return self._tty

    def fileno(self) -> int:
        if self._descriptor is None:
            raise OSError("no descriptor")
        return self._descriptor

    @property
    def encoding(self) -> str | None:  # type: ignore[override]
        return self._encoding


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("日本語 é", "日本語 é"),
        ("red\x1b[31m", "red\\x1b[31m"),
        ("title\x1b]0;gone\x07", "title\\x1b]0;gone\\x07"),
        ("c1\x9b31m", "c1\\x9b31m"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("a\nb\r\nc\rd\u2028e", "a b c d e"),
        ("a\tb", "a b"),
        ("half\ud800", "half\\ud800"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("tag\U000e0041", "tag\\U000e0041"),
    ],
)
def test_text_is_made_harmless_and_shows_what_was_there(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_line_ends_are_kept_on_request() -> None:
    assert safe("a\r\nb\x1bc\rd", newlines=True) == "a\nb\\x1bc\nd"


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_harmful_is_left_and_twice_is_once(text: str) -> None:
    once = safe(text)
    # Unassigned characters and Arabic number signs (Cf, but visible) may stay.
    left = {char for char in once if unicodedata.category(char) in ("Cc", "Cs", "Co", "Zl", "Zp")}
    assert not left
    assert not set(once) & set(BIDI)
    assert safe(once) == once
    assert safe(text, newlines=True).count("\n") == 0 or any(c in text for c in "\n\r\v\f\x85\u2028\u2029")
    assert ascii_twin(once).isascii()


def test_the_ascii_twin_of_typography_is_plain() -> None:
    assert ascii_twin("“x” – y… → é") == '"x" - y... -> \\xe9'


@pytest.mark.parametrize(
    ("environ", "color", "tty", "colored"),
    [
        ({}, "auto", True, True),
        ({}, "auto", False, False),
        ({}, "always", False, True),
        ({}, "never", True, False),
        ({"NO_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": ""}, "auto", True, True),
        ({"NO_COLOR": "1"}, "always", True, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", False, False),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"FORCE_COLOR": "0"}, "auto", True, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, "auto", False, True),
        ({"FORCE_COLOR": "1"}, "never", True, False),
        ({"CLICOLOR_FORCE": "1"}, "auto", False, True),
        ({"CLICOLOR_FORCE": "0"}, "auto", False, False),
        ({"CLICOLOR_FORCE": "0"}, "auto", True, True),
        ({"CLICOLOR": "0"}, "auto", True, False),
        ({"TERM": "dumb"}, "auto", True, False),
    ],
)
def test_color(environ: dict[str, str], color: str, tty: bool, colored: bool) -> None:
    assert style_for(Terminal(tty), environ, color).color is colored


@pytest.mark.parametrize(
    ("environ", "encoding", "shown"),
    [
        ({}, "utf-8", True),
        ({}, "UTF8", True),
        ({}, "cp1252", False),
        ({}, "ascii", False),
        ({"TERM": "dumb"}, "utf-8", False),
        ({"LC_ALL": "C"}, "utf-8", False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "utf-8", True),
        ({"LANG": "en_US.UTF-8"}, None, True),
        ({"LANG": "en_US.ISO-8859-1"}, None, False),
        ({}, None, False),
    ],
)
def test_unicode(environ: dict[str, str], encoding: str | None, shown: bool) -> None:
    assert style_for(Terminal(encoding=encoding), environ, "auto").unicode is shown


@pytest.fixture
def window() -> Iterator[int]:
    """The descriptor of a pseudo terminal that is 133 columns wide."""
    pty = pytest.importorskip("pty")
    termios = pytest.importorskip("termios")
    outer, inner = pty.openpty()
    termios.tcsetwinsize(inner, (40, 133))
    yield inner
    os.close(outer)
    os.close(inner)


def test_the_width_is_the_terminals(window: int) -> None:
    assert style_for(Terminal(descriptor=window), {}, "auto").width == 133
    assert style_for(Terminal(descriptor=window), {"COLUMNS": "90"}, "auto").width == 90


@pytest.mark.parametrize(
    ("columns", "tty", "width"),
    [
        ("", False, 100),
        ("50", False, 100),
        ("50", True, 50),
        ("3", True, 40),
        ("99999", True, 240),
        ("0", True, 80),
        ("-5", True, 80),
        ("wide", True, 80),
        ("²", True, 80),
        ("9" * 5000, True, 80),
    ],
)
def test_the_width_elsewhere(columns: str, tty: bool, width: int) -> None:
    assert style_for(Terminal(tty), {"COLUMNS": columns}, "auto").width == width


@pytest.mark.parametrize(
    ("environ", "tty", "links"),
    [
        ({"TERM_PROGRAM": "WezTerm"}, True, True),
        ({"TERM": "xterm-kitty"}, True, True),
        ({"VTE_VERSION": "6800"}, True, True),
        ({"VTE_VERSION": "4000"}, True, False),
        ({"TERM_PROGRAM": "WezTerm"}, False, False),
        ({"TERM_PROGRAM": "WezTerm", "NO_COLOR": "1"}, True, False),
        ({"TERM_PROGRAM": "WezTerm", "TERM": "tmux-256color"}, True, False),
        ({"TERM_PROGRAM": "vscode", "CI": "true"}, True, False),
        ({"TERM": "xterm"}, True, False),
    ],
)
def test_links_are_for_terminals_that_are_known_to_have_them(environ: dict[str, str], tty: bool, links: bool) -> None:
    assert style_for(Terminal(tty), environ, "auto").links is links


def test_a_closed_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    stream.close()
    assert style_for(stream, {}, "auto").width == 100
