from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shopdb.keeping.rotation import file_name, forget_drafts, kept_in, rotate, spare

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
MARK = "0123abcd"
OTHER = "ffff0000"
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 as it asks


def days_ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


def test_of_one_backup_a_day_for_three_years_the_rules_keep_some_twenty() -> None:
    there: set[datetime] = set()
    now = days_ago(3 * 365)
    while now <= NOON:
        there.add(now)
        there -= set(spare(there, now))
        now += timedelta(days=1)
    ages = sorted((NOON - moment).days for moment in there)
    assert ages[:7] == list(range(7))
    assert len({moment.isocalendar()[:2] for moment in there if NOON - moment < timedelta(days=28)}) >= 4
    assert len({(moment.year, moment.month) for moment in there}) == 12
    assert len(there) <= 7 + 4 + 12
    assert 330 <= ages[-1] <= 366


def test_every_backup_of_the_last_two_days_is_kept() -> None:
    hourly = [NOON - timedelta(hours=hours) for hours in range(72)]
    kept = set(hourly) - set(spare(hourly, NOON))
    assert {moment for moment in hourly if NOON - moment < timedelta(days=2)} <= kept
    assert len(kept) <= 48 + 2


def test_a_site_that_made_none_for_a_year_loses_none_to_its_age() -> None:
    old = [days_ago(400 + day) for day in range(5)]
    assert spare([*old, NOON], NOON) == ()


@given(st.sets(MOMENTS, min_size=1), MOMENTS)
def test_the_newest_is_kept_whatever_the_clock_says(moments: set[datetime], now: datetime) -> None:
    unneeded = spare(moments, now)
    assert max(moments) not in unneeded
    assert set(unneeded) <= moments
    assert spare(moments - set(unneeded), now) == ()


def test_only_this_site_s_backups_are_removed(tmp_path: Path) -> None:
    mine = [tmp_path / file_name("shop", MARK, days_ago(day), encrypted=day % 2 == 0) for day in range(100)]
    foreign = [
        *(tmp_path / file_name("shop", OTHER, days_ago(day), encrypted=False) for day in range(100)),
        tmp_path / f"shop-{MARK}-20200101T000000Z.zip",
        tmp_path / f"shop-{MARK}-20209901T000000.000000Z.zip",
        tmp_path / f"copy of {file_name('shop', MARK, days_ago(50), encrypted=False)}",
        tmp_path / f"{file_name('shop', MARK, days_ago(51), encrypted=False)}.txt",
        tmp_path / "notes.zip",
    ]
    for path in (*mine, *foreign):
        path.write_bytes(b"x")
    elsewhere = tmp_path / file_name("linked", MARK, days_ago(60.5), encrypted=False)
    elsewhere.symlink_to(mine[0])
    (tmp_path / file_name("folder", MARK, days_ago(61.5), encrypted=False)).mkdir()
    before = set(tmp_path.iterdir())
    gone = rotate(tmp_path, MARK, NOON)
    assert gone
    assert set(gone) <= set(mine)
    assert before - set(tmp_path.iterdir()) == set(gone)
    assert mine[0].exists()
    assert {one.path for one in kept_in(tmp_path, MARK)} == set(mine) - set(gone)


def test_a_renamed_site_still_rotates_what_it_made_before(tmp_path: Path) -> None:
    for day in range(30):
        (tmp_path / file_name("before" if day > 3 else "after", MARK, days_ago(day), encrypted=False)).touch()
    assert all(path.name.startswith("before") for path in rotate(tmp_path, MARK, NOON))
    assert len(kept_in(tmp_path, MARK)) < 30


def test_drafts_of_this_site_s_killed_backups_are_removed(tmp_path: Path) -> None:
    name = file_name("shop", MARK, NOON, encrypted=False)
    mine = tmp_path / f".{name}.a1b2c3d4.draft"
    others = [
        tmp_path / f".{file_name('shop', OTHER, NOON, encrypted=False)}.a1b2c3d4.draft",
        tmp_path / f".my-{MARK}-letter.draft",
        tmp_path / f"{name}.draft",
        tmp_path / name,
    ]
    for path in (mine, *others):
        path.touch()
    forget_drafts(tmp_path, MARK)
    assert set(tmp_path.iterdir()) == set(others)


def test_a_folder_that_is_not_there_has_no_backups(tmp_path: Path) -> None:
    assert kept_in(tmp_path / "none") == ()
    assert rotate(tmp_path / "none", MARK, NOON) == ()
    forget_drafts(tmp_path / "none", MARK)
