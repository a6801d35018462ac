"""What every asset of a made-up shop has, whichever plugin it belongs to: a state, dates, tags, slips of the pen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from shopdb.domain.demo import DemoAsset
from shopdb.store.models.assets import STATUS_CLASSES

STATUS_WEIGHTS = (92, 4, 2, 2)
TAGS = ("critical", "leased", "24/7", "to be replaced", "on loan", "customer property", "für Schulung")
NOTES = (
    "moved from the old building, label still says otherwise",
    "ask Siân before switching it off",
    "spare key: top drawer, tool crib",
    "Netzteil getauscht",
    "warranty seal broken, see e-mail",
    "runs only with the old cable!!",
    "serial plate not readable",
    "2nd shift says it is louder than before",
)
SLIPS: tuple[Callable[[str], str], ...] = (
    str.lower,
    str.swapcase,
    lambda name: name.replace("-", " - "),
    lambda name: f"{name}  (old)",
    lambda name: f"{name}?",
    lambda name: f"{name} – Siân's",  # noqa: RUF001 as people type it
    lambda name: f"{name} №2",
    lambda name: f"{name} ⚠",
    lambda name: name.replace("-", " ").replace("0", "O"),
)
DAY = 24 * 60
SIGHTINGS = (("seen", 0, 60), ("seen", DAY, 6 * DAY), ("stale", 8 * DAY, 29 * DAY), ("silent", 31 * DAY, 400 * DAY))
"""Health, and between how many and how many minutes ago the asset was last seen."""
SIGHTING_WEIGHTS = (80, 8, 8, 4)
REMOVED = 0.04
"""The part of all software that has been taken off again."""
LONGEST_AGE_DAYS = 4000
WARRANTY_DAYS = 3 * 365


def written_down(asset: DemoAsset, rng: Random, now: datetime) -> dict[str, Any]:
    """Return what people noted down about an asset; one name in a hundred is mistyped, some serials are missing."""
    bought = now.date() - timedelta(days=rng.randrange(1, LONGEST_AGE_DAYS))
    guaranteed = rng.random() < 0.7
    return {
        "name": rng.choice(SLIPS)(asset.name) if rng.random() < 0.01 else asset.name,
        "serial_number": asset.serial_number if rng.random() > 0.03 else None,
        "purchased_on": bought if rng.random() < 0.9 else None,
        "warranty_until": bought + timedelta(days=WARRANTY_DAYS) if guaranteed else None,
        "notes": rng.choice(NOTES) if rng.random() < 0.06 else None,
    }


def observed(asset: DemoAsset, rng: Random, now: datetime) -> dict[str, Any]:
    """Return when collectors last saw the asset: most within an hour, some not for days, a few not for months."""
    if not asset.collected:
        return {"last_seen": None, "health": None}
    health, earliest, latest = rng.choices(SIGHTINGS, weights=SIGHTING_WEIGHTS)[0]
    ago = timedelta(minutes=rng.randrange(earliest, latest))
    return {"last_seen": now - ago, "health": health}


def status_class(rng: Random) -> str:
    """Return the class of the status that an asset is in."""
    return rng.choices(STATUS_CLASSES, weights=STATUS_WEIGHTS)[0]


def tags(rng: Random) -> list[str]:
    """Return the tags of an asset; most have none."""
    return rng.sample(TAGS, k=rng.choices((0, 1, 2), weights=(82, 15, 3))[0])
