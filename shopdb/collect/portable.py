"""What psutil and the standard library find out alike on every platform."""

from __future__ import annotations

import platform
import socket
from collections.abc import Callable, Collection
from ipaddress import IPv4Address, IPv6Address, ip_address

import psutil

from shopdb.collect.inventory import Address, Inventory, is_reachable, mebibytes, moment
from shopdb.exceptions import ProbeFailedError


def name() -> Inventory:
    """The host's name as people call it, and the domain when the name carries one."""
    host, _, domain = socket.gethostname().strip().partition(".")
    if not host:
        raise ProbeFailedError("the host's name", "it is empty")
    # macOS appends `local`, the domain of multicast DNS: it belongs to no site.
    return Inventory(hostname=host, domain="" if domain == "local" else domain)


def architecture() -> Inventory:
    """The architecture that the operating system runs on, in its own word (`x86_64`, `AMD64`, `arm64`)."""
    return Inventory(os_architecture=platform.machine())


def memory() -> Inventory:
    """Memory that the operating system can use: what firmware keeps for itself is not in it."""
    return Inventory(memory_mb=mebibytes(psutil.virtual_memory().total))


def last_boot() -> Inventory:
    """When the machine was started; the system's clock, when corrected later, moves it by a second or two."""
    return Inventory(last_boot=moment(psutil.boot_time()))


def present_user() -> str:
    """Who opened the newest session that is still open; empty when nobody has one."""
    return max(psutil.users(), key=lambda user: user.started).name if psutil.users() else ""


def addresses(
    leads_out: Callable[[str], bool], passing: Collection[IPv4Address | IPv6Address] = frozenset()
) -> list[Address]:
    """Addresses of the interfaces that `leads_out` accepts, without those in `passing`: they will change."""
    return [
        Address(ip=str(ip), mac=mac, interface=interface)
        for interface, entries in psutil.net_if_addrs().items()
        if leads_out(interface)
        for mac in [next((entry.address for entry in entries if entry.family == psutil.AF_LINK), "")]
        for entry in entries
        if entry.family in (socket.AF_INET, socket.AF_INET6)
        for ip in [ip_address(entry.address.partition("%")[0])]
        if is_reachable(ip) and ip not in passing
    ]
