"""A real HTTP server on loopback that answers as it is told, and remembers what it was sent."""

import gzip
import json
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from shopdb.collect.courier import Patience
from shopdb.collect.spool import Spool

TOKEN = "shp_1_collector"
CREATED = {"outcome": "created", "id": 12, "reasons": []}


@dataclass
class Answer:
    """What the server says to one push: a status with a body, or less than that."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False  # after the push was read, as when the answer to a commit is lost
    cut_at: int | None = None  # bytes of the body that leave before the line breaks
    waits_for: threading.Event | None = None

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body or CREATED).encode()


@dataclass
class Received:
    """One request as the server saw it."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def payload(self) -> Any:
        return json.loads(gzip.decompress(self.raw))


class ShopServer:
    """Answers from `answers` in turn, then with `created`; `received` fills up before an answer leaves."""

    def __init__(self) -> None:
        self.answers: deque[Answer] = deque()
        self.received: list[Received] = []
        self.arrived = threading.Semaphore(0)
        shop = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                shop.received.append(Received(self.path, dict(self.headers), raw))
                shop.arrived.release()
                answer = shop.answers.popleft() if shop.answers else Answer()
                if answer.waits_for:
                    answer.waits_for.wait(30)
                self.close_connection = True
                with suppress(ConnectionError):  # the collector may be gone by now
                    self._answer(answer)

            def _answer(self, answer: Answer) -> None:
                if answer.hangs_up:
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content())))
                self.end_headers()
                self.wfile.write(answer.content()[: answer.cut_at])

            def log_message(self, *parts: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def keys(self) -> list[str]:
        return [request.headers["Idempotency-Key"] for request in self.received]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(10)


@pytest.fixture
def shop_server() -> Iterator[ShopServer]:
    server = ShopServer()
    yield server
    server.close()


@pytest.fixture
def dead_url() -> Iterator[str]:
    """An address where nobody listens, nor can begin to."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def quick_patience() -> Patience:
    """Tries again at once; a busy machine has all the time that it needs."""
    return Patience(first=0.01, longest=0.05)


@pytest.fixture
def told() -> list[str]:
    """What a person was told meanwhile; give `told.append` as the listener."""
    return []
