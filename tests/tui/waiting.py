"""Waiting for what is waited for, bounded in time.

A machine that is busy with something else makes every pause too short. So nothing here counts pauses: an
application is at rest when each of its widgets waits for a message, and there is none.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from textual.app import App
from textual.message_pump import MessagePump
from textual.timer import Timer

from shopdb.tui.safe_app import SafeApp

PATIENCE = 60.0  # seconds before a wait is a failure, and longer on a busy machine
STEP = 0.005
LONGEST_PAUSE = 0.5  # seconds that the program itself lets pass before it asks or explains; notices stay longer


async def until(holds: Callable[[], bool]) -> None:
    """Let the application work until `holds()`."""
    for _ in range(int(PATIENCE / STEP)):
        if holds():
            return
        await asyncio.sleep(STEP)
    raise AssertionError("it did not come to hold")


async def at_rest(app: App[Any]) -> None:
    """Let the application work until nothing is read, saved, said to a widget, or still to be drawn."""
    calm = 0
    for _ in range(int(PATIENCE / STEP)):
        calm = 0 if next(_unrest(app), None) else calm + 1
        if calm == 2:  # what a thread has just answered is in no queue yet when it is seen for the first time
            return
        await asyncio.sleep(0 if calm else STEP)
    raise AssertionError(f"it did not come to rest: {', '.join(_unrest(app))}")


# ruff: noqa: SLF001  Textual and asyncio tell nobody in public that they have nothing to do


def _unrest(app: App[Any]) -> Iterator[str]:
    """Yield what is still going on."""
    if isinstance(app, SafeApp) and app.jobs.busy:
        yield "a job"
    if app.animator._animations or app.animator._scheduled:
        yield "an animation"
    pumps: list[MessagePump] = [app, *app._registry]
    for pump in pumps:
        if _works(pump):
            yield f"{pump} works"
        if any(timer._repeat == 0 and timer._interval <= LONGEST_PAUSE and _runs(timer) for timer in pump._timers):
            yield f"{pump} pauses"
    screen = app.screen
    if screen._layout_required or screen._scroll_required or screen._repaint_required or screen._dirty_widgets:
        yield f"{screen} is to be drawn"
    if screen._recompose_required or screen._callbacks:
        yield f"{screen} is to be made"


def _works(pump: MessagePump) -> bool:
    arrived: Any = pump._message_queue.ready_event
    waits = arrived._waiters and not arrived.is_set()
    return _runs(pump) and not (waits and pump._pending_message is None and not pump._next_callbacks)


def _runs(worker: MessagePump | Timer) -> bool:
    return worker._task is not None and not worker._task.done()
