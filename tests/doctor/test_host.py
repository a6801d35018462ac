import socket
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from shopdb.cli.companion import who_answers
from shopdb.config import Settings
from shopdb.doctor import host
from shopdb.keeping.standing import Room
from tests.doctor.conftest import Doctor
from tests.server.processes import free_port


@pytest.fixture
def engine_kind() -> str:
    """No host differs by the engine."""
    return "sqlite"


def test_a_file_that_others_may_read_is_a_fault_of_any_site(doctor: Doctor, tmp_path: Path, site: Settings) -> None:
    site.home.mkdir(exist_ok=True)
    env_file = site.home / ".env"
    env_file.write_text("SHOPDB_SITE_NAME=Works 7\n")
    env_file.chmod(0o640)
    assert doctor().told("env_file") == f"{env_file} is kept from others (mode 640)."
    env_file.chmod(0o644)
    report = doctor()
    assert report.state("env_file") == "fault"
    assert report.told("env_file") == f"{env_file} can be read by everybody on this host (mode 644)."
    assert report.found["env_file"]["fix"] == f"Run `chmod o-rwx {env_file}`."
    assert report.state("configuration") == "hint"


def test_where_each_secret_comes_from_is_told(doctor: Doctor, tmp_path: Path, site: Settings) -> None:
    told = doctor().told("secrets")
    assert "SHOPDB_SECRET_KEY comes from the environment." in told
    assert f"Remembered passwords go to files under {site.home}/credentials, for there is no usable keyring" in told
    given = tmp_path / "given"
    given.mkdir()
    (given / "SHOPDB_SECRET_KEY").write_text("a river that nobody steps in twice\n")
    told = doctor(CREDENTIALS_DIRECTORY=str(given)).told("secrets")
    assert "SHOPDB_SECRET_KEY comes from the credential directory." in told
    assert "a river" not in told


def test_without_a_secret_of_its_own_the_home_keeps_one(doctor: Doctor, site: Settings) -> None:
    report = doctor(SHOPDB_SECRET_KEY="")
    assert f"SHOPDB_SECRET_KEY comes from files under {site.home}/credentials." in report.told("secrets")


@pytest.fixture
def exposed(site: Settings, tmp_path: Path) -> Settings:
    """A site whose folders others can walk into, as they cannot into pytest's own."""
    pytests = [above for above in tmp_path.parents if Path(tempfile.gettempdir()) in above.parents]
    for above in (tmp_path, *pytests):
        above.chmod(0o755)
    site.home.mkdir(mode=0o755, exist_ok=True)
    (site.home / "credentials").mkdir(mode=0o700)
    (site.home / "credentials" / "terminal-password").touch(mode=0o600)
    assert site.database_file is not None
    site.database_file.chmod(0o600)
    return site


def test_files_that_others_may_read_or_change_are_faults(exposed: Settings) -> None:
    assert host.files(exposed).state == "ok"
    assert exposed.database_file is not None
    exposed.database_file.chmod(0o644)
    (exposed.home / "credentials").chmod(0o755)
    (exposed.home / "credentials" / "terminal-password").chmod(0o644)
    plugins = exposed.home / "plugins"
    plugins.mkdir()
    plugins.chmod(0o777)
    found = host.files(exposed)
    assert found.state == "fault"
    assert found.told.split(". ") == [
        f"Others on this host can read {exposed.database_file}",
        f"Others on this host can read {exposed.home}/credentials",
        f"Others on this host can read {exposed.home}/credentials/terminal-password",
        f"Others on this host can change {plugins}.",
    ]
    assert f"Run `chmod o-w {plugins}`." in found.fix


def test_what_lies_behind_a_closed_door_is_kept(exposed: Settings) -> None:
    assert exposed.database_file is not None
    exposed.database_file.chmod(0o666)
    assert host.files(exposed).state == "fault"
    exposed.database_file.parent.chmod(0o700)
    assert host.files(exposed).state == "ok"


def test_a_disk_without_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path / "not yet", "a backup", free=10**9, needed=10**6)
    assert host.disks([room]).state == "ok"
    full = host.disks([replace(room, needed=10**15), room])
    assert full.state == "warning"
    assert full.told.startswith("1,000,000,000 MB are needed in ")
    monkeypatch.setattr(host, "LITTLE_FREE", 10**18)
    assert host.disks([room]).state == "warning"
    monkeypatch.setattr(host, "LEAST_FREE", 10**18)
    assert host.disks([room]).state == "fault"


def test_a_port_is_free_or_another_s(site: Settings) -> None:
    settings = replace(site, port=free_port())
    address = f"127.0.0.1:{settings.port}"
    assert host.port(who_answers(settings), address).state == "hint"
    with socket.create_server(("127.0.0.1", settings.port)) as listener:
        listener.listen()
        listener.settimeout(10)
        assert host.port(who_answers(settings), address).state == "fault"
    assert host.port("this site", address).state == "ok"
