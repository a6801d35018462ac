"""A site that gets a plugin, and what is compared before and after."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from shopdb.boot import Shop, open_shop
from shopdb.config import Settings
from shopdb.domain.access import Origin
from shopdb.lifecycle import bringing
from shopdb.lifecycle.steps import Progress
from shopdb.lifecycle.trial import Trial
from shopdb.plugins.importing import content_hashes
from shopdb.store.models import Setting
from shopdb.store.shape import Shape, shape
from tests.plugins_on_disk import write_plugin

ANA = Origin(actor="ana", door="terminal")
GREETING = """
def on_install(self, session):
    self.set_setting(session, "greeting", "hello")
"""
COLOUR = '''
"""Gauges have a colour."""

import sqlalchemy as sa

from shopdb.api import line
from shopdb.api import operations as op

revision = "0002_colour"
down_revision = "0001_gauges"


def upgrade():
    op.add_column("gauges", sa.Column("colour", line(30)))


def downgrade():
    op.drop_column("gauges", "colour")
'''


@dataclass(frozen=True)
class Standing:
    """What a site is like: its tables, its plugins' files, its settings."""

    shape: Shape
    files: dict[str, bytes]
    settings: dict[str, object]


def standing(shop: Shop) -> Standing:
    """Return what the site is like now."""
    with shop.engine.connect() as connection:
        tables = shape(connection)
    with shop.reading() as session:
        settings = {row.key: row.value for row in session.execute(select(Setting.key, Setting.value))}
    folder = shop.settings.plugin_dirs[0]
    files = content_hashes(folder) if folder.is_dir() else {}
    left = [path for path in folder.iterdir() if path.name.startswith(".")] if folder.is_dir() else []
    return Standing(tables, files | {path.name: b"left" for path in left}, settings)


def silent(_progress: Progress) -> None:
    """Hear progress and say nothing."""


@pytest.fixture
def gauges(tmp_path: Path) -> Path:
    """Version 1.0.0 of a plugin, as its author has it."""
    return write_plugin(tmp_path / "first", hooks=GREETING)


@pytest.fixture
def newer_gauges(tmp_path: Path) -> Path:
    """Version 1.1.0 of it: its table has a column more."""
    return write_plugin(
        tmp_path / "second",
        manifest={"version": "1.1.0"},
        hooks=GREETING,
        columns="colour: Mapped[str | None] = mapped_column(line(30))",
        fields='Field("colour", "Colour", listed=True)',
        files={"migrations/versions/0002_colour.py": COLOUR},
    )


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the rehearsal out, which takes seconds and has tests of its own (tests/plugins_life)."""
    monkeypatch.setattr(bringing, "tried", lambda *_: Trial())


Reopen = Callable[[], Shop]


@pytest.fixture
def opened(site: Settings) -> Iterator[Reopen]:
    """Open the site anew, as a program that starts now does."""
    shops: list[Shop] = []

    def open_again() -> Shop:
        shops.append(open_shop(site))
        return shops[-1]

    yield open_again
    for shop in shops:
        shop.close()


@pytest.fixture
def here(opened: Reopen) -> Shop:
    """The opened site."""
    return opened()
