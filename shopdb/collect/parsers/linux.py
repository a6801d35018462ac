"""Files of Linux and of its base system."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from ipaddress import IPv6Address

from shopdb.collect.inventory import Inventory

# Flags of /proc/net/if_inet6 (linux/if_addr.h): addresses that come and go, or do not hold.
IFA_F_TEMPORARY = 0x01
IFA_F_DADFAILED = 0x08
IFA_F_DEPRECATED = 0x20
IFA_F_TENTATIVE = 0x40
PASSING = IFA_F_TEMPORARY | IFA_F_DADFAILED | IFA_F_DEPRECATED | IFA_F_TENTATIVE

# What distributions put behind `localhost`.
NO_DOMAIN = frozenset({"", "localdomain", "localdomain4", "localdomain6"})

# What `last` lists beside people.
NO_PERSON = frozenset({"", "boot", "reboot", "runlevel", "shutdown", "wtmp", "btmp"})


def operating_system(os_release: str, debian_version: str = "") -> Inventory:
    """Name and version from os-release(5); Debian keeps its point release (12.8) in a file of its own."""
    said = dict(_assignments(os_release))
    version = said.get("VERSION_ID") or said.get("BUILD_ID", "")
    if said.get("ID") == "debian" and re.fullmatch(r"\d+(\.\d+)+", debian_version.strip()):
        version = debian_version.strip()
    return Inventory(os_name=said.get("NAME") or "Linux", os_version=version)


def processor(cpuinfo: str) -> str:
    """The first processor's name; ARM kernels give none."""
    named = re.search(r"(?m)^(?:model name|cpu model|cpu)[ \t]*:[ \t]*(\S.*)$", cpuinfo)
    return named[1] if named else ""


def domain(hostname: str, hosts: str) -> str:
    """What stands behind the host's name in /etc/hosts, where it is found without asking a DNS."""
    for line in hosts.splitlines():
        for name in line.partition("#")[0].split()[1:]:
            host, dot, rest = name.partition(".")
            if dot and host.casefold() == hostname.casefold() and rest.casefold() not in NO_DOMAIN:
                return rest
    return ""


def passing_addresses(if_inet6: str) -> frozenset[IPv6Address]:
    """IPv6 addresses that the kernel will drop again: privacy addresses change daily and identify nothing."""
    rows = (line.split() for line in if_inet6.splitlines())
    return frozenset(IPv6Address(int(row[0], 16)) for row in rows if len(row) == 6 and int(row[4], 16) & PASSING)


def last_login(listing: str) -> str:
    """The person who logged in last, by `last --fullnames`: newest first."""
    for line in listing.splitlines():
        name = line.partition(" ")[0]
        if name not in NO_PERSON:
            return name
    return ""


def udev_serial(record: str) -> str:
    """A disk's serial number from its entry in udev's database."""
    said = dict(line[2:].split("=", 1) for line in record.splitlines() if re.match(r"E:[^=]+=", line))
    return said.get("ID_SERIAL_SHORT", "")


def _assignments(os_release: str) -> Iterable[tuple[str, str]]:
    """Shell assignments without the shell; a line that is none is skipped."""
    for line in os_release.splitlines():
        name, equals, quoted = line.strip().partition("=")
        if not equals or name.startswith("#"):
            continue
        try:
            yield name, "".join(shlex.split(quoted))
        except ValueError:
            yield name, quoted.strip("\"'")
