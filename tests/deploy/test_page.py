"""docs/DEPLOY.md: whoever does what it says has a production site, may do it again, and gets it back."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from shopdb.config.given import read_environment
from tests.deploy.elsewhere import Elsewhere, free_port
from tests.deploy.page import blocks, in_its_place, problems
from tests.doctor.front import Authority, tls_front
from tests.mariadb import MariaDB

ROOT = Path(__file__).parents[2]
HALT = "set -euo pipefail\n"
HERE = "SHOPDB_HOME=/var/lib/shopdb"
NOT_CARRIED = shutil.ignore_patterns(".git", ".venv", ".env", "__pycache__", ".*_cache", "var", "build", "dist")
SOMEBODY = ("-c", "user.name=somebody", "-c", "user.email=somebody@localhost")
A_TECHNICIAN = "export HOME=$HOME/ben; . /opt/shopdb/deploy/technicians.sh\n"  # signs in


def templates() -> Iterator[str]:
    """Yield every text in the program, with nothing where a value goes."""
    for path in (ROOT / "shopdb").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))


def test_the_problems_are_those_that_the_program_tells_of() -> None:
    texts = tuple(templates())
    assert len(problems()) > 20
    for key in problems():
        said = re.compile(".*".join(map(re.escape, key.split("..."))))
        assert any(map(said.search, texts)), key


class Host:
    """A host of one site in a folder: where the page says /opt, /etc and /var, it means those below."""

    def __init__(self, folder: Path, server: MariaDB, tls_port: int, port: str) -> None:
        self.folder = folder
        self.places = {
            "/media/stick/shopdb": str(folder / "stick"),
            "/media/safe": str(folder / "safe"),
            "/opt/": f"{folder}/opt/",
            "/etc/shopdb": f"{folder}/etc/shopdb",
            "/var/lib/shopdb": f"{folder}/var/lib/shopdb",
            "/usr/local/bin/": f"{folder}/bin/",
            "/usr/local/sbin/": f"{folder}/bin/",
            "@127.0.0.1/shopdb": f"@127.0.0.1:{server.port}/shopdb",
            "http://127.0.0.1:8420": f"http://127.0.0.1:{port}",
            "https://shopdb.example": f"https://localhost:{tls_port}",
        }
        self.home = folder / "var" / "lib" / "shopdb"
        for name in ("bin", "opt", "safe", "var/lib"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        stick = folder / "stick"
        shutil.copytree(ROOT, stick, ignore=NOT_CARRIED)
        for command in (
            ("init", "--quiet"),
            ("add", "--all"),
            (*SOMEBODY, "commit", "--quiet", "--message", "As it is"),
        ):
            subprocess.run(["git", "-C", stick, *command], check=True)
        self._answer_to_mariadb(server)
        path = f"{folder}/bin:{Path(sys.executable).parent}:/usr/bin:/bin"
        settings = {"SHOPDB_PORT": port, "SSL_CERT_FILE": str(folder / "etc" / "shopdb" / "root.crt")}
        self.shopdb = Elsewhere(folder / "bin" / "shopdb", self.home, settings, path)

    def does(self, *commands: str) -> str:
        """Run blocks of the page in one shell and return what they print; each command must succeed."""
        script = HALT + in_its_place("".join(commands), self.places)
        done = subprocess.run(
            ["bash"], input=script, env=self.shopdb.environ, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def takes_over(self) -> None:
        """Let the checkout's own files mean this host's places, and give it the libraries that are here already."""
        for name in ("shopdb-admin", "technicians.sh"):
            path = self.folder / "opt" / "shopdb" / "deploy" / name
            path.write_text(in_its_place(path.read_text(), self.places))
        own = self.folder / "opt" / "shopdb" / ".venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", own], check=True)
        libraries = Path(sysconfig.get_path("purelib", vars={"base": str(own)})) / "libraries.pth"
        libraries.write_text(sysconfig.get_path("purelib"))

    def _answer_to_mariadb(self, server: MariaDB) -> None:
        """Be root of the database by typing `mariadb`, as root of a host is."""
        url = re.match(r"mysql\+pymysql://(\w+):(\w+)@", server.url("mysql"))
        assert url is not None
        options = self.folder / "root.cnf"
        options.write_text(f"[client]\nhost=127.0.0.1\nport={server.port}\nuser={url[1]}\npassword={url[2]}\n")
        client = self.folder / "bin" / "mariadb"
        client.write_text(f'#!/bin/sh\nexec /usr/bin/mariadb --defaults-file={options} "$@"\n')
        client.chmod(0o755)


@pytest.fixture
def host(tmp_path: Path, mariadb_server: MariaDB) -> Iterator[Host]:
    """A host with a MariaDB that keeps what it is told, as one in production does, and TLS in front."""
    port = free_port()
    mariadb_server.run("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
    with tls_front(Authority(tmp_path).certificate("localhost"), int(port)) as tls_port:
        yield Host(tmp_path / "host", mariadb_server, tls_port, port)
    accounts = [f"DROP USER IF EXISTS shopdb_{name}@'127.0.0.1'" for name in ("admin", "server", "technician")]
    mariadb_server.run("DROP DATABASE IF EXISTS shopdb", "SET GLOBAL innodb_flush_log_at_trx_commit = 0", *accounts)


@pytest.mark.slow
@pytest.mark.mariadb
@pytest.mark.timeout(600)
def test_its_steps_make_a_production_site_and_bring_it_back(host: Host, tmp_path: Path) -> None:
    checkout, *steps = blocks("run")
    clone, _, install = checkout.partition("\n")
    host.does(clone)
    host.takes_over()
    for _ in range(2):
        host.does(clone, "\n", install, *steps)
        shutil.copy(tmp_path / "root.pem", host.folder / "etc" / "shopdb" / "root.crt")
        assert_all_is_well(host)

    # The disk dies: what is left is the .env and a copy of the backups.
    before = host.does(f"{HERE} shopdb history users ada --json")
    env = (host.home / ".env").read_text()
    for backup in (host.home / "backups").glob("*.zip"):
        shutil.copy(backup, host.folder / "safe")
    shutil.rmtree(host.home)
    folders, database, *_ = steps
    host.does("mariadb <<< 'DROP DATABASE shopdb'\n", folders)
    (host.home / ".env").write_text(env)
    (host.home / ".env").chmod(0o640)
    host.does(database, *blocks("run: disaster"))
    assert host.does(f"{HERE} shopdb history users ada --json") == before
    assert_all_is_well(host)


def assert_all_is_well(host: Host) -> None:
    """Have the server run and the page's own looks at it succeed; the doctor has nothing to say."""
    with host.shopdb.serving():
        host.does(f"export {HERE}\n", *blocks("run: served"))
        found = json.loads(host.does(f"{HERE} shopdb doctor --json"))
        theirs = json.loads(host.does(A_TECHNICIAN, "shopdb doctor --json || true"))
    assert [one for one in found if one["state"] != "ok"] == []
    faults = {one["id"] for one in theirs if one["state"] == "fault"}
    assert faults == {"backup"}  # which is made in the site's home, not in theirs


def test_the_secrets_of_the_containers_fit_one_another(tmp_path: Path) -> None:
    places = {"/etc/shopdb": str(tmp_path)}
    compose = in_its_place("".join((*blocks("run: secrets"), *blocks("run: compose"))), places)
    (tmp_path / "deploy").mkdir()
    compose = compose.replace("deploy/.env", str(tmp_path / "deploy" / ".env"))
    for _ in range(2):
        subprocess.run(["bash"], input=HALT + compose, text=True, check=True)
    secrets = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o444}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700

    # What the image of the database does with the script: it is sourced, and has this function.
    script = f'docker_process_sql() {{ cat; }}\n. "{ROOT}/deploy/accounts.sh"'
    environ: Mapping[str, str] = {**os.environ, "SECRETS": str(tmp_path / "secrets")}
    said = subprocess.run(["bash", "-euc", script], env=environ, capture_output=True, text=True, check=True).stdout
    for account in ("admin", "server"):
        password = secrets[f"{account}_url"].partition(":")[2].partition(":")[2].partition("@")[0]
        assert len(password) == 64
        assert f"CREATE USER 'shopdb_{account}'@'%' IDENTIFIED BY '{password}';" in said
    assert not (ROOT / "deploy" / "accounts.sh").stat().st_mode & 0o111  # else it is run, and lacks the function
    given, wrong = read_environment({}, tmp_path / "deploy" / ".env")
    assert wrong == []
    assert set(given) == {"SITE_NAME", "SITE_ADDRESS", "ADMIN", "SECRETS"}
