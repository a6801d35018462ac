"""The database goes away and comes back: what a person sees and keeps. MariaDB alone can do that."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from textual.widgets import Input

from shopdb.boot import prepare_shop
from shopdb.config import Settings
from shopdb.domain.access import Origin
from shopdb.services import records
from shopdb.tui.forms.record_form import RecordForm
from shopdb.tui.messages import StateRead
from shopdb.tui.safe_app import SafeApp
from shopdb.tui.screens.record_list import RecordListScreen
from shopdb.tui.screens.trouble import TroubleScreen
from shopdb.tui.watch import SECONDS_OF_SILENCE, Watch
from tests import mariadb
from tests.mariadb import NO_MARIADB, MariaDB
from tests.sites import site_settings
from tests.tui.shop_app import App, at_the_terminal, sign_in_as
from tests.tui.waiting import until

BEN = Origin("ben", "terminal")
without_mariadb = pytest.mark.skipif(not mariadb.is_installed(), reason=NO_MARIADB)


@pytest.fixture
def server() -> Iterator[MariaDB]:
    """A server of this test alone, because it is stopped."""
    with mariadb.running() as server:
        yield server


@pytest.fixture
def site(server: MariaDB, tmp_path: Path) -> Settings:
    """Settings of a site on that server, with two computers and an admin who is remembered."""
    server.run("CREATE DATABASE shop CHARACTER SET utf8mb4")
    site = site_settings(tmp_path / "home", server.url("shop"))
    shop = prepare_shop(site)
    for name in ("WS-1", "WS-2"):
        with shop.writing(BEN) as session:
            records.create(session, shop.catalog["computers"], {"name": name})
    sign_in_as(shop, site, "admin")
    shop.close()
    return site


@pytest.mark.mariadb
@without_mariadb
async def test_an_outage_is_told_costs_nothing_that_was_typed_and_heals_by_itself(
    site: Settings, server: MariaDB
) -> None:
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("WS-2")
        await keys.press("e", *"-new")
        assert isinstance(app.screen, RecordForm)
        server.stop()
        await keys.hears("What you see stays")
        await keys.hit("ctrl+s")
        await keys.hit("escape")  # a key is answered while the save is still trying
        server.start()
        await keys.hears("The database answers again")
        await keys.settled()
        await until(lambda: "WS-1-new" in app.text)


@pytest.mark.mariadb
@without_mariadb
async def test_a_list_keeps_what_it_shows_and_is_live_again_afterwards(site: Settings, server: MariaDB) -> None:
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("WS-2")
        server.stop()
        await keys.sees("database away for")
        await keys.hit("j", "k", "j")
        assert "WS-2" in app.line("> ")
        assert "WS-1" in app.text
        await keys.hit("ctrl+k", *"WS")
        await keys.sees("The database does not answer")
        assert isinstance(app.focused, Input)
        assert app.focused.value == "WS"
        await keys.hit("escape")
        assert isinstance(app.screen, RecordListScreen)
        server.start()
        await keys.hears("The database answers again")
        server.run("UPDATE shop.assets SET name = 'WS-9' WHERE name = 'WS-2'")
        server.run("INSERT INTO shop.batches (actor, door, label, made_at, size) VALUES ('x','system','',NOW(),1)")
        await keys.sees("WS-9")


@pytest.mark.mariadb
@without_mariadb
async def test_a_start_without_the_database_says_so_and_is_tried_again_by_key(site: Settings, server: MariaDB) -> None:
    server.stop()
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("The shop cannot be opened")
        assert "r tries again" in app.text
        await keys.press("r")
        await keys.sees("The shop cannot be opened")
        assert isinstance(app.screen, TroubleScreen)
        server.start()
        await keys.press("r")
        await keys.sees("WS-2")


async def test_a_database_that_takes_the_question_and_never_answers_counts_as_away() -> None:
    told: list[StateRead] = []
    answers, now = Event(), [0.0]
    app = SafeApp(environ={})

    def look() -> StateRead:
        answers.wait(30)
        return StateRead(None, "up")

    async with app.run_test():
        watch = Watch(app, look, told.append, clock=lambda: now[0])
        now[0] = 100.0
        watch.look()
        watch.look()
        assert told == []
        now[0] += SECONDS_OF_SILENCE + 1
        watch.look()
        assert [read.away_since for read in told] == [100.0]
        answers.set()
        await until(lambda: len(told) == 2)
        assert told[-1].away_since is None
        watch.close()
