"""Running foreign code in a process of its own: with a limit of time, bounded in what it may say, and gone afterwards.

The process gets one JSON document on its standard input, which stays open: it ends itself when that ends, so that
nobody's death leaves it behind. It answers with JSON objects, one a line, on its standard output, from which it keeps
everybody else away; whatever else is written to both streams comes back as the log.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

import psutil

from shopdb.lifecycle.leftovers import MARK, command_of, leftovers

Heard = Callable[[Mapping[str, Any]], None]

LONGEST_LINE = 256 * 1024
MOST_TOLD = 2 * 1024 * 1024
LOG_HEAD = 48 * 1024
LOG_TAIL = 16 * 1024
PIECE = 64 * 1024
MOST_ROUNDS = 20
READING_SECONDS = 2.0
"""How long the streams of a process that is gone may take to end: somebody may still hold them."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a confined process ended; ``code`` is that of its exit, negative for a signal."""

    code: int
    is_overtime: bool
    log: str
    left: tuple[str, ...]

    @property
    def told(self) -> str:
        """The ending in words."""
        if self.code >= 0:
            return f"exit code {self.code}"
        try:
            return f"the signal {signal.Signals(-self.code).name}"
        except ValueError:
            return f"the signal {-self.code}"


def run_confined(command: Sequence[str], document: Any, *, seconds: float, heard: Heard) -> Ending:
    """Run a command of shopdb until it ends or its time is over, and end whatever it has started.

    ``heard`` gets each object that it tells, in another thread; what is too long or no object is passed by. What
    ``heard`` raises is raised here, once the process is gone.
    """
    mark = secrets.token_hex(16)
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "shopdb"]
    process = subprocess.Popen(
        [*program, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**_without_settings(), MARK: mark},
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: PT018
    since = psutil.Process(process.pid).create_time()
    log, told = _Log(), _Told(heard)
    readers = [
        threading.Thread(target=told.read, args=(process.stdout,), name="confined-told", daemon=True),
        threading.Thread(target=log.read, args=(process.stderr,), name="confined-log", daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        with suppress(BrokenPipeError):  # it ended at once, and the log says why
            process.stdin.write(json.dumps(document).encode() + b"\n")
            process.stdin.flush()
        is_overtime = _is_overtime(process, seconds)
    finally:
        left = _end(process, mark, since)
        with suppress(OSError):
            process.stdin.close()
        for reader, stream in zip(readers, (process.stdout, process.stderr), strict=True):
            reader.join(READING_SECONDS)
            if not reader.is_alive():
                stream.close()
    if told.failure is not None:
        raise told.failure
    return Ending(process.returncode, is_overtime, log.text(), left)


def _without_settings() -> dict[str, str]:
    """Return the environment without this site's settings: what is confined works on a scratch copy alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SHOPDB_")}


def _is_overtime(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def _end(process: subprocess.Popen[bytes], mark: str, since: float) -> tuple[str, ...]:
    """End the process and all that it has left behind; return what that was."""
    if process.poll() is None:
        # Its number cannot be another's before it is waited for.
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
    left: dict[int, str] = {}
    for _ in range(MOST_ROUNDS):  # what is ended may just have started another one
        found = list(leftovers(mark, process.pid, since))
        for one in found:
            left.setdefault(one.pid, command_of(one))
            with suppress(psutil.Error):
                one.kill()
        if not found:
            break
        psutil.wait_procs(found, timeout=READING_SECONDS)
    return tuple(left.values())


class _Told:
    """What the process tells: read to its end, so that it never waits for whoever hears it."""

    def __init__(self, heard: Heard) -> None:
        """Begin with nothing told."""
        self._heard = heard
        self.failure: Exception | None = None

    def read(self, stream: IO[bytes]) -> None:
        """Read to the end of the stream, passing each object on until somebody fails to take it."""
        size = 0
        while line := stream.readline(LONGEST_LINE):
            size += len(line)
            if size > MOST_TOLD or self.failure is not None or not line.endswith(b"\n"):
                continue
            try:
                document = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(document, dict):
                self._pass_on(document)

    def _pass_on(self, document: Mapping[str, Any]) -> None:
        try:
            self._heard(document)
        except Exception as failure:  # noqa: BLE001 raised again where somebody waits for the process
            self.failure = failure


class _Log:
    """What was said beside the protocol: its beginning and its end."""

    def __init__(self) -> None:
        """Start empty."""
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._size = 0

    def read(self, stream: IO[bytes]) -> None:
        """Read to the end of the stream, keeping what there is room for."""
        while piece := os.read(stream.fileno(), PIECE):
            self._size += len(piece)
            room = LOG_HEAD - len(self._head)
            self._head += piece[:room] if room > 0 else b""
            self._tail.append(piece[max(room, 0) :][-LOG_TAIL:])
            while sum(map(len, self._tail)) - len(self._tail[0]) >= LOG_TAIL:
                self._tail.popleft()

    def text(self) -> str:
        """Return it as text."""
        head, tail = bytes(self._head), b"".join(tuple(self._tail))[-LOG_TAIL:]
        left_out = self._size - len(head) - len(tail)
        between = f"\n... {left_out:,} bytes are left out ...\n" if left_out else ""
        return f"{head.decode(errors='replace')}{between}{tail.decode(errors='replace')}"
