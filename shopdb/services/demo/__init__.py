"""A made-up shop, to look at and to measure with: believable, the same for the same seed, one batch to undo.

Core lays out buildings and people and fills up with plain assets; everything else is the share of the loaded plugins,
which offer it as their service "demo" (`shopdb.domain.demo` says what is given and taken).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count as counting, islice
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shopdb.domain.demo import DemoAsset, DemoFloor, DemoRow
from shopdb.services.demo import finishing
from shopdb.services.demo.catalogue import Catalogue
from shopdb.services.demo.floor import lay_out
from shopdb.services.demo.props import fill
from shopdb.services.demo.relations import Relations
from shopdb.services.demo.writing import Writer
from shopdb.services.software import Title, version_ids
from shopdb.store.base import utc_now
from shopdb.store.models import Asset, AssetTag, InstalledSoftware, NetworkAddress
from shopdb.store.schema import table_of
from shopdb.store.session import origin_of, settle

SERVICE = "demo"
AT_ONCE = 500
SETTLED_EVERY = 2000
"""Assets between two writings of the log and the search index: this many are in memory at a time."""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was built: the batch to undo, and how many rows each table got."""

    batch_id: int
    assets: int
    rows: Mapping[str, int]


def build(
    session: Session,
    count: int,
    *,
    seed: int = 1,
    now: datetime | None = None,
    on_progress: Callable[[int], object] = lambda done: None,
) -> DemoReport:
    """Build a shop of that many assets as one batch, and report it.

    The same seed and count build the same rows in an empty site; moments are counted back from ``now``. What is
    there already under the same name is used, so a second demo puts more assets into the same buildings.
    ``on_progress`` is told how many assets there are so far.
    """
    origin_of(session).require("admin")
    maker = _Maker(session, count, seed, now or utc_now())
    done = 0
    items = maker.items()
    while some := list(islice(items, AT_ONCE)):
        done += maker.write(some)
        if done % SETTLED_EVERY == 0:
            settle(session)
        on_progress(done)
    maker.relate()
    batch_id = settle(session)
    assert batch_id is not None
    return DemoReport(batch_id, done, dict(maker.writer.written))
