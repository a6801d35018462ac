"""The server beside a command: found where it runs already, else started as a child that never outlives its parent."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from shopdb.config import Settings
from shopdb.exceptions import ForeignServerError, ServerStoppedError

ANSWER_SECONDS = 3.0
START_SECONDS = 60.0
STOP_SECONDS = 40.0
LOOK_SECONDS = 0.05
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  listens there

LOG = "logs/server.log"
"""Where, in the home, a server beside a terminal says what it says."""

Answerer = Literal["this site", "another", "nobody"]


def own_address(settings: Settings) -> str:
    """Return the URL at which a server with these settings is reached from its own host."""
    host = EVERYWHERE.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def who_answers(settings: Settings) -> Answerer:
    """Return who answers at the site's own address; blocks for three seconds at most, usually for none."""
    host = EVERYWHERE.get(settings.host, settings.host)
    try:
        socket.create_connection((host, settings.port), ANSWER_SECONDS).close()
    except OSError:
        return "nobody"
    import http.client  # most often nobody listens, and the terminal opens without it

    connection = http.client.HTTPConnection(host, settings.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/api/health")
        told = json.loads(connection.getresponse().read(10_000))
    except (OSError, http.client.HTTPException, ValueError):
        return "another"
    finally:
        connection.close()
    return "this site" if isinstance(told, dict) and told.get("mark") == settings.site_mark else "another"


class Companion:
    """A server that answers, or is about to; ``process`` is None for one that was running already."""

    def __init__(self, settings: Settings, process: subprocess.Popen[bytes] | None, log: Path | None) -> None:
        self._settings = settings
        self._process = process
        self._log = log

    @property
    def is_child(self) -> bool:
        """Whether it was started here and stops with this command."""
        return self._process is not None

    def wait_until_it_answers(self) -> None:
        """Return when it takes requests.

        Raises `ServerStoppedError` if it ends instead or takes more than a minute, `ForeignServerError` if another
        program was faster at its port.
        """
        give_up = time.monotonic() + START_SECONDS
        while (found := who_answers(self._settings)) != "this site":
            if self._process is not None and (code := self._process.poll()) is not None:
                raise ServerStoppedError(f"ended with exit code {code} before it answered", self._log)
            if found == "another" and self._process is None:
                raise ForeignServerError(own_address(self._settings))
            if time.monotonic() > give_up:
                raise ServerStoppedError(f"did not answer within {START_SECONDS:.0f} s", self._log)
            time.sleep(LOOK_SECONDS)

    def wait(self) -> None:
        """Return when it has ended in good order; raises `ServerStoppedError` if it broke."""
        if self._process is not None and (code := self._process.wait()):
            raise ServerStoppedError(f"ended with exit code {code}", self._log)


@contextmanager
def server_beside(settings: Settings, *, log: Path | None = None) -> Iterator[Companion]:
    """Yield the site's server, started unless it runs already and stopped at the end if it was.

    ``log`` gets what it says; without one, that goes where this process's own output goes. Raises
    `ForeignServerError` if something else has its place.
    """
    found = who_answers(settings)
    if found == "another":
        raise ForeignServerError(own_address(settings))
    if found == "this site":
        yield Companion(settings, None, log)
        return
    process = _started(log)
    try:
        yield Companion(settings, process, log)
    finally:
        _stop(process)


def end_with_parent() -> None:
    """Stop this process, as SIGTERM does, when its standard input ends: the parent holds the other end of the pipe.

    However the parent dies, the system closes that end.
    """

    def watch() -> None:
        # Not through sys.stdin, whose lock a thread must not hold when the interpreter ends.
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end with parent", daemon=True).start()


def _started(log: Path | None) -> subprocess.Popen[bytes]:
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "shopdb"]
    command = [*program, "serve", "--with-parent"]
    if log is None:
        return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))  # what the server before this one said
    with log.open("wb") as written:
        # A session of its own: ctrl-c and ctrl-z in the terminal are for the parent, which ends it in good order.
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=written, stderr=written, start_new_session=True)


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
