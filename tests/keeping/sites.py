"""Filling and looking at whole databases."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.domain.access import Origin
from shopdb.services.demo import build
from shopdb.store.dump import cells, opened
from shopdb.store.dump.writing import MANIFEST, TRAILER, TRAILER_BYTES
from shopdb.store.engine import open_engine

ANNA = Origin(actor="anna", door="cli", label="a test")


def silent(_line: str) -> None:
    """Hear nothing."""


@contextmanager
def engine_of(settings: Settings) -> Iterator[Engine]:
    """Give an engine over a site's database, whatever state that is in."""
    engine = open_engine(settings.database_url, patient=True)
    try:
        yield engine
    finally:
        engine.dispose()


def make_up(shop: Shop, count: int = 60) -> None:
    """Make up some assets with all that belongs to them."""
    shop.write(ANNA.doing("a made-up shop"), lambda session: build(session, count))


def add_people(engine: Engine, count: int) -> None:
    """Add people whose names hardly compress, past the change log."""
    rows = [{"name": (b"%d" % (number**9)).hex()} for number in range(count)]
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO people (name) VALUES (:name)"), rows)


def digests(path: Path, passphrase: str | None = None) -> dict[str, tuple[int, str]]:
    """Return the rows and the digest of each table of a backup."""
    with opened(path, passphrase) as dump:
        return {table.shape.name: (table.rows, table.sha256) for table in dump.manifest.tables}


def rewritten(path: Path, table: str, change: Callable[[list[list[Any]]], list[list[Any]]], **facts: object) -> bytes:
    """Return a backup with the rows of one table, and facts of its manifest, changed as if it had been written so."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        document = json.loads(source.read(MANIFEST))
        for name in source.namelist():
            if name == MANIFEST:
                continue
            content = source.read(name)
            if name == f"tables/{table}.ndjson":
                head, *rows = content.splitlines()
                changed = [json.loads(head), *change([json.loads(row) for row in rows])]
                content = b"".join(cells.line(row) for row in changed)
                (described,) = (one for one in document["tables"] if one["name"] == table)
                described |= {"rows": len(changed) - 1, "bytes": len(content), "sha256": sha256(content).hexdigest()}
            target.writestr(name, content)
        target.writestr(MANIFEST, json.dumps({**document, **facts}))
        target.comment = bytes(TRAILER_BYTES)
    raw = out.getvalue()[:-TRAILER_BYTES]
    return raw + TRAILER + sha256(raw).hexdigest().encode()
