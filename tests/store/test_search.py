"""The global search and the words of a list: what is found, by what, and that entries stay true."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.kinds import Ref
from shopdb.services import records as service
from shopdb.services.undo import undo
from shopdb.store import indexing
from shopdb.store.models import SearchEntry
from shopdb.store.search import LONGEST_TEXT, Hit, hits, normal, trigrams
from shopdb.store.session import settle
from tests.gauges import ADA, GAUGES, change, create, remove


def find(shop: Shop, words: str, **wanted: object) -> list[Hit]:
    with shop.reading() as session:
        return hits(session, words, **wanted)  # type: ignore[arg-type]


def titles(shop: Shop, words: str) -> list[str]:
    return [hit.title for hit in find(shop, words)]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("WS-CMM1", "wscmm1"),
        ("Größe Nr. 5", "grossenr5"),
        ("Café\u0301", "cafe"),
        ("ﬁx ²", "fix2"),
        ("İstanbul", "istanbul"),
        ("工具 工", "工具工"),
        ("🙂 - +", ""),
    ],
)
def test_text_is_compared_without_case_accents_and_punctuation(text: str, form: str) -> None:
    assert normal(text) == form


@given(st.text())
def test_a_normal_form_is_normal(text: str) -> None:
    assert normal(normal(text)) == normal(text)
    assert all(word.isalnum() for word in trigrams(normal(text)).split())


def test_a_record_is_found_by_any_piece_of_what_it_is_called(gauge_shop: Shop) -> None:
    vendor = create(gauge_shop, "vendors", name="Mitutoyo Müller")
    kim = create(gauge_shop, "people", name="Kim O'Hara", badge="B-77")
    gauge = create(
        gauge_shop,
        "gauges",
        name="Dial the www 3000-X",
        serial_number="SN/00-4711",
        maker=Ref(vendor.id),
        keepers=(Ref(kim.id),),
        notes="kept in the drawer; " + "long " * 200,
    )
    create(gauge_shop, "gauge_readings", gauge=Ref(gauge.id), name="Zero point", value=12345)
    for words in (
        "dial", "DIAL", "ial", "the", "www", "3000x", "3000-x", "sn004711", "SN/00", "4711", "mitu", "muller", "MÜLLER",
        "o'hara", "ohara", "zero", "12345", "drawer", "dial mitu", "ohara 4711 zero", "dial th", "di",
        gauge.values["asset_number"],
    ):  # fmt: skip
        assert gauge.id in [hit.id for hit in find(gauge_shop, words) if hit.resource == "gauges"], words
    for words in ("dialx", "dial nothing", "ia", "ww", "4711x"):
        assert gauge.id not in [hit.id for hit in find(gauge_shop, words) if hit.resource == "gauges"], words


def test_exact_keys_come_first_then_names(gauge_shop: Shop) -> None:
    for number in range(60):
        create(gauge_shop, "assets", name=f"Press {number:02}", notes="next to CMM-1")
    keyed = create(gauge_shop, "assets", name="Unlikely", serial_number="CMM-1")
    named = create(gauge_shop, "assets", name="CMM 1")
    begun = create(gauge_shop, "assets", name="CMM-10")
    assert [hit.id for hit in find(gauge_shop, "cmm-1", limit=4)[:3]] == [keyed.id, named.id, begun.id]
    assert len(find(gauge_shop, "cmm-1", limit=4)) == 4


def test_only_what_may_be_seen_is_found(gauge_shop: Shop) -> None:
    create(gauge_shop, "gauges", name="Secret dial")
    create(gauge_shop, "vendors", name="Dial & Sons")
    assert [hit.resource for hit in find(gauge_shop, "dial", resources=["vendors"])] == ["vendors"]
    assert find(gauge_shop, "dial", resources=[]) == []


PIECES = {
    "🙂 tools 🛠": "TOOLS",
    "工具箱": "工具箱",
    "Ключ на 17": "люч",
    "مفتاح": "فتا",
    "𐍈𐍉𐍊𐍂 gothic": "𐍉𐍊𐍂",
    "ประแจ": "ระแ",
    "\U0001d401\U0001d428\U0001d425\U0001d42d": "bolt",
}


def test_any_alphabet_is_found(gauge_shop: Shop) -> None:
    made = {name: create(gauge_shop, "assets", name=name).id for name in PIECES}
    for name, piece in PIECES.items():
        for words in (name, name.upper(), piece):
            assert [hit.id for hit in find(gauge_shop, words)] == [made[name]], words


def test_no_words_break_the_search(gauge_shop: Shop) -> None:
    create(gauge_shop, "assets", name="Dial (new) +x -y ~z <a> @b")

    @settings(max_examples=150)
    @given(st.text(alphabet="\"*()+-<>~@^:\\%_';#abDIAL \0\n", max_size=25) | st.text(max_size=25))
    def check(words: str) -> None:
        assert len(find(gauge_shop, words)) <= 1

    check()
    for words in ('"*()+-<>~@ dial', "dial OR x", "NEAR(dial)", "title:dial", "dial*", "-dial", "+dia", "x" * 100_000):
        find(gauge_shop, words)
    assert titles(gauge_shop, '(new) "+x') == ["Dial (new) +x -y ~z <a> @b"]


def test_entries_follow_the_names_of_what_they_quote(gauge_shop: Shop) -> None:
    location = create(gauge_shop, "locations", name="Hall one")
    vendor = create(gauge_shop, "vendors", name="Acme")
    model = create(gauge_shop, "models", name="M-1", vendor=Ref(vendor.id))
    tag, kim = create(gauge_shop, "tags", name="laboratory"), create(gauge_shop, "people", name="Kim")
    gauge = create(
        gauge_shop, "gauges", name="Dial", location=Ref(location.id), model=Ref(model.id), maker=Ref(vendor.id),
        tags=(Ref(tag.id),), keepers=(Ref(kim.id),),
    )  # fmt: skip
    part = create(gauge_shop, "assets", name="Needle")
    change(gauge_shop, gauge, parts=(Ref(part.id),))
    for record, new in (
        (location, "Bay seven"),
        (vendor, "Zettmeyer"),
        (model, "Quantum"),
        (tag, "workshop"),
        (kim, "Leonora"),
        (part, "Pointer"),
    ):
        change(gauge_shop, record, name=new)
        assert "Dial" in titles(gauge_shop, new), new
        assert "Dial" not in titles(gauge_shop, record.label), record.label


def test_entries_follow_links_and_children(gauge_shop: Shop) -> None:
    tag, part = create(gauge_shop, "tags", name="laboratory"), create(gauge_shop, "assets", name="Needle")
    dial, ring = create(gauge_shop, "gauges", name="Dial"), create(gauge_shop, "gauges", name="Ring")
    reading = create(gauge_shop, "gauge_readings", gauge=Ref(dial.id), name="Zero point", value=1)
    change(gauge_shop, dial, tags=(Ref(tag.id),), parts=(Ref(part.id),))
    for words in ("laboratory", "needle", "zero"):
        assert "Dial" in titles(gauge_shop, words), words
    change(gauge_shop, reading, name="Full scale")
    assert (titles(gauge_shop, "zero"), titles(gauge_shop, "scale")) == ([], ["Dial"])
    change(gauge_shop, reading, gauge=Ref(ring.id))
    assert titles(gauge_shop, "scale") == ["Ring"]
    change(gauge_shop, dial, tags=(), parts=())
    assert "Dial" not in titles(gauge_shop, "laboratory") + titles(gauge_shop, "needle")
    remove(gauge_shop, reading)
    assert titles(gauge_shop, "scale") == []
    # The same tie from its other end: the part says what it is part of.
    tie = create(gauge_shop, "asset_relationships", source=Ref(part.id), type=Ref(None, "part of"), target=Ref(ring.id))
    assert "Ring" in titles(gauge_shop, "needle")
    remove(gauge_shop, tie)
    assert "Ring" not in titles(gauge_shop, "needle")


def test_what_is_deleted_is_found_no_more_and_undo_brings_it_back(gauge_shop: Shop) -> None:
    tag = create(gauge_shop, "tags", name="laboratory")
    dial = create(gauge_shop, "gauges", name="Dial", tags=(Ref(tag.id),))
    create(gauge_shop, "gauge_readings", gauge=Ref(dial.id), name="Zero point", value=1)

    batch_id = remove(gauge_shop, dial)
    assert titles(gauge_shop, "dial") == titles(gauge_shop, "zero") == []
    gauge_shop.write(ADA, lambda session: undo(session, batch_id))
    assert titles(gauge_shop, "dial") == titles(gauge_shop, "zero") == ["Dial"]
    assert "Dial" in titles(gauge_shop, "laboratory")


def test_a_tag_that_goes_takes_its_word_along(gauge_shop: Shop) -> None:
    tag = create(gauge_shop, "tags", name="laboratory")
    create(gauge_shop, "gauges", name="Dial", tags=(Ref(tag.id),))
    remove(gauge_shop, tag)
    assert titles(gauge_shop, "laboratory") == []
    assert titles(gauge_shop, "dial") == ["Dial"]


def test_what_is_taken_back_was_never_found(gauge_shop: Shop) -> None:
    dial = create(gauge_shop, "gauges", name="Dial")

    class TakenBackError(Exception):
        pass

    def rename(session: Session) -> None:
        service.change(session, GAUGES, dial.id, {"name": "Ring"})
        settle(session)
        raise TakenBackError

    with pytest.raises(TakenBackError):
        gauge_shop.write(ADA, rename)
    assert (titles(gauge_shop, "dial"), titles(gauge_shop, "ring")) == (["Dial"], [])


def test_each_record_has_one_entry_whatever_happens_to_it_in_one_batch(gauge_shop: Shop) -> None:
    def work(session: Session) -> None:
        gauge = service.create(session, GAUGES, {"name": "First"})
        settle(session)
        service.change(session, GAUGES, gauge.id, {"name": "Second"})
        settle(session)
        other = service.create(session, GAUGES, {"name": "Third"})
        service.change(session, GAUGES, other.id, {"name": "Fourth"})
        service.remove(session, GAUGES, gauge.id)
        service.create(session, GAUGES, {"name": "Fifth"})

    gauge_shop.write(ADA, work)
    found = sorted(titles(gauge_shop, "first") + titles(gauge_shop, "third") + titles(gauge_shop, "second"))
    assert found == []
    assert titles(gauge_shop, "fourth") + titles(gauge_shop, "fifth") == ["Fourth", "Fifth"]


def test_indexing_everything_again_changes_nothing(gauge_shop: Shop) -> None:
    dial = create(gauge_shop, "gauges", name="Dial", notes="x" * LONGEST_TEXT)
    create(gauge_shop, "gauge_readings", gauge=Ref(dial.id), name="Zero point", value=1)
    create(gauge_shop, "people", name="Kim")
    columns = [SearchEntry.root, SearchEntry.record_id, SearchEntry.resource, SearchEntry.text, SearchEntry.keys]
    everything = select(*columns).order_by(SearchEntry.root, SearchEntry.record_id)
    with gauge_shop.reading() as session:
        before = session.execute(everything).all()
    count = gauge_shop.write(ADA, indexing.reindex_all)
    with gauge_shop.reading() as session:
        assert session.execute(everything).all() == before
        assert session.scalar(select(func.count()).select_from(SearchEntry)) == count
    assert titles(gauge_shop, "dial") == ["Dial"]
