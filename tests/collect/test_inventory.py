from ipaddress import ip_address

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdb.collect.inventory import (
    LONGEST_TEXT,
    Inventory,
    is_reachable,
    mebibytes,
    moment,
    printable,
    tidied,
)


def test_what_is_blank_is_absent_and_what_is_none_stays_an_empty_list() -> None:
    found = Inventory(hostname=" lathe-7 ", model="", macs=[], software=[{"name": "vim", "version": " "}])

    assert tidied(found) == {"hostname": "lathe-7", "macs": [], "software": [{"name": "vim"}]}


def test_lists_are_sorted_case_aside_and_without_doubles() -> None:
    found = tidied(
        Inventory(
            software=[
                {"name": "zsh", "version": "5"},
                {"name": "Vim", "version": "9"},
                {"name": "awk", "version": "1"},
                {"name": "zsh", "version": "5"},
                {"name": "zsh", "version": "4"},
            ],
            macs=["02:00:00:00:00:02", "02:00:00:00:00:01", "02:00:00:00:00:02"],
        )
    )

    assert [(entry["name"], entry["version"]) for entry in found["software"]] == [
        ("awk", "1"),
        ("Vim", "9"),
        ("zsh", "4"),
        ("zsh", "5"),
    ]
    assert found["macs"] == ["02:00:00:00:00:01", "02:00:00:00:00:02"]


def test_two_screens_of_one_model_are_two_screens() -> None:
    assert len(tidied(Inventory(monitors=[{"model": "E24"}, {"model": "E24"}]))["monitors"]) == 2


def test_text_is_cut_rather_than_the_push_refused() -> None:
    assert tidied(Inventory(hostname="x" * 10_000))["hostname"] == "x" * LONGEST_TEXT


def test_what_has_no_case_is_written_small() -> None:
    assert tidied(Inventory(uuid="4C4C4544", domain="SHOP.example", model="Tower 7")) == {
        "uuid": "4c4c4544",
        "domain": "shop.example",
        "model": "Tower 7",
    }


def test_numbers_and_flags_are_kept_though_they_are_nothing() -> None:
    assert tidied(Inventory(memory_mb=0, partial=False)) == {"memory_mb": 0, "partial": False}


@given(st.text(), st.lists(st.text()))
def test_whatever_a_machine_says_can_be_sent(name: str, packages: list[str]) -> None:
    found = tidied(Inventory(hostname=name, software=[{"name": package} for package in packages]))

    assert orjson.loads(orjson.dumps(found)) == found
    assert tidied(found) == found


@given(st.text())
def test_nothing_that_is_told_steers_a_terminal(text: str) -> None:
    assert printable(text).isprintable()


def test_units() -> None:
    assert mebibytes(1024 * 1024 * 3 - 1) == 2
    assert moment(1_700_000_000.9) == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize(
    ("ip", "reachable"),
    [
        ("10.9.8.7", True),
        ("192.0.2.2", True),
        ("fd00::2", True),
        ("2001:db8::7", True),
        ("127.0.0.1", False),
        ("169.254.3.4", False),
        ("fe80::1", False),
        ("::1", False),
        ("::", False),
        ("224.0.0.1", False),
    ],
)
def test_addresses_of_one_host_or_one_cable_reach_nobody(ip: str, reachable: bool) -> None:
    assert is_reachable(ip_address(ip)) is reachable
