import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from shopdb.tui.rows import Column, Row
from shopdb.tui.widgets.columns import Columns, Sort

columns = st.lists(
    st.builds(Column, st.text("abc", min_size=1), st.text("機ab", max_size=12), st.integers(0, 40), st.booleans()),
    min_size=1,
    max_size=8,
)


@given(columns, st.integers(0, 130), st.lists(st.sampled_from([-1, 1, 2]), max_size=6), st.text(max_size=20))
def test_every_line_is_exactly_as_wide_as_the_list(shown: list[Column], width: int, pans: list[int], text: str) -> None:
    layout = Columns(shown)
    layout.resize(width)
    row = Row(1, (text,) * len(shown))
    layout.measure([row])
    for step in [0, *pans]:
        layout.pan(step)
        assert cell_len(layout.header(Sort(shown[0].name))) == width
        assert cell_len(layout.line(row, at_cursor=True, marked=True)) == width
        assert cell_len(layout.line(None, at_cursor=False, marked=False)) == width


@given(columns, st.integers(12, 130))
@example([Column("a", "aaa"), Column("a", "aaaaa"), Column("a", "")], 12)
def test_every_column_can_be_reached_by_panning(shown: list[Column], width: int) -> None:
    layout = Columns(shown)
    layout.resize(width)
    for _ in shown:
        layout.pan(1)
    assert any(layout.column_at(x) is shown[-1] for x in range(width))


def laid_out(width: int) -> Columns:
    layout = Columns([Column("a", "Name", 8), Column("b", "Serial", 8), Column("c", "Seen", 6, right=True)])
    layout.resize(width)
    return layout


def test_numbers_stay_under_their_heading_however_wide_the_list_is() -> None:
    layout = laid_out(60)
    assert layout.header(None).rstrip() == "  Name     Serial     Seen"
    assert layout.line(Row(1, ("x", "y", "9 d")), at_cursor=True, marked=False).rstrip() == "> x        y           9 d"


def test_what_does_not_fit_is_told_beside_the_headings_and_not_over_them() -> None:
    assert laid_out(26).header(None) == "  Name     Serial     Seen"
    assert laid_out(25).header(None).endswith(" Seen»")
    assert laid_out(21).header(None) == "  Name     Serial   »"


@pytest.mark.parametrize("width", [0, 1, 2, 3, 5])
def test_a_list_without_room_is_still_drawn(width: int) -> None:
    assert cell_len(laid_out(width).header(None)) == width
