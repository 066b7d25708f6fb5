"""The picture of a place: carets stand under what is meant, in every line that a file may hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxsetup.findings import Span
from vxsetup.report.excerpt import excerpt, sources_of
from vxsetup.report.layout import Pen, columns
from vxsetup.report.terminal import Style

UNICODE = Pen(Style(80, False, True))
ASCII = Pen(Style(80, False, False))


def picture(text: str, span: Span, *related: Span, pen: Pen = UNICODE) -> list[str]:
    """The picture without its arrow."""
    return excerpt(span, related, sources_of({"f": text}), pen, "error")[1:]


def on(line: int, column: int, end: int, end_line: int | None = None) -> Span:
    """A span in the file ``f``."""
    return Span("f", line, column, end_line or line, end)


def underlined(lines: list[str], sign: str = "^") -> str:
    """The characters of the source line that stand above the carets, by columns."""
    row = next(index for index, line in enumerate(lines) if sign in line)
    source, carets = lines[row - 1], lines[row]
    first, last = carets.index(sign), carets.rindex(sign)
    shown, at = "", 0
    for char in source:
        if first <= at <= last:
            shown += char
        at += columns(char)
    return shown


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("models: [claude]", "claude"),
        ("\tkey:\tvalue", "value"),
        ("日本: 語 # コメント", "語"),
        ("e\u0301te\u0301: x", "x"),
        ("key: " + "a" * 500 + " here " + "b" * 500, "here"),
        ("key: " + "語" * 300 + " here " + "語" * 300, "here"),
        ("here " + "b" * 500, "here"),
        ("b" * 500 + " here", "here"),
    ],
)
@pytest.mark.parametrize("pen", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_carets_stand_under_the_word(text: str, word: str, pen: Pen) -> None:
    begin = text.index(word) + 1
    lines = picture(text, on(1, begin, begin + len(word)), pen=pen)
    expected = word if pen is UNICODE or word.isascii() else "\\u8a9e"
    assert underlined(lines) == expected
    assert all(columns(line) <= 80 for line in lines)


def test_an_escape_in_the_source_is_written_out_and_counted() -> None:
    lines = picture("a\x1b[31mb: c", on(1, 10, 11))
    assert "\x1b" not in "".join(lines)
    assert underlined(lines) == "c"


def test_a_span_over_lines_marks_the_first_to_its_end() -> None:
    lines = picture("models:\n  - id: x   \n  - id: y\n", on(2, 5, 10, end_line=3))
    assert underlined(lines) == "id: x"
    assert lines[-1].endswith("(to line 3)")


def test_a_related_place_in_the_file_shares_the_picture() -> None:
    lines = picture("one\ntwo\nthree\nfour\n", on(4, 1, 5), on(1, 1, 4))
    assert lines == ["  |", "1 | one", "  | ---", "...", "4 | four", "  | ^^^^"]


def test_two_places_in_a_line_share_its_carets() -> None:
    assert picture("a: 1, a: 2", on(1, 7, 8), on(1, 1, 2))[-1] == "  | -     ^"


def test_many_related_places_are_counted() -> None:
    lines = excerpt(on(1, 1, 2), [on(n, 1, 2) for n in range(2, 9)], sources_of({}), UNICODE, "error")
    assert lines[-1] == " ::: and 4 more, the first at f:5:1"


def test_a_place_in_another_file_has_its_own_picture() -> None:
    sources = sources_of({"f": "x: 1\n", "../base.yaml": "y: 2\n"})
    lines = excerpt(on(1, 1, 2), [Span("../base.yaml", 1, 1, 1, 2)], sources, UNICODE, "error")
    assert lines[-4:] == [" ::: ../base.yaml:1:1", "  |", "1 | y: 2", "  | -"]


def test_a_source_that_is_not_at_hand_leaves_the_arrow() -> None:
    assert excerpt(on(7, 3, 5), [], sources_of({}), UNICODE, "error") == [" --> f:7:3"]
    assert picture("one line", on(7, 3, 5)) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_end_where_a_yaml_parser_ends_them(end: str) -> None:
    assert underlined(picture(f"one{end}two{end}three", on(2, 1, 4))) == "two"


def test_a_byte_order_mark_is_no_column() -> None:
    assert underlined(picture("\ufeffversion: 1", on(1, 1, 8))) == "version"


def test_the_end_of_a_line_can_be_meant() -> None:
    assert picture("key:", on(1, 5, 5))[-1] == "  |     ^"


def test_a_very_long_line_costs_little() -> None:
    text = "x" * 3_000_000
    assert "^^^" in picture(text, on(1, 1_500_000, 1_500_003))[-1]


@given(
    st.text(max_size=200),
    st.integers(-3, 300),
    st.integers(-3, 300),
    st.integers(-3, 300),
    st.integers(-3, 300),
    st.integers(20, 120),
    st.booleans(),
)
def test_no_span_is_too_odd(text: str, line: int, column: int, end_line: int, end: int, width: int, wide: bool) -> None:
    pen = Pen(Style(width, False, wide))
    lines = excerpt(Span("f", line, column, end_line, end), [on(1, 1, 2)], sources_of({"f": text}), pen, "error")
    assert all("\n" not in one and "\x1b" not in one for one in lines)
    assert wide or "".join(lines).isascii()
    for one in lines[1:]:
        assert columns(one) <= max(width, 26) + len(" (to line 300)")
