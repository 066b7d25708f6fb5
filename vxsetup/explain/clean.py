"""Makes one plain text of whatever was pasted: cuts, strips colours and markup, undoes escapes, evens out blanks."""

from __future__ import annotations

import re

LIMIT = 48_000
"""Characters of a text that are looked at. Of a longer one: its beginning, its end, and what stands around an error."""

_ESCAPES = 4
_AROUND = 1_500
_SIGNS = (
    "googleapis.com",
    "req_vrtx_",
    "Publisher Model",
    "publishers/anthropic",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "NOT_FOUND",
    "FAILED_PRECONDITION",
    "UNAUTHENTICATED",
    "invalid_request_error",
    "invalid_grant",
    "default credentials",
    "anthropic-beta",
    "Error:",
)
_PER_SIGN = 2

_ANSI = "\x1b(?:\\[[0-?]{0,30}[ -/]{0,5}[@-~]|\\][^\x07\x1b]{0,500}(?:\x07|\x1b\\\\)?|[@-Z\\\\^_])|\x9b[0-?]{0,30}[@-~]"
_UNICODE = r"\\+u([0-9a-fA-F]{4})"
_FRAME = re.compile(r'([ \t|]{0,40}File "[^"\n]{1,500}"), line \d{1,7}(?:, in [^\n]{1,200})?$')
_TWINS = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u00a0": " ",
        "\u2026": "...",
        "\u200b": None,
        "\ufeff": None,
        "\x00": None,
    }
)
_PERCENT = (
    ("%40", "@"),
    ("%3A", ":"),
    ("%3a", ":"),
    ("%2F", "/"),
    ("%2f", "/"),
    ("%20", " "),
    ("%7B", "{"),
    ("%22", '"'),
)


def cut(text: str) -> str:
    """At most ``LIMIT`` characters of a text, those most likely to hold the error; order is kept."""
    if len(text) <= LIMIT:
        return text
    head, tail = LIMIT // 6, LIMIT // 3
    spans = [(0, head), (len(text) - tail, len(text))]
    for sign in _SIGNS:
        start = head
        for _ in range(_PER_SIGN):
            at = text.find(sign, start, len(text) - tail)
            if at < 0:
                break
            spans.append((max(head, at - _AROUND // 3), at + _AROUND))
            start = at + _AROUND
    kept, last = [], 0
    left = LIMIT
    for begin, end in sorted(spans):
        begin = max(begin, last)
        if end > begin and left > 0:
            kept.append(text[begin : min(end, begin + left)])
            left -= len(kept[-1])
            last = end
    return "\n".join(kept)


def plain(text: str) -> str:
    """The text without terminal escapes and markup; quotes and blanks of one kind; lines are kept."""
    if "\x1b" in text or "\x9b" in text:
        text = re.sub(_ANSI, "", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_TWINS)


def without_frames(text: str) -> str:
    """The text without the program's own lines in a Python traceback; the paths stay, which tell the client.

    The name of a function such as generate_content_async, and the number of a line, are no word of the error.
    """
    if '", line ' not in text:
        return text
    kept: list[str] = []
    frame = -1
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" \t|"))
        if 0 <= frame < indent < len(line):
            continue
        found = _FRAME.match(line)
        frame = indent if found else -1
        kept.append(found[1] if found else line)
    return "\n".join(kept)


def is_page(text: str) -> bool:
    """Whether the text holds an HTML page, as Google's front end and proxies send, or the words of Google's."""
    low = text.lower()
    return "<!doctype html" in low or "<html" in low or ("the requested url" in low and "all we know" in low)


def without_markup(text: str) -> str:
    """The words of an HTML page; style sheets and scripts are dropped."""
    out, position = [], 0
    low = text.lower()
    while position < len(text):
        begin = text.find("<", position)
        if begin < 0:
            out.append(text[position:])
            break
        out.append(text[position:begin])
        end = -1
        for tag in ("style", "script"):
            if low.startswith("<" + tag, begin):
                end = low.find("</" + tag, begin + 1)
                end = len(text) if end < 0 else low.find(">", end)
        if end < 0:
            end = text.find(">", begin)
        if end < 0:
            break
        out.append(" ")
        position = end + 1
    words = "".join(out)
    for name, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")):
        words = words.replace(name, sign)
    return words


def unescaped(text: str) -> str:
    r"""The text with escapes of strings undone, however often they were applied: ``\\\"error\\\"`` becomes ``"error"``."""
    for _ in range(_ESCAPES):
        if "\\" not in text:
            break
        text = text.replace("\\\\", "\\").replace('\\"', '"').replace("\\'", "'").replace("\\/", "/")
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\t", " ").replace("\\`", "`")
        if "\\u" in text:
            text = re.sub(_UNICODE, _character, text)
    for code, sign in _PERCENT:
        if code in text:
            text = text.replace(code, sign)
    return text


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return " " if code < 0x20 or 0xD800 <= code < 0xE000 else chr(code)


def words_of(text: str) -> str:
    """The text in lower case with single blanks, as rows look at it; people's short form of credentials is written out."""
    low = " ".join(text.lower().split())
    return low.replace(" creds", " credentials") if " creds" in low else low
