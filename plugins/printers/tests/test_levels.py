import pytest

from plugins.printers.levels import shown


@pytest.mark.parametrize(
    ("level", "capacity", "told"),
    [
        (-1, 100, "no limit"),
        (-2, 100, "unknown"),
        (-3, 100, "some left"),
        (-3, -2, "some left"),
        (-3, None, "some left"),
        (-7, 100, "unknown (-7)"),
    ],
)
def test_a_level_below_zero_is_a_word_and_never_a_share(level: int, capacity: int | None, told: str) -> None:
    assert shown(level, capacity) == told


@pytest.mark.parametrize(
    ("level", "capacity", "told"),
    [
        (42, 100, "42 %"),
        (1799, 2500, "71 %"),
        (2500, 2500, "100 %"),
        (1, 2500, "under 1 %"),
        (0, 2500, "empty"),
        (0, -2, "empty"),
    ],
)
def test_two_amounts_make_a_share(level: int, capacity: int, told: str) -> None:
    assert shown(level, capacity) == told


@pytest.mark.parametrize("capacity", [None, -1, -2, 0])
def test_an_amount_of_an_unknown_whole_stays_an_amount(capacity: int | None) -> None:
    assert shown(1200, capacity, "impressions") == "1200 impressions"
    assert shown(1200, capacity) == "1200 left"


def test_what_was_not_read_is_not_blank() -> None:
    assert shown(None, 100) == "not reported"
