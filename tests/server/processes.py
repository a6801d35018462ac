"""Real servers in processes of their own: started, asked over sockets, stopped or killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import urllib3

from shopdb.config import Settings
from tests.sites import environment

START_SECONDS = 60.0
STOP_SECONDS = 45.0
PROGRAM = """
import sys
from shopdb.config import load_settings
from shopdb.server.serve import run
from shopdb.server.wire import Limits
limits = Limits(**{name: float(value) for name, value in (one.split("=") for one in sys.argv[1:])})
sys.exit(run(load_settings(), limits=limits))
"""


class ServerProcess:
    """One server over a site; its log is in ``log``."""

    def __init__(self, settings: Settings, folder: Path, **limits: float) -> None:
        self.port = free_port()
        self.log = folder / f"server-{self.port}.log"
        self._limits = [f"{name}={value}" for name, value in limits.items()]
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SHOPDB_")},
            **environment(settings),
            "SHOPDB_PORT": str(self.port),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._pool = urllib3.PoolManager(retries=False, maxsize=16)

    def start(self) -> None:
        """Start and return when it answers."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            command = [sys.executable, "-c", PROGRAM, *self._limits]
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        while time.monotonic() < began + START_SECONDS:
            if self._process.poll() is not None:
                break
            try:
                if self.ask("GET", "/api/health").status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                time.sleep(0.01)
        raise RuntimeError(f"the server did not start:\n{self.log.read_text()}")

    def ask(self, method: str, path: str, body: Any = None, *, token: str = "", **headers: str) -> Any:
        """Return the answer to one request; raises what urllib3 raises when there is none."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            named["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        return self._pool.request(
            method, f"http://127.0.0.1:{self.port}{path}", body=data, headers=named, timeout=60.0, preload_content=True
        )

    def terminate(self) -> int:
        """Ask it to end and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=STOP_SECONDS)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=STOP_SECONDS)

    def signal_end(self) -> None:
        """Ask it to end, without waiting for that."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Return the exit code when it has ended."""
        assert self._process is not None
        return self._process.wait(timeout=STOP_SECONDS)

    def connect(self) -> socket.socket:
        """Return a new connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def clear(self) -> None:
        """Leave nothing running or open."""
        self.kill()
        self._pool.clear()


@contextmanager
def serving(settings: Settings, folder: Path, **limits: float) -> Iterator[ServerProcess]:
    """Give a started server over the site, which is gone afterwards."""
    server = ServerProcess(settings, folder, **limits)
    try:
        server.start()
        yield server
    finally:
        server.clear()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
