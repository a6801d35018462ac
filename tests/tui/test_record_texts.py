"""Hostile texts in records, on every screen that shows records, as the terminal gets them."""

import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.orm import Session
from textual.screen import Screen

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Ref
from shopdb.domain.listing import Record
from shopdb.services import records
from shopdb.store import records as stored
from shopdb.tui.desk import Desk
from shopdb.tui.forms.record_form import RecordForm
from shopdb.tui.screens.record_list import RecordListScreen
from shopdb.tui.screens.record_view import RecordScreen
from tests.tui.host import Host, Keys, shown
from tests.tui.hostile import HOSTILE
from tests.tui.screens import recording_driver
from tests.tui.test_hostile_texts import acting

pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"])

MALLORY = Origin("mallory [@click=app.quit]\x1b[2J", "collector", label="push \x1b]0;owned\x07 [/foo]")
REFUSED = ("\0", "\ud800", "Z\u0301")
TEXTS = [text for text in HOSTILE.values() if not any(sign in text for sign in REFUSED)]
FIELDS = (
    "serial_number", "os_name", "os_version", "os_architecture", "cpu", "chassis_type", "domain", "asset_tag",
    "uuid", "agent_id", "notes",
)  # fmt: skip


def hostile_values(resource: Any, texts: list[str]) -> dict[str, str]:
    """A hostile text for each text field, as long as the field keeps it."""
    found = zip(FIELDS, texts * 2, strict=False)
    return {name: text[: min(resource.field(name).length or 2000, 2000)] for name, text in found}


def store(shop: Shop) -> list[int]:
    """A PC of each hostile name, each related to the next; the first has hostile texts in every field."""
    computers = shop.catalog["computers"]

    def work(session: Session) -> list[int]:
        ids = [records.create(session, computers, {"name": text[:160]}).id for text in TEXTS]
        place = records.create(session, shop.catalog["locations"], {"name": TEXTS[0][:80]})
        tags = [records.create(session, shop.catalog["tags"], {"name": text[:60]}) for text in TEXTS]
        values = {"location": Ref(place.id), "tags": tuple(Ref(tag.id) for tag in tags)}
        records.change(session, computers, ids[0], {**hostile_values(computers, TEXTS), **values})
        drives = stored.resolve(session, shop.catalog["relationship_types"], ["drives"])["drives"]
        for source, target in pairwise(ids):
            relation = {"source": Ref(source), "type": Ref(drives), "target": Ref(target)}
            records.create(session, shop.catalog["asset_relationships"], relation)
        for text in TEXTS:
            address = {"asset": Ref(ids[0]), "interface": text[:80]}
            records.create(session, shop.catalog["network_addresses"], address)
        return ids

    return shop.write(MALLORY, work)


def get(shop: Shop, resource: str, record_id: int) -> Record:
    with shop.reading() as session:
        return stored.get(session, shop.catalog[resource], record_id)


async def drawn(
    shop: Shop, make: Callable[[Desk], Screen[Any]], story: Callable[[Host, Keys], Any], height: int = 30
) -> set[str]:
    """The characters that act on a terminal, of all that is sent to it while the story goes on."""
    driver = recording_driver()
    host = Host(shop, driver_class=driver)
    async with shown(host, make, (100, height), headless=False) as keys:
        await story(host, keys)
        assert host.is_running
    assert driver.sent
    return acting(driver.sent)


async def test_a_list_of_hostile_records_does_nothing_but_show_them(shop: Shop) -> None:
    store(shop)

    async def story(host: Host, keys: Keys) -> None:
        await keys.press("G", "g", "l", "l", "h", "j")
        for question in ("s", "d"):
            await keys.press(question)
            await keys.press("escape")
        await keys.press("slash")
        await keys.paste("-location:[")
        await keys.press("enter")
        await keys.press("escape", "escape")
        await keys.press("space", "space", "b")
        await keys.press("tab", "tab")

    assert await drawn(shop, lambda desk: RecordListScreen(desk, shop.catalog["computers"]), story) == set()


async def test_a_hostile_record_does_nothing_but_show_itself(shop: Shop) -> None:
    ids = store(shop)

    async def story(host: Host, keys: Keys) -> None:
        await keys.press("j", "G")
        for _ in range(12):
            await keys.press("right_square_bracket")
            await keys.press("j")
        await keys.press("d")

    computers = shop.catalog["computers"]
    assert await drawn(shop, lambda desk: RecordScreen(desk, computers, ids[0]), story) == set()


async def test_a_form_and_a_merge_of_hostile_values_do_nothing_but_show_them(shop: Shop) -> None:
    ids = store(shop)
    computers = shop.catalog["computers"]
    record = get(shop, "computers", ids[0])

    async def story(host: Host, keys: Keys) -> None:
        for _ in FIELDS:
            await keys.press("down")
            await keys.press("x")
        theirs = hostile_values(computers, [*TEXTS[3:], *TEXTS[:3]])
        shop.write(MALLORY, lambda session: records.change(session, computers, ids[0], theirs))
        await keys.press("ctrl+s")
        await keys.press("j", "m", "t", "escape")
        await keys.press("escape")

    assert await drawn(shop, lambda desk: RecordForm(desk, computers, record), story, height=60) == set()


async def test_a_form_takes_hostile_texts_and_gives_them_back_as_they_were(shop: Shop) -> None:
    vendors = shop.catalog["vendors"]
    saved: list[int | None] = []
    texts = [text.splitlines()[0][:100] for text in TEXTS]

    async def story(host: Host, keys: Keys) -> None:
        for text in texts:
            host.push_screen(RecordForm(host.desk, vendors), saved.append)
            await keys.wait()
            await keys.paste(text)
            await keys.press("ctrl+s")

    assert await drawn(shop, lambda desk: RecordListScreen(desk, vendors), story) == set()
    assert len(saved) == len(texts)
    for text, record_id in zip(texts, saved, strict=True):
        assert get(shop, "vendors", record_id or 0).label == unicodedata.normalize("NFC", text.strip())
