"""What a terminal can show, and what may reach it: the style of a stream, and text made harmless.

``safe`` is the one door through which strings from files and from the cloud reach a person's terminal.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

PIPE_WIDTH = 100
"""Columns of a report that does not go to a terminal: the same in every CI log and every file."""


@dataclass(frozen=True, slots=True)
class Style:
    """How text may look.

    ``width`` is in columns. Without ``unicode`` a report is plain ASCII throughout. ``links`` makes addresses
    clickable (OSC 8) and is for terminals known to understand it.
    """

    width: int
    color: bool
    unicode: bool
    links: bool = False


class Stream(Protocol):
    """The part of a text stream that tells what it is."""

    def isatty(self) -> bool:
        """Whether a person's terminal is at the other end."""


# Patterns as text, compiled at the first text that is not plainly printable: commands that start often seldom meet one.
# Line ends of text and of YAML: "\r\n" counts once.
_LINE_ENDS = "\r\n|[\n\r\v\f\x85\u2028\u2029]"
# Control characters, invisible format characters with the bidirectional overrides, tags, surrogates, private use.
# Named here, not looked up by category, so that the result is the same under every Python.
_HARMFUL = (
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\ue000-\uf8ff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_ASCII_TWINS = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2026": "...",
        "\u2192": "->",
        "\u2190": "<-",
        "\u00d7": "x",
        "\u00b7": "*",
        "\u2022": "*",
        "\u2264": "<=",
        "\u2265": ">=",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2713": "ok",
        "\u2717": "FAIL",
    }
)


def safe(text: str, *, newlines: bool = False) -> str:
    """Text that can do nothing to a terminal but show itself.

    Line ends become a space, or one ``\\n`` each where ``newlines`` is set; tabs become a space. Every other control
    character, escape, bidirectional override, invisible format character, private-use character and lone surrogate
    is written out (``\\x1b``, ``\\u202e``), so that a reader sees that it was there. Doing it twice changes nothing.
    """
    if text.isprintable():
        return text
    joined = re.sub(_LINE_ENDS, "\n" if newlines else " ", text).replace("\t", " ")
    if newlines:
        return "\n".join(re.sub(_HARMFUL, _written_out, line) for line in joined.split("\n"))
    return re.sub(_HARMFUL, _written_out, joined)


def _written_out(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def ascii_twin(text: str) -> str:
    """The text in ASCII: typographic signs as their plain twins, everything else written out as an escape."""
    if text.isascii():
        return text
    return text.translate(_ASCII_TWINS).encode("ascii", "backslashreplace").decode("ascii")


def style_for(stream: Stream, environ: Mapping[str, str], color: str) -> Style:
    """The style that suits a stream.

    ``color`` is ``auto``, ``always`` or ``never``; the flag wins over ``NO_COLOR``, that over ``FORCE_COLOR`` and
    ``CLICOLOR_FORCE``, those over ``CLICOLOR=0`` and ``TERM=dumb``, and at last the stream decides. The width is the
    terminal's (or ``COLUMNS`` on a terminal), 100 columns elsewhere.
    """
    terminal = _is_terminal(stream)
    colored = _wants_color(terminal, environ, color)
    return Style(
        width=_width(stream, environ) if terminal else PIPE_WIDTH,
        color=colored,
        unicode=_speaks_unicode(stream, environ),
        links=terminal and colored and _understands_links(environ),
    )


def _is_terminal(stream: Stream) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # a closed stream
        return False


def _wants_color(terminal: bool, environ: Mapping[str, str], color: str) -> bool:
    if color != "auto":
        return color == "always"
    if environ.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        value = environ.get(name, "").lower()
        if value:
            # "0" says no to FORCE_COLOR, and only "do not force" to CLICOLOR_FORCE.
            if value not in ("0", "false"):
                return True
            if name == "FORCE_COLOR":
                return False
    if environ.get("CLICOLOR") == "0" or environ.get("TERM") == "dumb":
        return False
    return terminal


def _width(stream: Stream, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    width = int(columns) if columns.isascii() and columns.isdigit() and len(columns) < 6 else 0
    if not width:
        try:
            width = os.get_terminal_size(stream.fileno()).columns  # type: ignore[attr-defined]
        except (AttributeError, OSError, ValueError):
            width = 80
    return max(40, min(width or 80, 240))


def _speaks_unicode(stream: Stream, environ: Mapping[str, str]) -> bool:
    if environ.get("TERM") == "dumb" or environ.get("LC_ALL") in ("C", "POSIX"):
        return False
    encoding = getattr(stream, "encoding", None)
    if not isinstance(encoding, str):  # a buffer in memory: the locale is all there is to ask
        locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
        encoding = locale.partition(".")[2]
    return encoding.lower().replace("-", "").replace("_", "").startswith(("utf", "cp65001"))


def _understands_links(environ: Mapping[str, str]) -> bool:
    if environ.get("TERM", "").startswith(("screen", "tmux")) or "TMUX" in environ or environ.get("CI"):
        return False
    if environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper"):
        return True
    if environ.get("TERM") in ("xterm-kitty", "xterm-ghostty", "alacritty", "foot"):
        return True
    vte = environ.get("VTE_VERSION", "")
    return "WT_SESSION" in environ or "KONSOLE_VERSION" in environ or (vte.isdigit() and int(vte[:8]) >= 5000)
