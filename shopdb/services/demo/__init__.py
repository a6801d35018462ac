"""A made-up shop, to look at and to measure with: believable, the same for the same seed, one batch to undo.

Core lays out buildings and people and fills up with plain assets; everything else is the share of the loaded plugins,
which offer it as their service "demo" (`shopdb.domain.demo` says what is given and taken).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count as counting
from itertools import islice

from sqlalchemy.orm import Session

from shopdb.services.demo.making import Maker
from shopdb.store.base import utc_now
from shopdb.store.session import origin_of, settle

AT_ONCE = 500
SETTLED_EVERY = 4
"""Every so many times the log and the search index are written, so that memory holds 2,000 assets and no more."""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was built: the batch to undo, how many assets, and how many rows each table got."""

    batch_id: int
    assets: int
    rows: Mapping[str, int]


def build(
    session: Session,
    count: int,
    *,
    seed: int = 1,
    now: datetime | None = None,
    on_progress: Callable[[int], object] = lambda _: None,
) -> DemoReport:
    """Build a shop of that many assets as one batch, and report it.

    The same seed and count build the same rows in an empty site; moments are counted back from ``now``. What is
    there already under the same name is used, so a second demo puts more assets into the same buildings.
    ``on_progress`` is told now and then how many assets there are.
    """
    origin_of(session).require("admin")
    maker = Maker(session, count, seed, now or utc_now())
    items = maker.items()
    for turn in counting(1):
        some = list(islice(items, AT_ONCE))
        if not some:
            break
        maker.write(some)
        if turn % SETTLED_EVERY == 0:
            settle(session)
        on_progress(maker.made)
    maker.relate()
    batch_id = settle(session)
    assert batch_id is not None
    return DemoReport(batch_id, maker.made, dict(maker.writer.written))
