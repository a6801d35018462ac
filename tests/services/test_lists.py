"""Taking a site's own lists in: what columns mean, what rows are, and what becomes of each."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shopdb.boot import Shop
from shopdb.exceptions import SchemeRefusedError, SheetRefusedError
from shopdb.services import records as use
from shopdb.services import undo
from shopdb.services.lists.kinds import UNKNOWN, kind_of
from shopdb.services.lists.scheme import Scheme, scheme_for
from shopdb.services.lists.sheet import Sheet, read_sheet
from shopdb.store import records
from tests.services.lists import ANA, listed, taken

MIXED = """\
Machine number,Name,Kind,Serial number,Location,Host
M-104,Haas VF-2,Machining Center,1122334,Bay 3,
M-105,Okuma LB,CNC Lathe,9988,Bay 3,WS-CELL4
,WS-CMM1,Industrial PC,5CG8841K,Metrology,
P-12,Label printer,Label printer,,Office,
"""
PC_BESIDE = (("Machine number", "asset_number"), ("Machine number", "computers.drives"), ("Host", "computers.name"))


@pytest.fixture
def mixed(shop: Shop) -> tuple[Sheet, Scheme]:
    sheet = read_sheet(MIXED.encode())
    return sheet, scheme_for(shop.catalog, sheet.headings, "mixed", by="Kind", mapped=PC_BESIDE)


def test_a_mixed_list_is_split_and_a_pc_in_a_machine_is_a_record_that_drives_it(
    shop: Shop, mixed: tuple[Sheet, Scheme]
) -> None:
    report, _ = taken(shop, *mixed)
    assert report.refused == ()
    assert report.counts == {("equipment", "new"): 2, ("computers", "new"): 2, ("printers", "new"): 1}
    assert report.added == {"locations": 3}
    (cell,) = listed(shop, "computers", "name:WS-CELL4")
    assert [ref.label for ref in cell.values["drives"]] == ["Okuma LB"]


def test_the_same_list_again_changes_nothing(shop: Shop, mixed: tuple[Sheet, Scheme]) -> None:
    taken(shop, *mixed)
    report, batch = taken(shop, *mixed)
    assert {fate for _, fate in report.counts} == {"same"}
    assert batch is None


def test_all_of_a_list_is_one_batch_that_can_be_taken_back(shop: Shop, mixed: tuple[Sheet, Scheme]) -> None:
    before = len(listed(shop, "assets"))
    _, batch = taken(shop, *mixed)
    assert batch is not None
    shop.write(ANA, lambda session: undo.undo(session, batch))
    assert len(listed(shop, "assets")) == before
    assert not listed(shop, "locations", "name:Metrology")


def test_what_is_here_is_changed_and_a_blank_cell_clears_nothing(shop: Shop) -> None:
    machine = {"asset_number": "M-1", "name": "Old", "notes": "keep"}
    shop.write(ANA, lambda session: use.create(session, shop.catalog["equipment"], machine))
    sheet = read_sheet(b"Machine number;Name;Notes;Controller\nM-1;New;;Fanuc 31i\n")
    report, _ = taken(shop, sheet, scheme_for(shop.catalog, sheet.headings, "equipment"))
    assert report.counts == {("equipment", "changed"): 1}
    (found,) = listed(shop, "equipment", "asset_number=M-1")
    assert (found.values["name"], found.values["controller"]) == ("New", "Fanuc 31i")
    with shop.reading() as session:
        assert records.get(session, shop.catalog["equipment"], found.id).values["notes"] == "keep"


def test_a_refused_row_says_all_that_is_wrong_and_hinders_no_other(shop: Shop) -> None:
    rows = ("Number,Name,Purchased on,Warranty until,Location", "A-1,Good,2024-01-02,,", "A-2,Bad,soon,later,")
    sheet = read_sheet("\n".join([*rows, "A-3,Lost,,,Nowhere"]).encode())
    report, _ = taken(shop, sheet, scheme_for(shop.catalog, sheet.headings, "assets"), adding=False)
    assert [(row.row.line, len(row.problems)) for row in report.refused] == [(3, 2), (4, 1)]
    assert "Purchased on" in report.refused[0].problems[0]
    assert "there is no location Nowhere" in report.refused[1].problems[0]
    assert [one.values["name"] for one in listed(shop, "assets", "asset_number:A-")] == ["Good"]


def test_a_place_that_only_a_refused_row_needs_is_not_made(shop: Shop) -> None:
    sheet = read_sheet(b"Number,Name,Purchased on,Location\nA-2,Bad,soon,Attic\nA-3,,,Cellar\n")
    report, _ = taken(shop, sheet, scheme_for(shop.catalog, sheet.headings, "assets"))
    assert len(report.refused) == 2
    assert report.added == {}
    assert not listed(shop, "locations", "name:Cellar")


def test_two_rows_for_one_record_are_not_both_right(shop: Shop) -> None:
    sheet = read_sheet(b"Number,Name\nA-1,One\na-1,Other\n")
    report, _ = taken(shop, sheet, scheme_for(shop.catalog, sheet.headings, "assets"))
    assert report.refused[0].problems == ("Number: row 2 has it already",)


def test_a_kind_that_nobody_knows_is_asked_for(shop: Shop) -> None:
    sheet = read_sheet(b"Name,Kind\nX,gizmo\nY,\n")
    report, _ = taken(shop, sheet, scheme_for(shop.catalog, sheet.headings, "mixed", by="Kind"))
    assert [len(row.problems) for row in report.refused] == [1, 1]
    assert "--kind 'gizmo'=RESOURCE" in report.refused[0].problems[0]
    scheme = scheme_for(shop.catalog, sheet.headings, "mixed", by="Kind", kinds={"Gizmo": "equipment"})
    assert taken(shop, sheet, scheme)[0].counts == {("equipment", "new"): 1}


def test_a_type_of_this_shop_says_what_a_row_is(shop: Shop) -> None:
    made = {"name": "Kiosk", "resource": "computers"}
    shop.write(ANA, lambda session: use.create(session, shop.catalog["asset_types"], made))
    sheet = read_sheet(b"Name,Kind\nEntrance,kiosk\n")
    scheme = scheme_for(shop.catalog, sheet.headings, "mixed", by="Kind")
    assert taken(shop, sheet, scheme)[0].counts == {("computers", "new"): 1}


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_what_does_not_fit_a_list_is_told_at_once(shop: Shop) -> None:
    with pytest.raises(SchemeRefusedError) as refused:
        scheme_for(
            shop.catalog,
            ("Name",),
            "mixed",
            mapped=(("Nmae", "name"), ("Name", "colour")),
            kinds={"x": "gizmos"},
            key="uuid",
        )
    assert len(refused.value.problems) == 5


def test_the_longest_word_wins_and_a_tie_is_not_decided() -> None:
    words = {"printer": "printers", "label printer": "printers", "machine": "equipment", "pc": "computers"}
    assert kind_of("Zebra label printers", words, {}) == "printers"
    assert kind_of("PC", words, {}) == "computers"
    assert kind_of("upcoming", words, {}) == UNKNOWN
    assert kind_of("machine printer", words, {}) == UNKNOWN
    assert kind_of("machine printer", words, {"machine printer": "equipment"}) == "equipment"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "empty"),
        (b"a,a\n1,2\n", "two columns"),
        (b"a,\n1,2\n", "no heading"),
        (b"a,b\n1,2,3\n", "3 cells"),
        (b"a\n\xff\n", "cp1252"),
        (b'a,b\n"1,2\n', "not a CSV"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_the_reason(raw: bytes, told: str) -> None:
    with pytest.raises(SheetRefusedError, match=told):
        read_sheet(raw)


@given(some.binary(max_size=400))
def test_whatever_a_file_holds_it_is_a_list_or_refused(raw: bytes) -> None:
    try:
        sheet = read_sheet(raw)
    except SheetRefusedError:
        return
    assert all(set(row.cells) == set(sheet.headings) for row in sheet.rows)
