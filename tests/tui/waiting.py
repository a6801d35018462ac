"""Waiting for what is waited for, bounded in time."""

import asyncio
from collections.abc import Callable

PATIENCE = 10.0  # seconds before a wait is a failure
STEP = 0.005


async def until(holds: Callable[[], bool]) -> None:
    """Let the application work until `holds()`."""
    for _ in range(int(PATIENCE / STEP)):
        if holds():
            return
        await asyncio.sleep(STEP)
    raise AssertionError("it did not come to hold")
