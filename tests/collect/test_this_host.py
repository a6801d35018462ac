import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopdb import __version__
from shopdb.cli import main
from shopdb.collect import this_host
from shopdb.collect.agent_id import agent_id
from shopdb.collect.courier import Courier, Patience, Server
from shopdb.collect.inventory import Inventory
from shopdb.collect.probes import Probe
from shopdb.collect.spool import Spool
from shopdb.collect.this_host import Collected, collect_this_host
from shopdb.exceptions import (
    CollectorBusyError,
    PlatformUnknownError,
    ProbeFailedError,
    PushKeptError,
    PushRefusedError,
    SpoolError,
)
from tests.collect.conftest import TOKEN, Answer, ShopServer


def _dark() -> Inventory:
    raise ProbeFailedError("the screens", "it is dark")


class Machine:
    """A machine that says what it is told to say."""

    def __init__(self) -> None:
        self.says = Inventory(hostname="lathe-7", macs=["00:11:22:33:44:55"], software=[{"name": "vim"}])

    def probes(self) -> tuple[Probe, ...]:
        return (Probe("everything", lambda: self.says), Probe("monitors", _dark))


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine()
    monkeypatch.setitem(this_host.PLATFORMS, sys.platform, found)
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def courier(shop_server: ShopServer, quick_patience: Patience) -> Courier:
    return Courier(Server.at(shop_server.url), TOKEN, quick_patience)


def waiting(home: Path) -> list[bytes]:
    return [push.body for push in Spool(home / "spool").waiting()]


def test_what_this_machine_says_is_pushed_and_leaves_the_spool(
    home: Path, courier: Courier, shop_server: ShopServer, told: list[str]
) -> None:
    collected = collect_this_host(home, courier, told.append)

    (request,) = shop_server.received
    assert request.payload == collected.inventory
    assert request.payload["hostname"] == "lathe-7"
    assert request.payload["source"] == f"shopdb-collect {__version__}"
    assert request.payload["partial"] is False
    assert request.payload["agent_id"] == agent_id(home)
    assert request.payload["observed_at"].endswith("Z")
    assert collected.verdict.outcome == "created"
    assert waiting(home) == []
    assert told == ["monitors left out: the screens: it is dark"]


def test_a_push_that_did_not_arrive_is_replaced_by_the_next_one(
    home: Path, courier: Courier, dead_url: str, machine: Machine, shop_server: ShopServer
) -> None:
    told: list[str] = []
    nobody = Courier(Server.at(dead_url), TOKEN, Patience(total=0.1, first=0.01, longest=0.02))
    with pytest.raises(PushKeptError, match="kept in"):
        collect_this_host(home, nobody, told.append)
    assert len(waiting(home)) == 1
    machine.says["model"] = "Tower 7"

    collect_this_host(home, courier, told.append)

    (request,) = shop_server.received
    assert request.payload["model"] == "Tower 7"
    assert waiting(home) == []


def test_older_pushes_of_others_go_first_and_do_not_hold_the_newest_up(
    home: Path, courier: Courier, shop_server: ShopServer, told: list[str]
) -> None:
    spool = Spool(home / "spool")
    for name in ("one", "two"):
        spool.add(b'{"name": "%s"}' % name.encode(), plugin="printers", subject=name, full=True)
    shop_server.answers.append(Answer(422, {"error": {"message": "no such model"}}))

    collect_this_host(home, courier, told.append)

    assert [request.path.rpartition("/")[2] for request in shop_server.received] == [
        "printers",
        "printers",
        "computers",
    ]
    assert waiting(home) == []
    assert any("no such model" in line for line in told)


def test_an_older_push_that_the_server_cannot_take_does_not_hold_the_newest_up(
    home: Path, shop_server: ShopServer, told: list[str]
) -> None:
    courier = Courier(Server.at(shop_server.url), TOKEN, Patience())
    for name in ("one", "two"):
        Spool(home / "spool").add(b'{"name": "%s"}' % name.encode(), plugin="printers", subject=name, full=True)
    shop_server.answers.append(Answer(500, {}, {"Retry-After": "3600"}))

    assert collect_this_host(home, courier, told.append).verdict.outcome == "created"
    assert len(waiting(home)) == 2
    assert any("cannot take it now" in line for line in told)


def test_a_refused_push_is_told_and_kept_aside(
    home: Path, courier: Courier, shop_server: ShopServer, told: list[str]
) -> None:
    shop_server.answers.append(Answer(200, {"outcome": "refused", "id": None, "reasons": ["macs: are odd"]}))

    with pytest.raises(PushRefusedError, match="macs: are odd"):
        collect_this_host(home, courier, told.append)

    assert waiting(home) == []
    assert len(list((home / "spool/refused").glob("*.push"))) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 308])
def test_a_push_waits_for_the_set_up_to_be_mended(
    status: int, home: Path, courier: Courier, shop_server: ShopServer, told: list[str]
) -> None:
    shop_server.answers.append(Answer(status, {}))

    with pytest.raises(PushKeptError):
        collect_this_host(home, courier, told.append)

    assert len(waiting(home)) == 1


def test_a_damaged_push_in_the_spool_is_told_and_nothing_stops(home: Path, courier: Courier, told: list[str]) -> None:
    push = Spool(home / "spool").add(b"x", plugin="printers", subject="p", full=True)
    push.path.write_bytes(b"")

    assert collect_this_host(home, courier, told.append).verdict.outcome == "created"
    assert any("could not be read" in line for line in told)


def test_two_collectors_at_once_are_one_too_many(home: Path, courier: Courier, told: list[str]) -> None:
    with Spool(home / "spool").lock(), pytest.raises(CollectorBusyError):
        collect_this_host(home, courier, told.append)


def test_a_home_that_cannot_be_written_is_named(home: Path, courier: Courier, told: list[str]) -> None:
    home.write_text("a file is in the way")

    with pytest.raises(SpoolError, match="cannot be used"):
        collect_this_host(home, courier, told.append)


def test_a_machine_without_a_name_pushes_nothing(
    home: Path, courier: Courier, machine: Machine, shop_server: ShopServer, told: list[str]
) -> None:
    machine.says = Inventory(macs=[])

    with pytest.raises(ProbeFailedError, match="no name"):
        collect_this_host(home, courier, told.append)
    assert shop_server.received == []


def test_an_operating_system_nobody_knows_is_named(
    home: Path, courier: Courier, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.delitem(this_host.PLATFORMS, sys.platform)

    with pytest.raises(PlatformUnknownError, match=sys.platform):
        collect_this_host(home, courier, told.append)


def test_the_agent_id_is_made_once(home: Path) -> None:
    home.mkdir()
    made = agent_id(home)

    assert uuid.UUID(made).version == 4
    assert agent_id(home) == made


@pytest.mark.parametrize("damage", [b"", b"not a uuid", b"\xff\xfe"])
def test_a_damaged_agent_id_is_made_anew(home: Path, damage: bytes) -> None:
    home.mkdir()
    (home / "agent-id").write_bytes(damage)

    assert agent_id(home) == agent_id(home)


Run = Callable[..., Result]


class TestCommand:
    @pytest.fixture
    def run(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
        monkeypatch.setenv("SHOPDB_HOME", str(home))
        monkeypatch.setenv("SHOPDB_COLLECTOR_TOKEN", TOKEN)

        def run(*options: str) -> Result:
            return CliRunner().invoke(main, ["collect", "this-host", *options])

        return run

    def test_one_line_says_what_was_seen_and_what_came_of_it(self, run: Run, shop_server: ShopServer) -> None:
        ended = run("--server", shop_server.url)

        assert ended.exit_code == 0
        assert ended.stdout == "lathe-7: 1 package -> created (computer 12)\n"
        assert "warning: monitors left out" in ended.stderr

    def test_held_is_told_with_its_reasons(self, run: Run, shop_server: ShopServer) -> None:
        shop_server.answers.append(Answer(202, {"outcome": "held", "id": None, "reasons": ["two candidates"]}))

        assert run("--server", shop_server.url).stdout == "lathe-7: 1 package -> held: two candidates\n"

    def test_the_server_may_come_from_the_environment(
        self, run: Run, shop_server: ShopServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SHOPDB_SERVER_URL", shop_server.url)

        assert run().exit_code == 0

    @pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104  what a server may listen on
    def test_without_a_server_it_is_this_sites_own(
        self, host: str, run: Run, shop_server: ShopServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SHOPDB_HOST", host)
        monkeypatch.setenv("SHOPDB_PORT", shop_server.url.rpartition(":")[2])

        assert run().exit_code == 0
        assert len(shop_server.received) == 1

    def test_without_a_token_nothing_is_observed(
        self, run: Run, home: Path, shop_server: ShopServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SHOPDB_COLLECTOR_TOKEN")
        ended = run("--server", shop_server.url)

        assert ended.exit_code == 1
        assert "shopdb token create" in ended.stderr
        assert not (home / "spool").exists()

    def test_a_refusal_ends_with_1_and_one_message_without_the_token(self, run: Run, shop_server: ShopServer) -> None:
        shop_server.answers.append(Answer(401, {}))
        ended = run("--server", shop_server.url)

        assert ended.exit_code == 1
        assert ended.stdout == ""
        assert "does not accept the token" in ended.stderr
        assert TOKEN not in ended.stderr

    def test_the_token_on_plain_http_to_another_host_is_warned_of(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refused(*_: object) -> Collected:
            raise PushKeptError("http://shop.example", "does not answer", "the spool")

        monkeypatch.setattr(this_host, "collect_this_host", refused)
        ended = run("--server", "http://shop.example")

        assert "warning: the token travels to http://shop.example readable" in ended.stderr
        assert ended.exit_code == 1
