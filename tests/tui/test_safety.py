import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.color import Color
from textual.content import Content

from shopdb.tui.safety import Gate, content, cut, fit, plain, unmarked
from tests.tui.hostile import HOSTILE

ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

any_text = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x9b\u202e\u200d\ufe0f\u20e3\u0301\u0338=↔⚠👩🔧機🏽🇩\ud800[@]"),
    ),
    max_size=40,
)


def acting(text: str) -> list[str]:
    return [char for char in text if unicodedata.category(char) in ACTING]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_hostile_text_keeps_a_character_that_acts(text: str) -> None:
    assert acting(plain(text)) == []
    assert acting(plain(text, lines=True).replace("\n", "")) == []


def test_what_is_replaced_stays_visible() -> None:
    assert plain("a\x1b[31mb\x00") == "a␛[31mb␀"
    assert plain("a\x9bb") == "a«U+009B»b"
    assert plain("abc\u202edef") == "abc«U+202E»def"
    assert plain("ad\u200bmin") == "ad«U+200B»min"
    assert plain("one\ntwo\t") == "one␊two␉"
    assert plain("\ud800\ue000") == "«U+D800»«U+E000»"


def test_lines_are_kept_where_lines_are_shown() -> None:
    assert plain("one\r\n\ttwo\x1b", lines=True) == "one\n    two␛"


def test_ordinary_writing_is_left_alone() -> None:
    for text in ("Drehbank 7, Süd", "Nguyễn", "שלום", "機械", "Ω ≤ 3 µm", "➜ │ █ ⣿"):
        assert plain(text) == text


def test_emoji_sequences_fall_apart_into_pictures_of_a_known_width() -> None:
    assert plain("⚠\ufe0f hot") == "⚠ hot"
    assert plain("👩\u200d🔧") == "👩🔧"
    assert plain("👍🏽") == "👍"
    assert plain("🇩🇪") == "DE"
    assert plain("1\ufe0f\u20e3") == "1\u20e3"


def test_a_selector_that_only_hides_a_difference_is_shown() -> None:
    assert plain("admin\ufe0f") == "admin«U+FE0F»"
    assert plain("⚠\ufe0f\ufe0f") == "⚠«U+FE0F»"
    assert plain("ad\u200dmin") == "ad«U+200D»min"


def test_marks_join_a_letter_and_never_the_neighbouring_cell() -> None:
    assert plain("e\u0301") == "é"
    assert plain("\u0301a") == "«U+0301»a"
    assert plain(" \u0301") == " «U+0301»"
    assert plain("x" + "\u0323" * 4) == "x\u0323\u0323\u0323«U+0323»"


def test_a_long_text_is_cut_by_cells() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde…"
    assert cut("機械七号", 6) == "機械…"
    assert cut("機械七号", 5) == "機械…"
    assert cut("x", 0) == ""
    assert fit("abc", 5) == "abc  "
    assert fit("abc", 5, right=True) == "  abc"


def test_content_reads_no_markup() -> None:
    assert content("[@click=app.quit]x[/foo]").plain == "[@click=app.quit]x[/foo]"
    assert content("[bold]x").spans == []


@given(any_text)
def test_an_unmarked_text_is_itself_when_it_is_read_as_markup(text: str) -> None:
    read = Content.from_markup(unmarked(text))
    assert read.plain == unmarked(text)
    assert read.spans == []


@given(any_text)
def test_no_text_at_all_keeps_a_character_that_acts(text: str) -> None:
    shown = plain(text)
    assert acting(shown) == []
    assert plain(shown) == shown


@given(any_text, st.integers(0, 30))
def test_a_fitted_text_has_exactly_its_cells(text: str, cells: int) -> None:
    assert cell_len(cut(text, cells)) <= cells
    assert cell_len(fit(text, cells)) == cells


@given(any_text)
def test_the_gate_stops_what_a_widget_let_through_and_keeps_the_width(text: str) -> None:
    (segment,) = Gate().apply([Segment(text, Style(bold=True))], Color(0, 0, 0))
    assert acting(segment.text) == []
    assert segment.cell_length == cell_len(text)


def test_the_gate_drops_control_segments() -> None:
    beep = Segment("\x07", None, [(ControlType.BELL,)])
    assert Gate().apply([beep, Segment("a")], Color(0, 0, 0)) == [Segment("a")]


def test_the_gate_drops_a_link_that_could_end_its_own_sequence() -> None:
    hostile = Segment("a", Style(link="http://x\x1b\\\x1b[2J"))
    honest = Segment("b", Style(link="http://shop.example/1"))
    first, second = Gate().apply([hostile, honest], Color(0, 0, 0))
    assert first.style is not None
    assert first.style.link is None
    assert second == honest
