import json
from decimal import Decimal
from typing import Any

import pytest

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Ref
from shopdb.services import records
from tests.cli.conftest import Command

ADA = Origin("ada", "terminal", label="edit")


def create(shop: Shop, resource: str, **values: Any) -> int:
    return shop.write(ADA, lambda session: records.create(session, shop.catalog[resource], values)).id


def change(shop: Shop, resource: str, record_id: int, **values: Any) -> None:
    shop.write(ADA, lambda session: records.change(session, shop.catalog[resource], record_id, values))


def test_show_tells_every_field_and_where_an_asset_stands(shopdb: Command, shop: Shop) -> None:
    plan = create(shop, "floor_plans", name="Ground floor", width=100, height=50)
    hall = create(shop, "locations", name="Hall 1", floor_plan=Ref(plan), mapx=Decimal(10), mapy=Decimal(20))
    computer = create(shop, "computers", name="WS-1", location=Ref(hall), kind="cmm")
    shown = json.loads(shopdb("show", "computers", str(computer), "--json").stdout)
    assert (shown["id"], shown["label"], shown["kind"]) == (computer, "WS-1", "cmm")
    assert set(shown) == {"id", "version", "label", "position", *shop.catalog["computers"].fields_by_name}
    place = {"x": 10.0, "y": 20.0, "floor_plan": "Ground floor", "source": "via location Hall 1"}
    assert shown["position"] == place
    text = shopdb("show", "computers", str(computer)).stdout
    assert "10, 20 on Ground floor (via location Hall 1)" in text


def test_an_asset_that_stands_nowhere_has_no_position_and_a_person_none_at_all(shopdb: Command, shop: Shop) -> None:
    asset, person = create(shop, "assets", name="WS-1"), create(shop, "people", name="Ada")
    assert json.loads(shopdb("show", "assets", str(asset), "--json").stdout)["position"] is None
    assert "position" not in json.loads(shopdb("show", "people", str(person), "--json").stdout)


@pytest.mark.parametrize("key", ["WS-1", "ws-1", "M-100"])
def test_a_record_is_found_by_number_or_name_in_any_case(shopdb: Command, shop: Shop, key: str) -> None:
    asset = create(shop, "assets", name="WS-1", asset_number="M-100")
    assert json.loads(shopdb("show", "assets", key, "--json").stdout)["id"] == asset
    assert [one["action"] for one in json.loads(shopdb("history", "assets", key, "--json").stdout)] == ["create"]


@pytest.mark.parametrize("command", ["show", "history"])
@pytest.mark.parametrize("key", ["999999", "9" * 30, "9" * 5000, "twice", "-1", "", "WS%"])
def test_what_is_not_one_record_is_refused(shopdb: Command, shop: Shop, command: str, key: str) -> None:
    for _ in range(2):
        create(shop, "assets", name="twice")
    refused = shopdb(command, "assets", "--", key)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "There is no assets record" in refused.stderr


def test_history_tells_who_changed_what_newest_first(shopdb: Command, shop: Shop) -> None:
    asset = create(shop, "assets", name="WS-1")
    change(shop, "assets", asset, name="WS-2")
    newest, oldest = json.loads(shopdb("history", "assets", str(asset), "--json").stdout)
    assert (newest["action"], newest["actor"], newest["door"]) == ("update", "ada", "terminal")
    assert newest["rows"][0]["fields"] == [{"name": "name", "label": "Name", "before": "WS-1", "after": "WS-2"}]
    assert oldest["action"] == "create"
    text = shopdb("history", "assets", str(asset), "--limit", "1").stdout.splitlines()
    assert text[0].endswith(f"batch {newest['batch_id']}  ada (terminal), edit")
    assert text[1:] == ["  update", "    Name: WS-1 -> WS-2"]


def test_a_deleted_record_has_its_history_by_id(shopdb: Command, shop: Shop) -> None:
    asset = create(shop, "assets", name="WS-1")
    shop.write(ADA, lambda session: records.remove(session, shop.catalog["assets"], asset))
    told = json.loads(shopdb("history", "assets", str(asset), "--json").stdout)
    assert [one["action"] for one in told] == ["delete", "create"]


def test_hostile_values_are_harmless_in_show_and_history(shopdb: Command, shop: Shop) -> None:
    asset = create(shop, "assets", name="\x1b]0;owned\x07 \u202eback", notes="one\n\x1b[2Jtwo")
    for command in ("show", "history"):
        printed = shopdb(command, "assets", str(asset)).stdout
        assert not {"\x1b", "\x07", "\u202e"} & set(printed)
        assert "two" in printed


def test_undo_takes_a_batch_back_and_says_what_it_left(shopdb: Command, shop: Shop) -> None:
    first, second = create(shop, "assets", name="WS-1"), create(shop, "assets", name="WS-2")
    assets = shop.catalog["assets"]

    def rename(session: Any) -> None:
        for asset in (first, second):
            records.change(session, assets, asset, {"name": f"PC-{asset}"})

    shop.write(ADA, rename)
    batch = json.loads(shopdb("history", "assets", str(first), "--json").stdout)[0]["batch_id"]
    change(shop, "assets", second, name="mine")
    told = shopdb("undo", str(batch))
    assert told.exit_code == 0
    assert told.stdout.startswith("1 row was restored by batch ")
    assert "left as it is:" in told.stdout
    names = {one["id"]: one["name"] for one in json.loads(shopdb("q", "assets", "--json").stdout)}
    assert names == {first: "WS-1", second: "mine"}
    latest = json.loads(shopdb("history", "assets", str(first), "--json").stdout)[0]
    assert (latest["undoes"], latest["door"], latest["label"]) == (batch, "cli", f"undo batch {batch}")


def test_undo_of_what_was_undone_names_the_batch_that_did_it(shopdb: Command) -> None:
    demo = shopdb("demo", "5").stdout.rpartition("`shopdb undo ")[2].partition("`")[0]
    by = shopdb("undo", demo).stdout.rpartition("by batch ")[2].strip(".\n")
    again = shopdb("undo", demo)
    told = f"Batch {demo} was undone already, by batch {by}; `shopdb undo {by}` brings its changes back.\n"
    assert (again.exit_code, again.stdout) == (0, told)
    assert shopdb("undo", by).exit_code == 0
    assert len(json.loads(shopdb("q", "assets", "--json").stdout)) == 5


@pytest.mark.parametrize("batch", ["4711", str(2**62)])
def test_a_batch_that_there_is_not_is_refused(shopdb: Command, batch: str) -> None:
    refused = shopdb("undo", batch)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"There is no batch {batch}" in refused.stderr


def test_a_demo_is_one_batch_that_undo_takes_back(shopdb: Command) -> None:
    told = shopdb("demo", "20", "--seed", "7").stdout
    batch = told.rpartition("`shopdb undo ")[2].partition("`")[0]
    assert len(json.loads(shopdb("q", "assets", "--json").stdout)) == 20
    assert shopdb("undo", batch).exit_code == 0
    assert json.loads(shopdb("q", "assets", "--json").stdout) == []
