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
_ANSI_SPELLED = r"(?:\^\[|\\{1,4}u00(?:1b|1B)|\\{1,4}x1[bB]|\\{1,4}033|\\{1,4}e)\[[0-9;]{0,20}[A-Za-z]|\[(?:[0-9]{1,3};){0,4}[0-9]{1,3}m(?!\])"
_UNICODE = r"\\+u([0-9a-fA-F]{4})"
_SPELLED_SIGNS = ("[0", "[1", "[2", "[3", "[4", "[9", "u001b[", "u001B[", "x1b[", "x1B[", "033[", "^[[")
_FRAME = r'([ \t|]{0,40}File "[^"\n]{1,500}"), line \d{1,7}(?:, in [^\n]{1,200})?$'
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
_ENTITIES = (
    ("&amp;", "&"),
    ("&quot;", '"'),
    ("&#34;", '"'),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&#x2F;", "/"),
    ("&#x60;", "`"),
    ("&#96;", "`"),
    ("&nbsp;", " "),
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
_WHOLE_PERCENT = ("%7B%22", "%7b%22", "%7B%0A", "%7b%0a")
_BASE64 = r"(?<![\w+/=.-])(?:eyJ|ewog|ewok|ewoJ|W3si|Wwog|Wwok)[A-Za-z0-9+/]{40,20000}={0,2}(?![\w+/.-])"


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
    if any(sign in text for sign in _SPELLED_SIGNS):
        text = re.sub(_ANSI_SPELLED, "", text)
    if "&quot;" in text or "&#" in text or "&amp;quot;" in text:
        for name, sign in _ENTITIES:
            text = text.replace(name, sign)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(sign in text for sign in _WHOLE_PERCENT):
        text = re.sub(r"\S{20,20000}", _from_address, text)
    if '{""' in text:  # a table of comma-separated values doubles its quotes
        text = text.replace('""', '"')
    if "\\_" in text:  # as Markdown writes an underscore
        text = text.replace("\\_", "_")
    if any(sign in text for sign in ("eyJ", "ewo", "W3si", "Wwo")):
        text = re.sub(_BASE64, _from_base64, text)
    return text.translate(_TWINS)


def _from_address(match: re.Match[str]) -> str:
    """A body that is a value in an address, as text."""
    word = match[0]
    if not any(sign in word for sign in _WHOLE_PERCENT):
        return word
    from urllib.parse import unquote_plus  # here, since few texts are addresses

    return unquote_plus(word)


def _from_base64(match: re.Match[str]) -> str:
    """An error's body that was printed in base64, as text; whatever else is so printed stays."""
    from binascii import Error, a2b_base64

    try:
        text = a2b_base64(match[0] + "=" * (-len(match[0]) % 4)).decode()
    except (Error, ValueError):
        return match[0]
    return text if '"error"' in text and "private_key" not in text else match[0]


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
        found = re.match(_FRAME, line)
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
