"""A private MariaDB server for tests: own data, own port on loopback, own password, gone with the run.

Each pytest-xdist worker starts its own: that takes about a second, less than sharing one costs in care.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pymysql

START_SECONDS = 60.0
STOP_SECONDS = 30.0
USER = "shopdb"

# The data need not survive the run: nothing waits for a disk, and little memory is taken.
QUICK = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--skip-innodb-doublewrite",
    "--innodb-log-file-size=16M",
    "--innodb-buffer-pool-size=48M",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=8M",
    "--performance-schema=OFF",
    "--skip-log-bin",
    "--skip-name-resolve",
)

# Ends with the server, and ends the server when its standard input closes, as when pytest is killed.
WARDEN = 'exec 3<&0; "$@" 3<&- </dev/null & server=$!; { read -r _ <&3; kill $server; } 2>&- & wait $server'

NO_MARIADB = "mariadbd is not installed; `apt install mariadb-server` brings it"


def is_installed() -> bool:
    """Tell whether this machine has what `MariaDB` needs."""
    return bool(_program("mariadbd") and _program("mariadb-install-db"))


@contextmanager
def running() -> Iterator["MariaDB"]:
    """Give a started server that is stopped, and its folder removed, at the end."""
    with tempfile.TemporaryDirectory(prefix="shopdb-mariadb-") as folder:
        server = MariaDB(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


class MariaDB:
    """One server over one folder; it can be stopped, killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.port = _free_port()
        self._folder = folder
        self._password = secrets.token_hex(8)
        self._numbers = count(1)
        self._warden: subprocess.Popen[bytes] | None = None
        self._install()

    def url(self, database: str) -> str:
        """Return the URL by which shopdb reaches a database of this server."""
        return f"mysql+pymysql://{USER}:{self._password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the URL of a new, empty database that is dropped afterwards."""
        name = f"shop_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name}")

    def connection(self) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        """Return a connection to the server, without a database, that commits each statement."""
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=self._password,
            autocommit=True,
            connect_timeout=5,
            read_timeout=60,
        )

    def run(self, *statements: str) -> None:
        """Run statements beside the program under test, each committed."""
        with self.connection() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def start(self) -> None:
        """Start the server and return when it answers; raise RuntimeError with its log if it does not."""
        server = [
            _program("mariadbd"),
            "--no-defaults",
            *self._place(),
            *QUICK,
            f"--init-file={self._path('accounts.sql')}",
        ]
        self._warden = warden = subprocess.Popen(
            ["/bin/sh", "-c", WARDEN, "warden", *server],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C at pytest must not reach it before the tests have ended
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or warden.poll() is not None:
                self.stop()
                log = self._path("error.log")
                raise RuntimeError(f"mariadbd did not start:\n{log.read_text() if log.exists() else ''}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server in good order."""
        if self._warden:
            self._warden.communicate(timeout=STOP_SECONDS)
            self._warden = None

    def kill(self) -> None:
        """End the server as a power cut would."""
        os.kill(int(self._path("pid").read_text()), signal.SIGKILL)
        self.stop()

    def _install(self) -> None:
        accounts = self._path("accounts.sql")
        accounts.write_text(
            f"CREATE OR REPLACE USER {USER}@'127.0.0.1' IDENTIFIED BY '{self._password}';\n"
            f"GRANT ALL ON *.* TO {USER}@'127.0.0.1' WITH GRANT OPTION;\n"
        )
        installing = [
            _program("mariadb-install-db"),
            "--no-defaults",
            *self._place(),
            *QUICK,
            "--skip-test-db",
        ]
        done = subprocess.run(installing, capture_output=True, text=True, timeout=START_SECONDS, check=False)
        if done.returncode:
            raise RuntimeError(f"mariadb-install-db failed:\n{done.stdout}{done.stderr}")

    def _place(self) -> list[str]:
        as_root = ["--user=root"] if os.geteuid() == 0 else []  # the server refuses root unless told
        return [
            *as_root,
            f"--datadir={self._path('data')}",
            f"--socket={self._path('socket')}",
            f"--pid-file={self._path('pid')}",
            f"--log-error={self._path('error.log')}",
            "--bind-address=127.0.0.1",
            f"--port={self.port}",
        ]

    def _path(self, name: str) -> Path:
        return self._folder / name

    def _answers(self) -> bool:
        try:
            self.connection().close()
        except pymysql.OperationalError:
            return False
        return True


def _program(name: str) -> str:
    """Return where a program is; Debian keeps mariadbd out of an ordinary person's PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/local/sbin:/usr/sbin") or ""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
