"""The report as a whole: what it looks like, and that nothing in it can harm anything else."""

import json
import threading
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from sqlalchemy import text

from shopdb.boot import Shop
from shopdb.config import Settings, read_settings
from shopdb.doctor import examining
from shopdb.doctor.examinations import EXAMINATIONS, Examination
from shopdb.doctor.examining import examine
from shopdb.doctor.finding import ok
from shopdb.store import journal
from tests.cli.conftest import called
from tests.doctor.conftest import Doctor
from tests.doctor.front import Authority, tls_front
from tests.server.processes import serving
from tests.sites import environment

IDS = (
    "configuration", "env_file", "secrets", "files", "database", "database_settings", "grants", "clock", "disk",
    "migrations", "plugins", "plugin_files", "plugin_operations", "change_log", "collectors", "backup",
    "restore_drill", "port", "certificate",
)  # fmt: skip


def test_every_examination_has_the_id_that_it_always_had(doctor: Doctor) -> None:
    report = doctor()
    assert tuple(report.found) == tuple(one.id for one in EXAMINATIONS) == IDS
    assert all([*one] == ["id", "title", "state", "told", "why", "fix"] for one in report.found.values())


def test_a_fresh_site_has_no_fault(doctor: Doctor, engine_kind: str) -> None:
    report = doctor()
    # The tests' own MariaDB forgets on a power cut, and its only account may do everything.
    assert report.bad() == ({"database_settings", "grants"} if engine_kind == "mariadb" else set())
    assert (report.answer.exit_code, report.answer.stderr) == (0, "")


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_a_production_site_that_is_run_as_it_should_be_is_all_green(
    site: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(site, env="production", trusted_proxy=(ip_network("127.0.0.1"),))
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    with (
        serving(settings, tmp_path) as server,
        tls_front(authority.certificate("localhost"), server.port) as front,
    ):
        changes = {"SHOPDB_PORT": str(server.port), "SHOPDB_PUBLIC_URL": f"https://localhost:{front}"}
        for name, value in {**environment(settings), **changes}.items():
            monkeypatch.setenv(name, value)
        assert called("backup").exit_code == 0
        assert called("restore", "--drill").exit_code == 0
        answer = called("doctor", "--json")
    assert {one["id"]: one["told"] for one in json.loads(answer.stdout) if one["state"] != "ok"} == {}
    assert answer.exit_code == 0


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_people_read_it_in_80_columns_and_nothing_in_it_acts_on_a_terminal(
    doctor: Doctor, shop: Shop, site: Settings, engine_kind: str
) -> None:
    hostile = "\x1b[2Jgone \u202e reversed " * 10
    journal.note_fault(shop.engine, plugin="usb", content_digest=None, program="server", problem=hostile, stopped=False)
    assert doctor().state("plugins") == "warning"
    answer = called("doctor")
    assert answer.exit_code == 0
    assert max(map(len, answer.stdout.splitlines())) <= 80
    assert not set(answer.stdout) & {"\x1b", "\u202e"}
    lines = answer.stdout.splitlines()
    assert lines[-1].startswith("19 examinations: ")
    warned = next(number for number, line in enumerate(lines) if line.startswith("warning  Plugins "))
    assert [line[9:17].strip() for line in lines[warned:] if line[9:17].strip()][1:3] == ["why", "what now"]


def test_a_fault_is_exit_1_with_one_message(doctor: Doctor) -> None:
    report = doctor(SHOPDB_PORT="0")
    assert report.answer.exit_code == 1
    assert report.answer.stderr == "1 fault: configuration; what to do stands under each.\n"
    assert "SHOPDB_PORT (environment) is '0': write a whole number" in report.told("configuration")
    assert {one["told"] for name, one in report.found.items() if name != "configuration"} == {
        "Not examined: the settings cannot be read."
    }


def test_what_production_refuses_is_told_and_the_rest_examined(doctor: Doctor) -> None:
    report = doctor(SHOPDB_ENV="production", SHOPDB_HOST="10.1.2.3", SHOPDB_SECRET_KEY="short")
    assert report.state("configuration") == "fault"
    assert "SHOPDB_SECRET_KEY (environment): production needs" in report.told("configuration")
    assert "SHOPDB_HOST (environment) is '10.1.2.3'" in report.told("configuration")
    assert report.state("migrations") == "ok"


def test_a_database_that_is_away_is_one_fault(doctor: Doctor, site: Settings, engine_kind: str, tmp_path: Path) -> None:
    if engine_kind == "mariadb":
        url = site.database_url.replace("shopdb:", "nobody:")
        told = "does not answer"
    else:
        url = f"sqlite:///{tmp_path / 'never.db'}"
        told = "There is no site in"
    report = doctor(SHOPDB_DATABASE_URL=url)
    assert report.state("database") == "fault"
    assert told in report.told("database")
    waiting = {one.id for one in EXAMINATIONS if one.needs == "database"}
    assert {name for name, one in report.found.items() if one["told"].startswith("Not examined")} == waiting
    assert report.state("port") == "hint"
    assert not (tmp_path / "never.db").exists()


def test_an_examination_that_fails_harms_no_other(doctor: Doctor, shop: Shop) -> None:
    with shop.engine.begin() as connection:
        connection.execute(text("DELETE FROM chain_heads"))
    report = doctor()
    assert report.told("change_log").startswith("The examination failed: ")
    assert report.state("change_log") == "fault"
    assert report.state("collectors") == report.state("migrations") == "ok"


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_an_examination_that_does_not_end_is_left_to_itself(site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    slow = Examination(
        id="slow", title="Slow", why="", look=lambda _case: ok(str(ended.wait(30))), needs="nothing", seconds=0.05
    )
    quick = Examination(id="quick", title="Quick", why="", look=lambda _case: ok("done"), needs="nothing")
    monkeypatch.setattr(examining, "EXAMINATIONS", (slow, quick))
    found = list(examine(read_settings(environment(site)), lambda _settings: "nobody"))
    ended.set()
    assert [(one.finding.state, one.answered) for one in found] == [("warning", False), ("ok", True)]
    assert found[0].finding.told == "No answer within 0.05 s."
