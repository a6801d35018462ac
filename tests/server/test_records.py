"""REST for every resource in the same way: what holds for one is tried on all of them."""

from collections.abc import Iterator
from typing import Any

import pytest

from shopdb.boot import Shop
from shopdb.domain.kinds import Kind
from shopdb.domain.resource import UNFILTERABLE, UNSORTABLE, Resource
from tests.server.callers import Caller
from tests.server.records import Maker, same
from tests.server.shapes import assert_refused


@pytest.fixture
def maker(shop: Shop, writer: Caller) -> Maker:
    return Maker(shop, writer)


def writable(shop: Shop) -> Iterator[Resource]:
    return (resource for resource in shop.catalog.values() if resource.writable)


def ids(page: Any) -> list[int]:
    return [row["id"] for row in page["items"]]


def pages(caller: Caller, path: str, **query: Any) -> list[int]:
    """Return the ids of a list, page by page to its end."""
    found: list[int] = []
    after = ""
    while True:
        page = caller.get(path, query_string={"after": after, **query}).json
        found += ids(page)
        after = page["after"]
        if after is None:
            return found


def test_what_is_created_comes_back_as_it_was_sent(shop: Shop, writer: Caller, maker: Maker) -> None:
    for resource in writable(shop):
        sent = maker.values(resource, 1)
        created = writer.post(f"/api/{resource.name}", sent)
        assert created.status_code == 201, (resource.name, created.text)
        address = created.headers["Location"]
        assert address == f"/api/{resource.name}/{created.json['id']}"
        read = writer.get(address).json
        assert {name: value for name, value in read.items() if name != "position"} == created.json
        differing = [name for name, value in sent.items() if not same(value, read[name], resource.field(name))]
        assert differing == [], resource.name


def test_every_order_of_every_list_can_be_followed_to_its_end(shop: Shop, writer: Caller, maker: Maker) -> None:
    """Seven records, two of which leave everything blank that may be blank, three to a page."""
    for resource in writable(shop):
        made = {maker.make(resource, number)["id"] for number in range(1, 6)}
        blank = {one.name: None for one in resource.edited_fields if not one.required and one.kind is not Kind.LINKS}
        blank.pop(resource.label_field, None)
        for number in (6, 7):
            made.add(writer.made(f"/api/{resource.name}", maker.values(resource, number) | blank)["id"])
        for field in resource.fields:
            if field.kind in UNSORTABLE:
                continue
            up = pages(writer, f"/api/{resource.name}", limit=3, sort=field.name)
            down = pages(writer, f"/api/{resource.name}", limit=3, sort=f"-{field.name}")
            assert len(up) == len(set(up)), (resource.name, field.name)
            assert made <= set(up), (resource.name, field.name)
            assert down == up[::-1], (resource.name, field.name)


def test_every_field_that_filters_parts_the_list_in_two(shop: Shop, writer: Caller, maker: Maker) -> None:
    for resource in writable(shop):
        maker.make(resource, 1)
        everything = set(pages(writer, f"/api/{resource.name}"))
        for field in resource.fields:
            if field.kind in UNFILTERABLE:
                continue
            filled = set(ids(writer.get(f"/api/{resource.name}?filter={field.name}:any").json))
            empty = set(ids(writer.get(f"/api/{resource.name}?filter={field.name}:none").json))
            assert filled | empty == everything, (resource.name, field.name)
            assert not filled & empty, (resource.name, field.name)


def test_a_record_is_found_by_each_of_its_values(shop: Shop, writer: Caller, maker: Maker) -> None:
    for resource in writable(shop):
        maker.make(resource, 1)
        record = maker.make(resource, 2)
        for field in resource.edited_fields:
            value = record[field.name]
            if field.kind in UNFILTERABLE or field.kind in UNSORTABLE or field.kind is Kind.LINK or value is None:
                continue
            asked = f'{field.name}="{value}"' if isinstance(value, str) else f"{field.name}={str(value).lower()}"
            found = writer.get(f"/api/{resource.name}", query_string={"filter": asked})
            assert record["id"] in ids(found.json), (resource.name, asked)


def test_a_list_shows_the_fields_that_are_asked_for(shop: Shop, writer: Caller, maker: Maker) -> None:
    for resource in writable(shop):
        record = maker.make(resource, 1)
        names = list(resource.fields_by_name)
        page = writer.get(f"/api/{resource.name}?fields={','.join(names)}&filter=-{names[0]}:nothing").json
        row = next(row for row in page["items"] if row["id"] == record["id"])
        assert {name: row[name] for name in names} == {name: record[name] for name in names}, resource.name
        only = writer.get(f"/api/{resource.name}?fields={names[-1]}").json["items"][0]
        assert set(only) == {"id", "version", "label", names[-1]}


def test_a_change_needs_the_version_that_was_read_and_tells_what_is_there_now(
    shop: Shop, writer: Caller, maker: Maker
) -> None:
    for resource in writable(shop):
        path = f"/api/{resource.name}/{maker.make(resource, 1)['id']}"
        tag = writer.get(path).headers["ETag"]
        other = maker.values(resource, 2)
        changed = writer.patch(path, other, headers={"If-Match": tag})
        assert changed.status_code == 200, (resource.name, changed.text)
        late = writer.patch(path, maker.values(resource, 3), headers={"If-Match": tag})
        told = assert_refused(late, 412, "conflict")
        current = writer.get(path).json
        assert told["current"] == {name: value for name, value in current.items() if name != "position"}, resource.name
        assert set(told["fields"]) == {
            name for name, value in maker.values(resource, 3).items() if value != other[name]
        }
        assert assert_refused(writer.delete(path, headers={"If-Match": tag}), 412)["current"] == told["current"]
        again = writer.patch(path, other, headers={"If-Match": changed.headers["ETag"]})
        assert again.json == changed.json, "equal values write nothing"


def test_a_reader_who_has_the_record_is_told_so_without_a_body(shop: Shop, writer: Caller, maker: Maker) -> None:
    for resource in writable(shop):
        path = f"/api/{resource.name}/{maker.make(resource, 1)['id']}"
        tag = writer.get(path).headers["ETag"]
        same_again = writer.get(path, headers={"If-None-Match": f'"x", {tag}'})
        assert (same_again.status_code, same_again.data) == (304, b""), resource.name
        writer.patch(path, maker.values(resource, 2))
        assert writer.get(path, headers={"If-None-Match": tag}).status_code == 200, resource.name


def test_what_is_deleted_comes_back_whole_when_its_batch_is_undone(shop: Shop, writer: Caller, maker: Maker) -> None:
    for resource in writable(shop):
        path = f"/api/{resource.name}/{maker.make(resource, 1)['id']}"
        before = writer.get(path).json
        gone = writer.delete(path)
        assert gone.json["deleted"]["id"] == before["id"], (resource.name, gone.text)
        assert_refused(writer.get(path), 404, "record_not_found")
        (deletion,) = writer.get("/api/batches?sort=-made_at&limit=1").json["items"]
        report = writer.post(f"/api/batches/{deletion['id']}/undo")
        assert report.json["skipped"] == [], resource.name
        after = writer.get(path).json
        assert after | {"version": 0} == before | {"version": 0}, resource.name
        assert after["version"] > before["version"], resource.name


def test_a_history_says_what_each_field_was_and_is(shop: Shop, writer: Caller, maker: Maker) -> None:
    for resource in writable(shop):
        if resource.parent:
            continue
        plain = [one for one in resource.edited_fields if one.kind in (Kind.TEXT, Kind.INTEGER, Kind.DATE)]
        path = f"/api/{resource.name}/{maker.make(resource, 1)['id']}"
        first = writer.get(path).json
        writer.patch(path, {one.name: maker.values(resource, 2)[one.name] for one in plain})
        second = writer.get(path).json
        entries = writer.get(f"{path}/history").json["items"]
        assert entries[-1]["action"] == "create", resource.name
        told = {
            field["name"]: (field["before"], field["after"])
            for entry in entries
            if entry["action"] == "update" and not entry["title"]
            for row in entry["rows"]
            for field in row["fields"]
        }
        assert told == {one.name: (first[one.name], second[one.name]) for one in plain}, resource.name


def test_what_belongs_to_another_record_stands_in_the_history_of_that(writer: Caller) -> None:
    asset = writer.made("/api/assets", {"name": "Lathe"})
    address = writer.made("/api/network_addresses", {"asset": asset["id"], "ip": "10.0.0.7"})
    told = assert_refused(writer.get(f"/api/network_addresses/{address['id']}/history"), 404, "no_own_history")
    assert "asset" in told["message"]
    newest = writer.get(f"/api/assets/{asset['id']}/history").json["items"][0]
    assert (newest["action"], newest["title"]) == ("create", "Addresses")


def test_every_wrong_value_is_named_at_once(shop: Shop, writer: Caller, maker: Maker) -> None:
    wrong = {Kind.TEXT: 5, Kind.LONG_TEXT: [], Kind.INTEGER: "many", Kind.DECIMAL: "dear", Kind.FLAG: "perhaps",
             Kind.DATE: "soon", Kind.MOMENT: 5, Kind.CHOICE: "neither", Kind.LINK: 0, Kind.LINKS: "all",
             Kind.IP: "10.0", Kind.MAC: "here"}  # fmt: skip
    for resource in writable(shop):
        body = {one.name: wrong[one.kind] for one in resource.edited_fields if one.kind in wrong}
        told = assert_refused(writer.post(f"/api/{resource.name}", {**body, "colour": "red"}), 422, "refused_values")
        assert set(told["fields"]) >= {*body, "colour"}, resource.name
        path = f"/api/{resource.name}/{maker.make(resource, 1)['id']}"
        assert set(assert_refused(writer.patch(path, body), 422)["fields"]) == set(body), resource.name


def test_what_the_program_keeps_by_itself_cannot_be_written(shop: Shop, admin: Caller) -> None:
    for resource in shop.catalog.values():
        if not resource.writable:
            assert_refused(admin.post(f"/api/{resource.name}", {}), 405, "resource_read_only")
            assert_refused(admin.patch(f"/api/{resource.name}/1", {}), 405, "resource_read_only")
            assert_refused(admin.delete(f"/api/{resource.name}/1"), 405, "resource_read_only")


def test_fields_that_nobody_sets_are_refused_and_never_set(shop: Shop, writer: Caller, maker: Maker) -> None:
    for resource in writable(shop):
        kept = [one.name for one in resource.fields if not one.editable]
        body = maker.values(resource, 1)
        for name in ("id", "version", "label", *kept):
            if name in body:
                continue
            told = assert_refused(writer.post(f"/api/{resource.name}", {**body, name: 7}), 422, "refused_values")
            assert set(told["fields"]) == {name}, resource.name


# --- several at once ------------------------------------------------------------------------------------


def test_a_list_of_records_is_one_batch_with_an_answer_for_each(writer: Caller) -> None:
    taken = writer.made("/api/vendors", {"name": "Taken"})
    body = [{"name": "A"}, {"name": "Taken"}, {"name": ""}, 7, {"name": "B", "colour": 1}, {"name": "C"}]
    results = writer.post("/api/vendors", body).json["results"]
    assert [one["outcome"] for one in results] == ["created", "refused", "refused", "refused", "refused", "created"]
    assert [sorted(one.get("fields", {})) for one in results] == [[], ["name"], ["name"], ["item"], ["colour"], []]
    histories = [writer.get(f"/api/vendors/{results[at]['id']}/history").json["items"] for at in (0, 5)]
    assert len({entry["batch_id"] for (entry,) in histories}) == 1
    batch_id = histories[0][0]["batch_id"]
    assert writer.get(f"/api/batches/{batch_id}").json["label"] == "create 6 vendors"
    assert writer.post(f"/api/batches/{batch_id}/undo").json["restored"] == 2
    assert ids(writer.get("/api/vendors").json) == [taken["id"]]


def test_more_records_than_one_request_may_hold_are_refused(writer: Caller) -> None:
    assert_refused(writer.post("/api/vendors", [{"name": f"V{n}"} for n in range(1001)]), 400, "request_refused")
    assert ids(writer.get("/api/vendors").json) == []


# --- asking ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("filter=colour:red", "unknown_field"),
        ('filter=name:"unclosed', "filter_syntax"),
        ("q=name<", "filter_syntax"),
        ("sort=colour", "unknown_field"),
        ("sort=notes", "unknown_field"),
        ("fields=name,colour", "request_refused"),
        ("limit=0", "request_refused"),
        ("limit=1001", "request_refused"),
        ("limit=-1", "request_refused"),
        ("limit=%C2%B2", "request_refused"),
        ("after=rubbish", "cursor_refused"),
        ("after=WyJuYW1lIiwgIngiXQ", "cursor_refused"),
        ("filter=%00", "filter_syntax"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_what_would_do(writer: Caller, query: str, code: str) -> None:
    assert_refused(writer.get(f"/api/assets?{query}"), 400, code)


def test_a_cursor_of_one_order_does_not_fit_another(writer: Caller) -> None:
    for number in range(3):
        writer.made("/api/vendors", {"name": f"V{number}"})
    after = writer.get("/api/vendors?limit=1&sort=name").json["after"]
    assert_refused(writer.get("/api/vendors", query_string={"sort": "website", "after": after}), 400, "cursor_refused")


def test_filter_and_words_are_read_one_by_one(writer: Caller) -> None:
    for name in ("Bay lathe", "Bay mill", "Hall lathe"):
        writer.made("/api/assets", {"name": name})
    found = writer.get("/api/assets", query_string={"filter": "name:bay", "q": "lathe"}).json["items"]
    assert [row["name"] for row in found] == ["Bay lathe"]


def test_search_finds_by_a_piece_and_only_what_may_be_seen(writer: Caller) -> None:
    asset = writer.made("/api/assets", {"name": "Wax trace", "serial_number": "QX-99812"})
    (hit,) = writer.get("/api/search?q=9981").json["items"]
    assert (hit["resource"], hit["id"], hit["title"]) == ("assets", asset["id"], "Wax trace")
    assert writer.get("/api/search?q=").json == {"items": []}
    assert_refused(writer.get(f"/api/search?q={'x' * 201}"), 400)


def test_an_asset_says_where_it_stands_and_why(writer: Caller) -> None:
    bay = writer.made("/api/locations", {"name": "Bay 3", "mapx": 12, "mapy": 7.5})
    asset = writer.made("/api/assets", {"name": "Lathe", "location": bay["id"]})
    read = writer.get(f"/api/assets/{asset['id']}").json
    assert read["position"] == {"x": 12.0, "y": 7.5, "floor_plan": None, "source": "via location Bay 3"}


def test_a_label_that_changed_elsewhere_makes_another_tag(writer: Caller) -> None:
    bay = writer.made("/api/locations", {"name": "Bay 3"})
    asset = writer.made("/api/assets", {"name": "Lathe", "location": bay["id"]})
    tag = writer.get(f"/api/assets/{asset['id']}").headers["ETag"]
    writer.patch(f"/api/locations/{bay['id']}", {"name": "Bay 4"})
    fresh = writer.get(f"/api/assets/{asset['id']}", headers={"If-None-Match": tag})
    assert (fresh.status_code, fresh.json["location"]["label"]) == (200, "Bay 4")
    assert writer.patch(f"/api/assets/{asset['id']}", {"name": "L"}, headers={"If-Match": tag}).status_code == 200


@pytest.mark.parametrize("tag", ['"x"', '"{id}"', '"0-1"', '"{id}-99999999999999999999999"', "W/{id}-²", '"{id}-7"'])
def test_a_tag_that_no_record_has_changes_nothing(writer: Caller, tag: str) -> None:
    path = f"/api/vendors/{writer.made('/api/vendors', {'name': 'Acme'})['id']}"
    headers = {"If-Match": tag.format(id=path.rpartition("/")[2])}
    assert writer.patch(path, {"name": "Other"}, headers=headers).status_code in (400, 412)
    assert writer.get(path).json["name"] == "Acme"


def test_a_record_that_others_need_stays(writer: Caller) -> None:
    bay = writer.made("/api/locations", {"name": "Bay 3"})
    writer.made("/api/assets", {"name": "Lathe", "location": bay["id"]})
    told = assert_refused(writer.delete(f"/api/locations/{bay['id']}"), 409, "still_used")
    assert "1 assets" in told["message"]
