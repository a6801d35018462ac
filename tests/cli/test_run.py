"""The commands that keep running, as the processes that they are."""

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from shopdb.config import Settings
from tests.cli.conftest import Command
from tests.sites import environment

SECONDS = 60.0
PROGRAM = [sys.executable, "-m", "shopdb"]


@pytest.fixture
def port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free: int = listener.getsockname()[1]
        return free


@pytest.fixture
def env(settings: Settings, port: int) -> dict[str, str]:
    """The environment of a process whose site is empty, in development."""
    project = str(Path(__file__).parents[2])
    own = {"SHOPDB_PORT": str(port), "SHOPDB_ENV": "development", "PYTHONPATH": project, "TERM": "xterm-256color"}
    return {**os.environ, **environment(settings), **own}


@contextmanager
def started(env: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=env["SHOPDB_HOME"] if Path(env["SHOPDB_HOME"]).is_dir() else "/",
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=SECONDS)


def printed_until(process: subprocess.Popen[str], pattern: str) -> str:
    """Return what the process has printed when a line matches; fail if it ends before."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if re.search(pattern, line):
            return "".join(lines)
    pytest.fail(f"ended without {pattern!r}:\n{''.join(lines)}")


def wait_for(condition: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < give_up, f"no {what} within {SECONDS:.0f} s"
        time.sleep(0.02)


def listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def test_run_puts_this_machine_into_the_shop_and_again_makes_nothing_twice(
    env: dict[str, str], port: int, shopdb_before_init: Command
) -> None:
    for _ in range(2):
        with started(env, "run") as process:
            said = printed_until(process, "To open the terminal")
            assert f"run `{sys.executable} -m shopdb` in one, with the same SHOPDB_" in said
            assert "SHOPDB_HOME" in said.splitlines()[-1]
            assert listens(port)
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) == 0
        assert not listens(port)
        computers = json.loads(shopdb_before_init("q", "computers", "--json").stdout)
        assert [one["name"] for one in computers] == [socket.gethostname().partition(".")[0]]
        told = json.loads(shopdb_before_init("history", "computers", str(computers[0]["id"]), "--json").stdout)
        assert {one["door"] for one in told} == {"collector"}
        for resource in ("api_tokens", "users"):
            assert len(json.loads(shopdb_before_init("q", resource, "--json").stdout)) == 1


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_server_beside_run_does_not_outlive_it(env: dict[str, str], port: int) -> None:
    with started(env, "run") as process:
        printed_until(process, "To open the terminal")
        (server,) = psutil.Process(process.pid).children()
        process.kill()
        wait_for(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE, "end of the server")
    assert not listens(port)


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_second_run_uses_the_server_of_the_first(env: dict[str, str], port: int) -> None:
    with started(env, "serve") as server:
        wait_for(lambda: listens(port), "server")
        with started(env, "run") as process:
            assert "goes on without it" in printed_until(process, "goes on without it")
            assert process.wait(SECONDS) == 0
        assert server.poll() is None
        server.send_signal(signal.SIGTERM)
        assert server.wait(SECONDS) == 0


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_run_refuses_a_port_where_something_else_answers(env: dict[str, str], port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as listener, started(env, "run") as process:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")

        assert process.stdout is not None
        while process.poll() is None:
            if select.select([listener], [], [], 0.1)[0]:
                answer()
        assert process.returncode == 1
        assert "but not as this site's server" in process.stdout.read()


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_without_a_terminal_the_terminal_program_says_what_works(env: dict[str, str]) -> None:
    done = subprocess.run(
        PROGRAM, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The terminal program needs a terminal")


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("arguments", [(), ("run",)], ids=["shopdb", "shopdb run"])
def test_in_a_terminal_the_program_opens_and_takes_its_server_with_it(
    env: dict[str, str], port: int, arguments: tuple[str, ...]
) -> None:
    screen, tty = pty.openpty()
    termios.tcsetwinsize(tty, (24, 80))
    process = subprocess.Popen(
        [*PROGRAM, *arguments], env=env, stdin=tty, stdout=tty, stderr=tty, start_new_session=True
    )
    os.close(tty)
    shown = bytearray()

    def read() -> None:
        with suppress(OSError):  # a terminal without a process answers so
            while select.select([screen], [], [], 0)[0]:
                shown.extend(os.read(screen, 65536))

    def is_open() -> bool:
        read()
        return b"\x1b[?1049h" in shown and b"server :" in shown and listens(port)

    def has_ended() -> bool:
        read()
        return process.poll() is not None

    try:
        wait_for(is_open, "terminal with its server")
        os.write(screen, b"\x11")  # ctrl-q
        wait_for(has_ended, "end")
        assert process.returncode == 0
        assert not listens(port)
    finally:
        process.kill()
        process.wait(SECONDS)
        os.close(screen)
