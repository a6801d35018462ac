"""What the server says of itself is whole, valid and true; that it is true, every other test here checks as well."""

from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate

from shopdb.boot import Shop
from tests.server.callers import Caller
from tests.server.described import operations
from tests.server.records import Maker

UNDESCRIBED = {
    "static": "the home page's style",
    "plugin_usb": "plugins' own endpoints are theirs to describe",
}


@pytest.fixture
def document(nobody: Caller) -> Any:
    return nobody.get("/api/openapi.json").json


def test_the_document_is_valid(document: Any) -> None:
    validate(document)
    assert document["openapi"] == "3.1.0"


def test_every_operation_bears_a_name_of_its_own(document: Any) -> None:
    names = [document["paths"][path][method.lower()]["operationId"] for method, path in operations(document)]
    assert len(names) == len(set(names))


def test_every_route_is_described_and_nothing_else_is(app: Flask, shop: Shop, document: Any) -> None:
    served = set()
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        if blueprint in UNDESCRIBED:
            continue
        path = rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}")
        names = [""]
        if "{name}" in path:
            names = [
                one.name for one in shop.catalog.values() if rule.methods == {"GET", "HEAD", "OPTIONS"} or one.writable
            ]
            names = [name for name in names if not (path.endswith("/history") and shop.catalog[name].parent)]
        if "{plugin}" in path:
            names = list(shop.plugins.collector_schemas)
        for name in names:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                served.add((method, path.replace("{name}", name).replace("{plugin}", name)))
    assert set(operations(document)) == served


def test_what_is_sent_is_described_as_it_is_taken(shop: Shop, writer: Caller, document: Any) -> None:
    """Values made from the fields fit the schemas of bodies; and the server takes what fits them."""
    import jsonschema_rs

    maker = Maker(shop, writer)
    for resource in shop.catalog.values():
        if resource.writable:
            whole = {**document["components"]["schemas"][f"{resource.name}.new"], "components": document["components"]}
            validator = jsonschema_rs.validator_for(whole, validate_formats=True)
            values = maker.values(resource, 1)
            assert [error.message for error in validator.iter_errors(values)] == [], resource.name
            assert not validator.is_valid({**values, "colour": "red"})
            needed = [one.name for one in resource.edited_fields if one.required]
            assert all(not validator.is_valid({n: v for n, v in values.items() if n != name}) for name in needed)


def test_history_search_and_batches_are_as_described(shop: Shop, writer: Caller) -> None:
    maker = Maker(shop, writer)
    for resource in shop.catalog.values():
        if resource.writable and not resource.parent:
            made = maker.make(resource, 1)
            assert writer.get(f"/api/{resource.name}/{made['id']}/history").json["items"]
    for name in shop.catalog:
        assert writer.get(f"/api/{name}?limit=1000").status_code == 200
    batches = writer.get("/api/batches").json["items"]
    assert writer.get(f"/api/batches/{batches[0]['id']}").status_code == 200
    assert writer.get("/api/search?q=name").json["items"]
