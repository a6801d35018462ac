"""A shopdb that was put somewhere else than this checkout, used as its people use it."""

import os
import pty
import re
import select
import socket
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.request import urlopen

import pyte

SECONDS = 120.0


@dataclass(frozen=True)
class Elsewhere:
    """A program with a site in ``home``; nothing of this process's environment reaches it."""

    program: Path
    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    path: str = "/usr/bin:/bin"

    @property
    def environ(self) -> dict[str, str]:
        """The whole environment of the program."""
        folder = self.home.parent
        return {
            "PATH": self.path,
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "SHOPDB_HOME": str(self.home),
            **self.settings,
        }

    def __call__(self, *arguments: str, code: int = 0, **settings: str) -> str:
        """Return what a command prints; it must end with this exit code."""
        done = subprocess.run(
            [self.program, *arguments],
            cwd=self.home.parent,
            env=self.environ | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Have the server run, and yield its URL when it is ready; it must end in good order."""
        server = subprocess.Popen([self.program, "serve"], cwd=self.home.parent, env=self.environ)
        url = f"http://127.0.0.1:{self.settings['SHOPDB_PORT']}"
        try:
            wait_for(lambda: server.poll() is not None or is_ready(url), "server")
            assert server.poll() is None, "the server ended"
            yield url
        finally:
            server.terminate()
            assert server.wait(SECONDS) == 0


class Terminal:
    """A program in a terminal of 80x24 cells; it is killed at the end if it still runs."""

    def __init__(self, shopdb: Elsewhere, *arguments: str) -> None:
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self._line, tty = pty.openpty()
        termios.tcsetwinsize(tty, (24, 80))
        self.process = subprocess.Popen(
            [shopdb.program, *arguments],
            cwd=shopdb.home.parent,
            env=shopdb.environ,
            stdin=tty,
            stdout=tty,
            stderr=tty,
            start_new_session=True,
        )
        os.close(tty)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(SECONDS)
        os.close(self._line)

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._line, keys)

    def wait_until_shown(self, pattern: str) -> None:
        """Wait until the screen shows what matches."""
        wait_for(lambda: re.search(pattern, self._text()) is not None, f"{pattern!r} on the screen", self._text)

    def wait_until_ended(self) -> int:
        """Return the exit code."""
        wait_for(lambda: self._text() is not None and self.process.poll() is not None, "end", self._text)
        return self.process.returncode

    def _text(self) -> str:
        with suppress(OSError):  # a terminal without a process answers so
            while select.select([self._line], [], [], 0)[0]:
                self._stream.feed(os.read(self._line, 65536))
        return "\n".join(self._screen.display)


def wait_for(condition: Callable[[], bool], what: str, seen: Callable[[], str] = str) -> None:
    """Return when it holds; fail after two minutes."""
    give_up = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < give_up, f"no {what} within {SECONDS:.0f} s: {seen()}"
        time.sleep(0.05)


def is_ready(url: str) -> bool:
    """Whether a server says of itself that it is ready."""
    try:
        with urlopen(f"{url}/api/health/ready", timeout=5) as answer:  # noqa: S310 ours, on loopback
            return bool(answer.status == 200)
    except OSError:
        return False


def free_port() -> str:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])
