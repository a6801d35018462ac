import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM
from shopdb.domain.kinds import Ref
from shopdb.services import records
from shopdb.store import changes
from shopdb.store.models import Tag
from shopdb.store.schema import table_of
from tests.cli.conftest import Command
from tests.tui.hostile import HOSTILE

KEPT = {name: text for name, text in HOSTILE.items() if name not in ("nul", "surrogate", "tower", "long", "long wide")}


@pytest.fixture
def three(shop: Shop) -> Sequence[int]:
    """Two assets in a hall and one nowhere."""

    def make(session: Any) -> list[int]:
        hall = records.create(session, shop.catalog["locations"], {"name": "Hall 1"})
        assets = shop.catalog["assets"]
        named = [("Mill", Ref(hall.id)), ("Lathe", Ref(hall.id)), ("Drill", None)]
        return [records.create(session, assets, {"name": name, "location": place}).id for name, place in named]

    return shop.write(SYSTEM, make)


def test_a_table_shows_listed_fields_under_their_labels(shopdb: Command, three: Sequence[int]) -> None:
    lines = shopdb("q", "assets").stdout.splitlines()
    assert lines[0].split()[:3] == ["id", "Number", "Name"]
    assert [line.split()[2] for line in lines[1:]] == ["Drill", "Lathe", "Mill"]


def test_json_is_a_list_of_objects_with_decoded_values(shopdb: Command, three: Sequence[int]) -> None:
    found = json.loads(shopdb("q", "assets", "--json", "--sort", "-name").stdout)
    assert [one["label"] for one in found] == ["Mill", "Lathe", "Drill"]
    assert found[0]["id"] == three[0]
    assert found[0]["version"] == 1
    assert found[0]["location"]["label"] == "Hall 1"
    assert found[2]["location"] is None


def test_csv_holds_the_same_fields_by_name(shopdb: Command, three: Sequence[int]) -> None:
    rows = list(csv.DictReader(io.StringIO(shopdb("q", "assets", "location:hall", "--csv").stdout)))
    assert [(row["id"], row["name"], row["location"]) for row in rows] == [
        (str(three[1]), "Lathe", "Hall 1"),
        (str(three[0]), "Mill", "Hall 1"),
    ]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("location:none",), ["Drill"]),
        (("--", "-location:none"), ["Lathe", "Mill"]),
        (("lat",), ["Lathe"]),
        (("name=Nothing",), []),
        (("--limit", "2"), ["Drill", "Lathe"]),
    ],
)
def test_the_filter_bar_s_language_filters(
    shopdb: Command, three: Sequence[int], arguments: tuple[str, ...], names: list[str]
) -> None:
    found = json.loads(shopdb("q", "--json", "assets", *arguments).stdout)
    assert [one["name"] for one in found] == names


def test_long_lists_come_whole_page_by_page(shopdb: Command, shop: Shop) -> None:
    tags = [f"tag {number:04}" for number in range(1002)]
    shop.write(
        SYSTEM,
        lambda session: [changes.insert_rows(session, table_of(Tag), [{"name": name}]) for name in tags],
    )
    assert [one["name"] for one in json.loads(shopdb("q", "tags", "--json").stdout)] == tags
    assert len(json.loads(shopdb("q", "tags", "--json", "--limit", "1001").stdout)) == 1001


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("asets",), "try assets"),
        (("assets", "colour:red"), "cannot be filtered by colour"),
        (("assets", 'name:"open'), "quotation mark"),
        (("assets", "--sort", "colour"), "cannot be sorted by colour"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(shopdb: Command, arguments: tuple[str, ...], hint: str) -> None:
    refused = shopdb("q", *arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert hint in refused.stderr


@pytest.mark.parametrize(
    "arguments", [(), ("assets", "--limit", "0"), ("assets", "a", "b"), ("assets", "--jsn"), ("assets", "\udcff")]
)
def test_wrong_usage_is_exit_2(shopdb: Command, arguments: tuple[str, ...]) -> None:
    assert shopdb("q", *arguments).exit_code == 2


def test_hostile_names_come_out_harmless_in_every_form(shopdb: Command, shop: Shop) -> None:
    assets = shop.catalog["assets"]
    names = [*KEPT.values(), "=cmd|' /C calc'!A0", "@SUM(1+1)", "x" * 160, 'a,b;"c"\r\nd']
    made = shop.write(
        SYSTEM, lambda session: [records.create(session, assets, {"name": f"{name} "}).values["name"] for name in names]
    )
    table, as_json, as_csv = (shopdb("q", "assets", *form).stdout for form in ((), ("--json",), ("--csv",)))
    for printed in (table, as_json, as_csv):
        acting = {one for one in printed if ord(one) < 32 or 0x7F <= ord(one) < 0xA0 or one in "\u202e\u202d\u2066"}
        assert acting <= {"\n", "\t"}
    assert len(table.splitlines()) == 1 + len(names)
    assert sorted(one["name"] for one in json.loads(as_json)) == sorted(made)
    rows = list(csv.DictReader(io.StringIO(as_csv, newline="")))
    assert len(rows) == len(names)
    assert not [row["name"] for row in rows if row["name"].startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_what_a_plugin_keeps_is_listed_with_fields_that_its_list_does_not_show(shopdb: Command, shop: Shop) -> None:
    computers = shop.catalog["computers"]
    values = {"name": "WS-1", "notes": "beside the mill"}
    shop.write(SYSTEM, lambda session: records.create(session, computers, values))
    rows = list(csv.DictReader(io.StringIO(shopdb("plugin", "data", "computers", "computers", "--csv").stdout)))
    assert "notes" not in {field.name for field in computers.listed_fields}
    assert [(row["name"], row["notes"]) for row in rows] == [("WS-1", "beside the mill")]
