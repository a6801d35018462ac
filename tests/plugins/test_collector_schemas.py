"""Every bundled collector schema, held to its own examples: first a whole push, then a partial or a lesser one."""

import hashlib
import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import value_to_json
from shopdb.domain.listing import ListQuery
from shopdb.plugins.loader import bundled_folder
from shopdb.services import collect
from shopdb.services.collect import Answer, Intake, Sent
from shopdb.store import records

SCHEMAS = {path.parent.name: path for path in sorted(bundled_folder().glob("*/collector.schema.json"))}
COLLECTOR = Origin(actor="token lathe", door="collector", permissions=frozenset({"*.view", "*.change"}))
COMMON = {"observed_at", "source", "partial"}


@pytest.fixture(params=SCHEMAS)
def plugin(request: pytest.FixtureRequest) -> str:
    """Return the name of a plugin that collects."""
    name: str = request.param
    return name


def document(plugin: str) -> dict[str, Any]:
    """Return the schema as it is written."""
    read: dict[str, Any] = json.loads(Path(SCHEMAS[plugin]).read_text("utf-8"))
    return read


def examples(plugin: str) -> list[dict[str, Any]]:
    """Return the payloads that the schema gives as examples."""
    given: list[dict[str, Any]] = document(plugin)["examples"]
    return given


def push(shop: Shop, plugin: str, payload: dict[str, Any]) -> Answer:
    """Push a payload as the server does."""
    intake = Intake(shop.plugins.collector_schemas[plugin])
    sent = Sent(hashlib.sha256(orjson.dumps(payload)).digest())
    return shop.write(COLLECTOR, lambda session: collect.receive(session, intake, payload, sent))


def test_a_schema_takes_what_every_collector_says(plugin: str) -> None:
    assert set(document(plugin)["properties"]) >= COMMON


def test_each_member_goes_somewhere_or_says_why_it_is_asked_for(plugin: str) -> None:
    schema = document(plugin)
    evidence = {one for many in schema["evidence"].values() for one in ([many] if isinstance(many, str) else many)}
    used = {*schema["fields"], *schema.get("sections", {}), *evidence, *COMMON}
    assert set(schema["properties"]) == used


def test_unknown_members_are_ignored(shop: Shop, plugin: str) -> None:
    payload = {**examples(plugin)[0], "flux_capacitor": {"charge": 1.21}}
    assert Intake(shop.plugins.collector_schemas[plugin]).problems(payload) == ()


def test_the_first_example_makes_a_record_that_says_the_same(shop: Shop, plugin: str) -> None:
    schema, payload = shop.plugins.collector_schemas[plugin], examples(plugin)[0]
    answer = push(shop, plugin, payload)
    assert (answer.outcome, answer.id is None) == ("created", False)
    assert answer.id is not None
    resource = shop.catalog[schema.resource]
    with shop.reading() as session:
        record = records.get(session, resource, answer.id)
    for member, name in schema.fields.items():
        field, value = resource.field(name), record.values[name]
        if member not in payload or (value is None and field.target in ("locations", "asset_types")):
            continue
        shown = value_to_json(value, field)
        assert (shown["label"] if isinstance(shown, dict) and "label" in shown else shown) == payload[member], member


def test_each_list_of_the_first_example_becomes_rows(shop: Shop, plugin: str) -> None:
    schema, payload = shop.plugins.collector_schemas[plugin], examples(plugin)[0]
    push(shop, plugin, payload)
    for member, section in schema.sections.items():
        if section.resource:
            with shop.reading() as session:
                count = records.count(session, shop.catalog[section.resource], ListQuery())
            assert count == len(payload[member]), member


def test_the_same_push_again_changes_nothing(shop: Shop, plugin: str) -> None:
    first = push(shop, plugin, examples(plugin)[0])
    again = push(shop, plugin, examples(plugin)[0])
    assert (again.outcome, again.id) == ("unchanged", first.id)


def test_the_second_example_can_be_taken_in(shop: Shop, plugin: str) -> None:
    push(shop, plugin, examples(plugin)[0])
    answer = push(shop, plugin, examples(plugin)[1])
    assert answer.outcome in ("created", "updated", "unchanged"), answer


def test_a_name_of_ten_thousand_characters_is_cut_and_kept(shop: Shop, plugin: str) -> None:
    schema, payload = shop.plugins.collector_schemas[plugin], dict(examples(plugin)[0])
    name = next(member for member, field in schema.fields.items() if field == "name")
    answer = push(shop, plugin, {**payload, name: "[/foo]\x1b[2J\u202e" * 900})
    assert answer.outcome == "created"
