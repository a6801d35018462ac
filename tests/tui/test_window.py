from array import array
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdb.tui.rows import Row
from shopdb.tui.window import ROWS_KEPT, Stretch, Vector, Window, reread
from tests.tui.sources import MadeUpRows

HEIGHT = 20

Make = Callable[[MadeUpRows], Window]


def settle(window: Window, first: int, direction: int = 1) -> int:
    """Read until nothing is wanted for a screen at `first`; by how much its rows moved."""
    moved = 0
    for _ in range(20):
        reading = window.wanted(first + moved, first + moved + HEIGHT, direction)
        if reading is None:
            return moved
        moved += window.take(reading, reading.read())
    raise AssertionError("reading does not end")


def seen(window: Window, first: int) -> list[int]:
    rows = [window.row(position) for position in range(first, min(first + HEIGHT, window.total))]
    return [row.id for row in rows if row is not None]


def vector(source: MadeUpRows) -> Vector:
    ids = source.ids()
    assert ids is not None
    return Vector(source, ids)


def stretch(source: MadeUpRows) -> Stretch:
    return Stretch(source, source.after(None, 100), total=source.count())


@pytest.mark.parametrize("make", [vector, stretch])
@given(st.lists(st.tuples(st.integers(0, 9_990), st.sampled_from([-1, 1])), max_size=12))
def test_wherever_one_jumps_the_rows_of_that_place_are_shown(make: Make, jumps: list[tuple[int, int]]) -> None:
    source = MadeUpRows(10_000)
    window = make(source)
    for first, direction in jumps:
        assert settle(window, first, direction) == 0
        assert seen(window, first) == list(source.order[first : first + HEIGHT])
        assert window.total == 10_000


@pytest.mark.parametrize("make", [vector, stretch])
def test_paging_reads_ahead_and_not_behind(make: Make) -> None:
    source = MadeUpRows(10_000)
    window = make(source)
    for page in range(30):
        settle(window, page * HEIGHT)
    assert window.row(31 * HEIGHT) is not None
    source.asked.clear()
    settle(window, 29 * HEIGHT)
    settle(window, 28 * HEIGHT)
    assert source.asked == []


def test_keyset_paging_never_counts_an_offset() -> None:
    source = MadeUpRows(10_000)
    window = stretch(source)
    for page in range(40):
        settle(window, page * HEIGHT)
    settle(window, 10_000 - HEIGHT)
    assert not any(question.startswith("jump") for question in source.asked)
    settle(window, 5_000)
    assert source.asked[-2].startswith("jump")


@pytest.mark.parametrize("make", [vector, stretch])
def test_memory_stays_small_however_far_one_pages(make: Make) -> None:
    source = MadeUpRows(20_000)
    window = make(source)
    for page in range(400):
        settle(window, page * HEIGHT)
    assert len(list(window.known)) <= ROWS_KEPT
    settle(window, 0)
    assert seen(window, 0) == list(source.order[:HEIGHT])


def test_the_end_of_a_list_that_became_shorter_shows_its_last_rows() -> None:
    source = MadeUpRows(1_000)
    window = stretch(source)
    source.order = source.order[:500]
    settle(window, 900)
    settle(window, window.total - HEIGHT)
    assert seen(window, window.total - HEIGHT) == list(range(481, 501))


def test_going_down_to_the_end_of_a_list_that_became_shorter_gives_its_exact_number() -> None:
    source = MadeUpRows(1_000)
    window = stretch(source)
    source.order = source.order[:150]
    for page in range(10):
        settle(window, page * HEIGHT)
    assert window.total == 150


def test_rows_added_above_a_stretch_are_reached_by_going_up() -> None:
    source = MadeUpRows(1_000)
    source.order = list(range(101, 1_001))
    window = stretch(source)
    settle(window, 300)
    source.order = list(range(1, 1_001))
    first = 300
    moved = 0
    while first > 0:
        moved = settle(window, first, -1)
        assert seen(window, first + moved)[0] >= 1
        first = max(first + moved - HEIGHT, 0)
    settle(window, 0, -1)
    assert seen(window, 0) == list(range(1, HEIGHT + 1))


def test_an_id_that_is_gone_stays_empty_and_is_not_asked_again() -> None:
    source = MadeUpRows(100)
    window = vector(source)
    source.order.remove(5)
    settle(window, 0)
    assert window.row(4) is None
    source.asked.clear()
    settle(window, 0)
    assert source.asked == []


@pytest.mark.parametrize("most_ids", [200_000, 0])
def test_reading_anew_finds_the_row_of_the_cursor_where_it_has_gone(most_ids: int) -> None:
    source = MadeUpRows(5_000, most_ids=most_ids)
    row = source.jump(3_000, 1)[0]
    source.order = list(range(11, 5_001))
    found = reread(source, [row], row, 3_000, HEIGHT)
    settle(found.window, found.position)
    at_cursor = found.window.row(found.position)
    assert at_cursor is not None
    assert at_cursor.id == row.id
    assert found.window.total == 4_990


@pytest.mark.parametrize("most_ids", [200_000, 0])
def test_reading_anew_near_the_top_gives_exact_positions(most_ids: int) -> None:
    source = MadeUpRows(5_000, most_ids=most_ids)
    row = source.jump(15, 1)[0]
    source.order = list(range(6, 5_001))
    assert reread(source, [], row, 15, HEIGHT).position == 10


@pytest.mark.parametrize("most_ids", [200_000, 0])
def test_a_cursor_whose_row_is_gone_stays_where_it_was(most_ids: int) -> None:
    source = MadeUpRows(100, most_ids=most_ids)
    row = source.jump(50, 1)[0]
    source.order.remove(row.id)
    found = reread(source, [], row, 50, HEIGHT)
    settle(found.window, 40)
    at_cursor = found.window.row(found.position)
    assert at_cursor is not None
    assert at_cursor.id == row.id + 1


@pytest.mark.parametrize("most_ids", [200_000, 0])
def test_a_list_that_became_empty_is_empty(most_ids: int) -> None:
    source = MadeUpRows(100, most_ids=most_ids)
    row = source.jump(50, 1)[0]
    source.order = []
    window = reread(source, [], row, 50, HEIGHT).window
    settle(window, 0)
    assert window.total == 0
    assert window.row(0) is None


def test_rows_known_from_before_are_shown_until_they_are_read_again() -> None:
    source = MadeUpRows(100)
    window = Vector(source, array("q", source.order), [Row(1, ("old",))])
    assert window.row(0) == Row(1, ("old",))
    settle(window, 0)
    row = window.row(0)
    assert row is not None
    assert row.cells[0] == "WS-0000001"
