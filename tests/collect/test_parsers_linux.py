from ipaddress import IPv6Address

import pytest

from shopdb.collect.parsers import linux, smbios


@pytest.mark.parametrize(
    ("os_release", "debian_version", "name", "version"),
    [
        ('NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n', "12.8\n", "Debian GNU/Linux", "12.8"),
        ('NAME="Debian GNU/Linux"\nID=debian\n', "trixie/sid\n", "Debian GNU/Linux", ""),
        ("NAME=Ubuntu\nVERSION_ID='24.04'\nID=ubuntu\nID_LIKE=debian\n", "trixie/sid\n", "Ubuntu", "24.04"),
        ('# a remark\n\nNAME="Arch Linux"\nBUILD_ID=rolling\n', "", "Arch Linux", "rolling"),
        ('NAME="He said \\"hi\\""\nVERSION_ID=1', "", 'He said "hi"', "1"),
        ('NAME="unclosed\nVERSION_ID=1', "", "unclosed", "1"),
        ("", "", "Linux", ""),
    ],
)
def test_the_operating_system_by_its_release_file(
    os_release: str, debian_version: str, name: str, version: str
) -> None:
    assert linux.operating_system(os_release, debian_version) == {"os_name": name, "os_version": version}


@pytest.mark.parametrize(
    ("cpuinfo", "name"),
    [
        (
            "processor\t: 0\nmodel\t\t: 94\nmodel name\t: Example CPU @ 2.30GHz\nmodel name\t: second\n",
            "Example CPU @ 2.30GHz",
        ),
        ("processor : 0\ncpu\t\t: POWER9, altivec supported\n", "POWER9, altivec supported"),
        ("processor\t: 0\nBogoMIPS\t: 108.00\nCPU part\t: 0xd08\n", ""),
        ("model name\t: \n", ""),
        ("", ""),
    ],
)
def test_the_processor_by_its_first_core(cpuinfo: str, name: str) -> None:
    assert linux.processor(cpuinfo) == name


@pytest.mark.parametrize(
    ("hosts", "domain"),
    [
        ("127.0.0.1 localhost\n127.0.1.1\tlathe-7.shop.example lathe-7\n", "shop.example"),
        ("10.0.0.7 LATHE-7.shop.example # lathe-7.other.example\n", "shop.example"),
        ("127.0.0.1 lathe-7.localdomain lathe-7\n", ""),
        ("127.0.0.1 lathe-7\n10.0.0.8 lathe-77.shop.example\n", ""),
        ("", ""),
    ],
)
def test_the_domain_by_the_hosts_file(hosts: str, domain: str) -> None:
    assert linux.domain("lathe-7", hosts) == domain


def test_privacy_addresses_pass() -> None:
    if_inet6 = (
        "20010db8000000000000000000000007 02 40 00 80     eth0\n"
        "20010db80000000012345678abcdef01 02 40 00 01     eth0\n"
        "20010db80000000012345678abcdef02 02 40 00 21     eth0\n"
        "fe800000000000000000000000000001 02 40 20 80     eth0\n"
    )

    assert linux.passing_addresses(if_inet6) == {
        IPv6Address("2001:db8::1234:5678:abcd:ef01"),
        IPv6Address("2001:db8::1234:5678:abcd:ef02"),
    }


@pytest.mark.parametrize(
    ("listing", "name"),
    [
        (
            (
                "reboot   system boot  6.1.0 Mon Nov 16 08:01   still running\n"
                "schneider tty2        tty2  Mon Nov 16 08:03   still logged in\n"
                "mueller  tty2         tty2  Fri Nov 13 08:03 - 16:00  (07:57)\n\n"
                "wtmp begins Mon Nov  2 07:58:11 2026\n"
            ),
            "schneider",
        ),
        ("\nwtmp begins Tue May 20 00:00:00 2025\n", ""),
        ("", ""),
    ],
)
def test_the_last_login_is_a_person(listing: str, name: str) -> None:
    assert linux.last_login(listing) == name


def test_a_disks_serial_number_in_udevs_database() -> None:
    record = "S:disk/by-id/x\nE:ID_SERIAL=EXAMPLE_SSD_S1\nE:ID_SERIAL_SHORT=S1=2\nG:systemd\n"

    assert linux.udev_serial(record) == "S1=2"
    assert linux.udev_serial("") == ""


@pytest.mark.parametrize(
    ("number", "name"),
    [("9", "Laptop"), ("137", "Laptop"), (3, "Desktop"), ("1", ""), ("2", ""), ("", ""), ("x", "")],
)
def test_the_chassis_by_its_number_with_or_without_a_lock(number: str | int, name: str) -> None:
    assert smbios.chassis_type(number) == name


@pytest.mark.parametrize("placeholder", ["To Be Filled By O.E.M.", "Default string", " None ", "N/A", ""])
def test_a_placeholder_of_the_maker_is_no_value(placeholder: str) -> None:
    assert smbios.stated(placeholder) == ""


def test_what_a_maker_states_is_taken() -> None:
    assert smbios.stated(" OptiPlex 7090 ") == "OptiPlex 7090"
