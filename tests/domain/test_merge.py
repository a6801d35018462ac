from hypothesis import given
from hypothesis import strategies as st

from shopdb.domain.kinds import Ref
from shopdb.domain.merge import Clash, merge

VALUES = st.none() | st.integers(1, 2) | st.sampled_from(["", "a", "b"])
RECORDS = st.fixed_dictionaries({"name": VALUES, "notes": VALUES, "uses": VALUES})


def test_what_only_i_changed_is_saved_and_what_only_they_changed_stays() -> None:
    base = {"name": "old", "notes": "old", "uses": 1}
    merged = merge(base, {"name": "mine", "notes": "old", "uses": 1}, {"name": "old", "notes": "theirs", "uses": 1})
    assert merged.values == {"name": "mine"}
    assert merged.clashes == {}


def test_two_different_changes_of_one_field_ask_a_person() -> None:
    merged = merge({"name": "old"}, {"name": "mine"}, {"name": "theirs"})
    assert merged.values == {}
    assert merged.clashes == {"name": Clash("old", "mine", "theirs")}


def test_the_same_change_on_both_sides_is_no_clash() -> None:
    merged = merge({"name": "old"}, {"name": "new"}, {"name": "new"})
    assert (merged.values, merged.clashes) == ({}, {})


def test_a_field_that_i_did_not_open_with_the_record_is_asked_about_rather_than_dropped() -> None:
    merged = merge({}, {"notes": None}, {"notes": "theirs"})
    assert merged.clashes == {"notes": Clash(None, None, "theirs")}


def test_a_link_is_the_record_it_leads_to_and_not_what_that_is_called() -> None:
    base = {"location": Ref(3, "Bay 3"), "tags": (Ref(1, "a"), Ref(2, "b"))}
    theirs = {"location": Ref(3, "Hall 3"), "tags": (Ref(2, "B"), Ref(1, "a"))}
    merged = merge(base, {"location": Ref(4, "Bay 4"), "tags": (Ref(1, "a"),)}, theirs)
    assert merged.values == {"location": Ref(4, "Bay 4"), "tags": (Ref(1, "a"),)}
    assert merged.clashes == {}
    assert merge(base, base, theirs).values == {}


@given(RECORDS, RECORDS, RECORDS)
def test_nothing_is_lost_without_a_question(
    base: dict[str, object], mine: dict[str, object], theirs: dict[str, object]
) -> None:
    merged = merge(base, mine, theirs)
    saved = {**theirs, **merged.values}
    for name, before in base.items():
        if name in merged.clashes:
            assert not {before or None} & {mine[name] or None, theirs[name] or None}
        elif (mine[name] or None) != (before or None):
            assert saved[name] == mine[name] or (mine[name] or None) == (theirs[name] or None)
        else:
            assert saved[name] == theirs[name]
