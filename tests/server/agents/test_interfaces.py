from __future__ import annotations

import pytest

from shopdb.server.agents.interfaces import canonical_mac, reachable_ip
from tests.server.agents.samples import computer

MAC = "00:1a:2b:3c:4d:5e"


def interface(name: str, extra: str = "", ip: str = "10.1.2.3") -> str:
    return (
        f"<NETWORKS><DESCRIPTION>{name}</DESCRIPTION><MACADDR>{MAC}</MACADDR>"
        f"<IPADDRESS>{ip}</IPADDRESS>{extra}</NETWORKS>"
    )


@pytest.mark.parametrize(
    "name",
    [
        "eth0",
        "enp3s0",
        "wlan0",
        "em1",
        "local1",
        "Ethernet",
        "brother0",
        "vmxnet3 Ethernet Adapter",
        "Red Hat VirtIO Ethernet Adapter",
        "Microsoft Hyper-V Network Adapter",
        "Intel(R) I225-V",
    ],
)
def test_a_card_gives_its_address_and_identity(name: str) -> None:
    found = computer(interface(name))
    assert found["macs"] == [MAC]
    assert found["ips"] == [{"ip": "10.1.2.3", "mac": MAC, "interface": name}]


@pytest.mark.parametrize(
    "name",
    [
        "br0",
        "br-lan",
        "bond0",
        "vmbr0",
        "team0",
        "vlan20",
        "eth0.20",
        "eth0:1",
        "Carte virtuelle",
        "Hyper-V Virtual Ethernet Adapter #2",
    ],
)
def test_what_lies_on_cards_gives_addresses_alone(name: str) -> None:
    found = computer(interface(name))
    assert found["macs"] == []
    assert [address["ip"] for address in found["ips"]] == ["10.1.2.3"]


@pytest.mark.parametrize(
    "name",
    [
        "lo",
        "docker0",
        "docker_gwbridge",
        "br-0123456789ab",
        "veth12ab@if3",
        "virbr0",
        "vnet3",
        "tun0",
        "tap-vpn",
        "wg0",
        "ifb1",
        "cali0a1b",
        "tailscale0",
        "ztabcdefgh",
        "VMware Virtual Ethernet Adapter for VMnet8",
        "Bluetooth Device (Personal Area Network)",
        "TAP-Windows Adapter V9",
        "WAN Miniport (IP)",
        "utun2",
    ],
)
def test_what_leads_nowhere_gives_nothing(name: str) -> None:
    found = computer(interface(name))
    assert (found["macs"], found["ips"]) == ([], [])


@pytest.mark.parametrize(
    "mark",
    [
        "<VIRTUALDEV>1</VIRTUALDEV>",
        "<VIRTUALDEV>Virtual</VIRTUALDEV>",
        "<TYPE>bridge</TYPE>",
        "<TYPE>Virtual</TYPE>",
        "<PNPDEVICEID>root\\NET\\0000</PNPDEVICEID>",
        "<PNPDEVICEID>BTH\\MS_BTHPAN</PNPDEVICEID>",
        "<PNPDEVICEID>USB\\VID_0BDA</PNPDEVICEID>",
        "<DRIVER>r8152</DRIVER>",
    ],
)
def test_what_is_virtual_or_goes_along_to_the_next_pc_is_no_card(mark: str) -> None:
    found = computer(interface("net7", mark))
    assert found["macs"] == []
    assert [address["ip"] for address in found["ips"]] == ["10.1.2.3"]


def test_an_address_seen_twice_is_told_once() -> None:
    assert len(computer(interface("eth0") + interface("eth1"))["ips"]) == 1


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("10.1.2.3", "10.1.2.3"),
        (" 2001:DB8:0:0::7 ", "2001:db8::7"),
        ("fd00::2%eth0", "fd00::2"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("fe80::1", ""),
        ("169.254.3.4", ""),
        ("::", ""),
        ("224.0.0.1", ""),
        ("10.1.2.300", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_an_address_that_others_can_use_counts(written: str | None, canonical: str) -> None:
    assert reachable_ip(written) == canonical


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("00:1A:2B:3C:4D:5E", MAC),
        ("00-1a-2b-3c-4d-5e ", MAC),
        ("00:00:00:00:00:00", ""),
        ("00:1a:2b:3c:4d", ""),
        ("00:1a:2b:3c:4d:5e:6f:70", ""),
        (None, ""),
    ],
)
def test_a_mac_is_written_one_way_or_not_at_all(written: str | None, canonical: str) -> None:
    assert canonical_mac(written) == canonical
