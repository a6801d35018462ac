from hypothesis import given
from hypothesis import strategies as st

from shopdb.collect.parsers import packages

DPKG = (
    "installed\tadduser\t3.134\t\t\n"
    "config-files\told-kernel\t5.10\t\t\n"
    "installed\tvendor-tool\t1:2.0-1~x\t\tExample GmbH\n"
    "installed\tother-tool\t3\tExample Origin\tExample GmbH\n"
    "half-installed\tbroken\t1\t\t\n"
    "not a line of it\n"
)


def test_dpkg_lists_what_is_installed_with_who_publishes_it() -> None:
    assert packages.dpkg(DPKG) == [
        {"name": "adduser", "version": "3.134", "publisher": ""},
        {"name": "vendor-tool", "version": "1:2.0-1~x", "publisher": "Example GmbH"},
        {"name": "other-tool", "version": "3", "publisher": "Example Origin"},
    ]


def test_rpm_lists_packages_but_not_the_keys_it_trusts() -> None:
    listing = (
        "warning: something about a database\n"
        "bash\t5.2.26-3.el9\tExample Linux\n"
        "gpg-pubkey\t8d8b756f-5e6f\t(none)\n"
        "local-tool\t2:1.0-1\t(none)\n"
    )

    assert packages.rpm(listing) == [
        {"name": "bash", "version": "5.2.26-3.el9", "publisher": "Example Linux"},
        {"name": "local-tool", "version": "2:1.0-1", "publisher": ""},
    ]


def test_apk_is_read_from_its_database() -> None:
    database = (
        "C:Q1abc=\nP:busybox\nV:1.36.1-r5\nA:x86_64\nT:Size optimised: toolbox\nF:bin\nR:busybox\n\n"
        "P:musl\nV:1.2.4-r2\n\n"
        "F:orphan\n"
    )

    assert packages.apk(database) == [
        {"name": "busybox", "version": "1.36.1-r5"},
        {"name": "musl", "version": "1.2.4-r2"},
    ]


def test_pacman_prints_name_and_version() -> None:
    assert packages.pacman("bash 5.2.037-1\nlinux 6.12.1.arch1-1\nwarning: odd line here\n") == [
        {"name": "bash", "version": "5.2.037-1"},
        {"name": "linux", "version": "6.12.1.arch1-1"},
    ]


@given(st.text())
def test_no_listing_breaks_the_reading(listing: str) -> None:
    for read in (packages.dpkg, packages.rpm, packages.apk, packages.pacman):
        assert all(entry["name"] for entry in read(listing))
