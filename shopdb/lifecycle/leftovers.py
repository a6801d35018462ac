"""Processes that outlive the one that started them, found by a mark in their environment or by their session."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psutil

MARK = "SHOPDB_TRIAL"
"""Set in the environment of a confined process; what it starts inherits it, also what detaches itself."""
LONGEST_COMMAND = 120


def leftovers(mark: str, leader: int, since: float) -> Iterator[psutil.Process]:
    """Yield the processes that bear the mark or belong to the leader's session, but not the leader and the caller.

    ``since`` is the moment at which the leader was started: a number is used again, so that an older process with it
    is another one.
    """
    for process in psutil.process_iter():
        try:
            if process.pid in (leader, os.getpid()) or process.create_time() < since:
                continue
            if process.status() == psutil.STATUS_ZOMBIE:
                continue  # it has ended, and only its own starter can take note of that
            if process.environ().get(MARK) == mark or _session(process.pid) == leader:
                yield process
        except (psutil.Error, OSError):
            continue  # it has ended, or is somebody else's


def command_of(process: psutil.Process) -> str:
    """Return what a process runs, short enough to be read."""
    try:
        told = " ".join(process.cmdline()) or process.name()
    except psutil.Error:
        return f"process {process.pid}"
    return told if len(told) <= LONGEST_COMMAND else f"{told[: LONGEST_COMMAND - 1]}…"


def _session(pid: int) -> int:
    return os.getsid(pid) if hasattr(os, "getsid") else -1
