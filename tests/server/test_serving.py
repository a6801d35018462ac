"""Real server processes: what is in flight at the end, connections that do nothing, and what waitress refuses."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from shopdb.boot import Shop, open_shop
from shopdb.config import Settings
from shopdb.domain.access import SYSTEM
from tests.server.callers import make_token
from tests.server.processes import ServerProcess, serving

PC = {"hostname": "WS-1", "serial_number": "5CG8841K"}
PATIENCE = 60.0  # seconds before a wait is a failure
MUCH_LONGER = 600.0  # seconds that nobody here waits for


@pytest.fixture
def server(site: Settings, tmp_path: Path) -> Iterator[ServerProcess]:
    with serving(site, tmp_path, receive=MUCH_LONGER, drain=MUCH_LONGER) as started:
        yield started


def request(path: str, body: bytes = b"", *, token: str = "") -> bytes:
    """Return the bytes of a POST after which the connection is closed."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        *([f"Authorization: Bearer {token}"] if token else []),
        "Connection: close",
    )
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(connection: socket.socket) -> tuple[int, dict[str, object]]:
    """Return status and JSON of the answer that comes over a connection until it is closed."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), orjson.loads(body)


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def wait_until_it_takes_nobody_on(server: ServerProcess) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        try:
            server.connect().close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            pass  # it waited to be taken on when the listening ended
        time.sleep(0.02)
    pytest.fail("the server goes on listening")


def test_a_request_that_is_being_answered_at_the_end_is_answered(server: ServerProcess, shop: Shop) -> None:
    """A push that waits for the database's lock is in flight when SIGTERM comes."""
    token = make_token(shop, "collector:computers")
    assert server.ask("POST", "/api/collector/computers", PC, token=token).status == 201
    with server.connect() as connection:
        with shop.writing(SYSTEM) as session:
            assets = shop.schema.tables["assets"]
            session.connection().execute(assets.select().with_for_update()).all()
            push = orjson.dumps({**PC, "os_name": "Debian"})
            connection.sendall(request("/api/collector/computers", push, token=token))
            # Health is answered, on a later connection, when the push has been read; it has a lane of its own.
            assert server.ask("GET", "/api/health").status == 200
            server.signal_end()
            wait_until_it_takes_nobody_on(server)
        status, told = answer(connection)
    assert (status, told["outcome"]) == (200, "updated")
    assert server.wait() == 0


def test_a_request_that_is_still_arriving_at_the_end_is_answered(server: ServerProcess) -> None:
    with server.connect() as connection:
        whole = request("/api/computers", b'{"a": 1}')
        connection.sendall(whole[:-4])
        assert server.ask("GET", "/api/health").status == 200
        server.signal_end()
        wait_until_it_takes_nobody_on(server)
        connection.sendall(whole[-4:])
        status, told = answer(connection)
    assert (status, set(told)) == (401, {"error"})
    assert server.wait() == 0


def test_the_end_is_quick_when_nothing_is_in_flight(server: ServerProcess) -> None:
    with server.connect() as idle:
        assert server.terminate() == 0  # within the patience of `terminate`, and not after the time to drain
        assert is_closed(idle)


def test_connections_that_say_nothing_do_not_keep_others_out(server: ServerProcess) -> None:
    silent = [server.connect() for _ in range(150)]
    try:
        assert server.ask("GET", "/api/health").status == 200
    finally:
        for connection in silent:
            connection.close()


def test_a_request_that_trickles_in_is_dropped(site: Settings, tmp_path: Path) -> None:
    with serving(site, tmp_path, receive=1.5) as server, server.connect() as connection:
        connection.sendall(b"GET /api/health HTTP/1.1\r\n")
        give_up = time.monotonic() + PATIENCE
        closed = False
        while not closed and time.monotonic() < give_up:
            try:
                connection.sendall(b"X-Slow: 1\r\n")
            except ConnectionError:
                closed = True
            time.sleep(0.2)
        assert closed or is_closed(connection)
        assert server.ask("GET", "/api/health").status == 200


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"NONSENSE\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nBad Header\r\n\r\n", 400, "bad_request"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413, "body_too_large"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000 + b"\r\n\r\n", 431, "headers_too_large"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: br\r\n\r\n", 501, "not_implemented"),
    ],
)
def test_what_never_reaches_the_application_is_refused_in_the_one_shape(
    server: ServerProcess, sent: bytes, status: int, code: str
) -> None:
    with server.connect() as connection:
        connection.sendall(sent)
        got, told = answer(connection)
    assert got == status
    error = told["error"]
    assert isinstance(error, dict)
    assert set(error) == {"code", "message", "fields", "request_id"}
    assert error["code"] == code


def test_no_token_reaches_the_log_of_a_real_server(server: ServerProcess, shop: Shop) -> None:
    token = make_token(shop, "admin")
    server.ask("POST", f"/api/collector/agent?token={token}", b"<REQUEST")
    server.ask("POST", f"/api/collector/computers?token={token}", PC)
    server.ask("GET", f"/api/computers?token={token}")
    server.ask("GET", "/api/computers", token=token)
    with server.connect() as connection:
        connection.sendall(f"GET /?token={token} HTTP/1.1\r\nBroken {token}\r\n\r\n".encode())
        assert answer(connection)[0] == 400
    assert server.terminate() == 0
    log = server.log.read_text()
    assert "/api/collector/agent" in log
    assert token.rpartition("_")[2] not in log


def test_upkeep_seals_what_was_pushed(server: ServerProcess, site: Settings) -> None:
    shop = open_shop(site)
    try:
        token = make_token(shop, "collector:computers")
        assert server.ask("POST", "/api/collector/computers", PC, token=token).status == 201
        batches = shop.schema.tables["batches"]
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            with shop.engine.connect() as connection:
                if not connection.execute(batches.select().where(batches.c.seal.is_(None))).all():
                    return
            time.sleep(0.2)
        pytest.fail("nobody sealed the batches")
    finally:
        shop.close()
