"""The use case of `shopdb collect this-host`: observe, spool, deliver."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from shopdb import __version__
from shopdb.collect import linux, macos, windows
from shopdb.collect.agent_id import agent_id
from shopdb.collect.answers import Fate, Verdict
from shopdb.collect.courier import Courier
from shopdb.collect.inventory import Inventory, moment
from shopdb.collect.probes import Platform, observe
from shopdb.collect.spool import Spool, SpooledPush
from shopdb.exceptions import (
    PlatformUnknownError,
    ProbeFailedError,
    PushKeptError,
    PushRefusedError,
    SpoolError,
)

PLUGIN = "computers"
PLATFORMS: dict[str, Platform] = {"linux": linux, "win32": windows, "darwin": macos}

# Hears, line by line, what a person should know though the work goes on.
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Collected:
    """What was seen of this machine, and what the server made of it."""

    inventory: Inventory
    verdict: Verdict


def collect_this_host(home: Path, courier: Courier, tell: Tell) -> Collected:
    """This machine's inventory, taken in by the server, after all older pushes of this home's spool.

    Raises PushRefusedError or PushKeptError when the server has not taken it in, SpoolError when the disk
    does not keep it, CollectorBusyError when another collector is at work.
    """
    folder = home / "spool"
    try:
        spool = Spool(folder)
        with spool.lock():
            for line in spool.mend():
                tell(line)
            inventory = observe_this_host(home, tell)
            body = orjson.dumps(inventory)
            newest = spool.add(body, plugin=PLUGIN, subject=inventory["agent_id"], full=True)
            return Collected(inventory, _deliver_all(spool, newest, courier, tell))
    except OSError as failure:
        raise SpoolError(folder, failure.strerror or str(failure)) from failure


def observe_this_host(home: Path, tell: Tell) -> Inventory:
    """What this machine says of itself now; `tell` hears which parts are left out, and why.

    Raises ProbeFailedError when not even its name can be found out.
    """
    platform = PLATFORMS.get(sys.platform)
    if platform is None:
        raise PlatformUnknownError(sys.platform, PLATFORMS)
    inventory, warnings = observe(platform.probes())
    for warning in warnings:
        tell(warning)
    if "hostname" not in inventory:
        raise ProbeFailedError("this machine", "it has no name, so nothing can be said of it")
    return inventory | Inventory(
        agent_id=agent_id(home),
        observed_at=moment(time.time()),
        source=f"shopdb-collect {__version__}",
        partial=False,
    )


def _deliver_all(spool: Spool, newest: SpooledPush, courier: Courier, tell: Tell) -> Verdict:
    """The verdict on the newest push, tried last; older ones that are not taken cannot hold it up."""
    for push in spool.waiting():
        if push.label.key != newest.label.key:
            try:
                _deliver(spool, push, courier, tell)
            except PushRefusedError as refusal:
                tell(str(refusal))
            except PushKeptError as kept:
                tell(str(kept))
                break
    return _deliver(spool, newest, courier, tell)


def _deliver(spool: Spool, push: SpooledPush, courier: Courier, tell: Tell) -> Verdict:
    verdict = courier.deliver(push, tell)
    if verdict.fate is Fate.TAKEN:
        spool.done(push)
        return verdict
    if verdict.fate is Fate.REFUSED:
        raise PushRefusedError(courier.address, verdict.reasons, spool.refuse(push, verdict.reasons))
    raise PushKeptError(courier.address, "; ".join(verdict.reasons), spool.folder)
