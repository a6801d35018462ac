import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from shopdb.config import Settings
from shopdb.doctor.certificate import in_front
from shopdb.doctor.finding import Finding
from shopdb.store.base import utc_now
from tests.doctor.front import DAY, NOW, Authority, tls_front
from tests.server.processes import ServerProcess, free_port, serving

pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"])


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """A CA that this host trusts."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.root))
    return made


@pytest.fixture
def server(site: Settings, tmp_path: Path) -> Iterator[ServerProcess]:
    with serving(site, tmp_path) as started:
        yield started


def found_at(site: Settings, url: str) -> Finding:
    return in_front(replace(site, public_url=url), utc_now())


def test_a_good_certificate_that_leads_here_is_well(
    site: Settings, server: ServerProcess, authority: Authority
) -> None:
    with tls_front(authority.certificate("localhost"), server.port) as port:
        found = found_at(site, f"https://localhost:{port}")
    assert found.state == "ok"
    assert f"good until {NOW + 89 * DAY:%Y-%m-%d %H:%M} UTC" in found.told


@pytest.mark.parametrize(
    ("left", "of", "state"),
    [
        (timedelta(days=20), timedelta(days=90), "ok"),
        (timedelta(days=10), timedelta(days=90), "warning"),
        (timedelta(hours=5), timedelta(hours=12), "ok"),
        (timedelta(hours=2), timedelta(hours=12), "warning"),
        (timedelta(days=30), timedelta(days=3650), "ok"),
        (timedelta(days=20), timedelta(days=3650), "warning"),
    ],
)
def test_who_renews_by_himself_is_warned_of_when_he_has_not(
    site: Settings, server: ServerProcess, authority: Authority, *, left: timedelta, of: timedelta, state: str
) -> None:
    end = utc_now() + left
    file = authority.certificate("localhost", begin=end - of, end=end)
    with tls_front(file, server.port) as port:
        assert found_at(site, f"https://localhost:{port}").state == state


def test_a_certificate_that_ran_out_is_a_fault(site: Settings, server: ServerProcess, authority: Authority) -> None:
    file = authority.certificate("localhost", begin=NOW - 90 * DAY, end=NOW - DAY)
    with tls_front(file, server.port) as port:
        found = found_at(site, f"https://localhost:{port}")
    assert (found.state, "expired" in found.told) == ("fault", True)
    assert found.fix.startswith("Renew it")


def test_a_certificate_of_another_name_is_a_fault(site: Settings, server: ServerProcess, authority: Authority) -> None:
    with tls_front(authority.certificate("elsewhere.example"), server.port) as port:
        found = found_at(site, f"https://localhost:{port}")
    assert found.state == "fault"
    assert "certificate for this name" in found.fix


def test_a_ca_that_this_host_does_not_know_is_a_fault(site: Settings, server: ServerProcess, tmp_path: Path) -> None:
    with tls_front(Authority(tmp_path).certificate("localhost"), server.port) as port:
        found = found_at(site, f"https://localhost:{port}")
    assert found.state == "fault"
    assert "trust the site's CA" in found.fix


def test_a_proxy_that_leads_elsewhere_is_a_fault(site: Settings, server: ServerProcess, authority: Authority) -> None:
    other = replace(site, database_url="sqlite:////another/shop.db", public_url="")
    with tls_front(authority.certificate("localhost"), server.port) as port:
        assert "not as this site's server" in found_at(other, f"https://localhost:{port}").told
    with tls_front(authority.certificate("localhost"), free_port()) as port:
        assert "not as this site's server" in found_at(site, f"https://localhost:{port}").told


def test_a_proxy_that_does_not_answer_is_a_fault(site: Settings, authority: Authority) -> None:
    found = found_at(site, f"https://localhost:{free_port()}")
    assert (found.state, "does not answer" in found.told) == ("fault", True)
    with socket.create_server(("127.0.0.1", 0)) as plain:
        plain.listen()
        port = plain.getsockname()[1]
        assert found_at(site, f"https://127.0.0.1:{port}").state == "fault"


def test_without_an_address_nothing_is_asked(site: Settings) -> None:
    assert in_front(site, NOW).state == "ok"
    found = in_front(replace(site, trusted_proxy=(ip_network("127.0.0.1"),)), NOW)
    assert (found.state, "SHOPDB_PUBLIC_URL" in found.fix) == ("hint", True)
    assert found_at(site, "http://shopdb.example").state == "hint"
