"""Computers out of the inventories that agents send of the machine they run on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

from shopdb.exceptions import AgentMessageIncompleteError
from shopdb.server.agents.disks import disks
from shopdb.server.agents.interfaces import addresses, interfaces, macs
from shopdb.server.agents.messages import UUID, AgentMessage
from shopdb.server.agents.sections import section, sections
from shopdb.server.agents.software import software
from shopdb.server.agents.texts import Texts, moment, number

# DEVICEID is the host's name and the moment at which the agent ran first.
DEVICE_ID = re.compile(r"(.+)-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d")
ADDRESS = re.compile(r"[0-9.]+")
NO_DOMAINS = frozenset({"workgroup", "mshome", "local", "localdomain"})
# What `last` prints beside people; agents take its last line for a login.
NOBODY = frozenset({"boot", "btmp", "reboot", "runlevel", "shutdown", "wtmp"})

# "Debian GNU/Linux 12 (bookworm)" is a name and a version; Windows' editions are part of its name.
RELEASE = re.compile(r"(\D.*?)\s+v?([0-9][0-9A-Za-z._-]*)(?:\s+LTS)?(?:\s+\(.*\))?")
POINT_RELEASE = re.compile(r"[0-9]+(\.[0-9]+)+")
UBUNTU_RELEASE = re.compile(r"([0-9]+\.[0-9]+)(\.[0-9]+)+")
UPTIME = re.compile(r"(\w+)/\d\d-\d\d-\d\d \d\d:\d\d:\d\d")
WINDOWS_ARCHITECTURES = (
    (re.compile(r"arm.*64.*", re.IGNORECASE), "ARM64"),
    (re.compile(r".*64.?bit.*", re.IGNORECASE), "AMD64"),
    (re.compile(r".*32.?bit.*", re.IGNORECASE), "x86"),
)


def from_inventory(message: AgentMessage, texts: Texts) -> dict[str, Any]:
    """Return the payload of the computer that the inventory is of.

    Members that the agent says nothing of are absent; a list is there, perhaps empty, where its section is.
    Sizes and memory are in MiB, moments in UTC. Raises AgentMessageIncompleteError if it has no name.
    """
    content = message.content
    hostname, domain = _names(message, texts)
    payload: dict[str, Any] = {
        "hostname": hostname,
        "domain": domain,
        "agent_id": message.agent_id,
        "source": message.source,
        "partial": False,
        **_hardware(content, texts),
        **_operating_system(content, texts),
        **_moments(content),
    }
    stated = {name: value for name, value in payload.items() if value not in ("", None)}
    return stated | _lists(content, texts)


def _lists(content: Element, texts: Texts) -> dict[str, Any]:
    found = interfaces(content, texts)
    readers: dict[str, tuple[tuple[str, ...], Callable[[], list[Any]]]] = {
        "macs": (("NETWORKS",), lambda: macs(found)),
        "ips": (("NETWORKS",), lambda: addresses(found)),
        "disks": (("DRIVES", "STORAGES"), lambda: disks(content, texts)),
        "monitors": (("MONITORS",), lambda: _monitors(content, texts)),
        "software": (("SOFTWARES",), lambda: software(content, texts)),
    }
    return {
        name: read() for name, (tags, read) in readers.items() if any(content.find(tag) is not None for tag in tags)
    }


def _names(message: AgentMessage, texts: Texts) -> tuple[str, str]:
    hardware, system = section(message.content, "HARDWARE"), section(message.content, "OPERATINGSYSTEM")
    first_run = DEVICE_ID.fullmatch(message.device_id)
    stated = texts.first(hardware, "NAME") or (first_run[1] if first_run else "")
    if not stated:
        raise AgentMessageIncompleteError(message.query, "the computer's name (HARDWARE/NAME)")
    hostname, _, behind = (stated, "", "") if ADDRESS.fullmatch(stated) else stated.partition(".")
    candidates = (
        texts.first(system, "DNS_DOMAIN"),
        texts.first(system, "FQDN").partition(".")[2],
        behind,
        texts.first(hardware, "WORKGROUP"),
    )
    named = (domain.strip(".").lower() for domain in candidates)
    return hostname or stated, next((domain for domain in named if domain and domain not in NO_DOMAINS), "")


def _hardware(content: Element, texts: Texts) -> dict[str, Any]:
    hardware, bios = section(content, "HARDWARE"), section(content, "BIOS")
    uuid = texts.first(hardware, "UUID")
    cpu = texts.first(section(content, "CPUS"), "NAME", "TYPE") or texts.first(hardware, "PROCESSORT")
    user = texts.first(hardware, "LASTLOGGEDUSER").rpartition("\\")[2]
    return {
        "serial_number": texts.first(bios, "SSN"),
        "uuid": uuid.lower() if UUID.fullmatch(uuid) else uuid,
        "manufacturer": texts.first(bios, "SMANUFACTURER", "MMANUFACTURER"),
        "model": texts.first(bios, "SMODEL", "MMODEL"),
        "chassis_type": texts.first(hardware, "CHASSIS_TYPE") or texts.first(bios, "TYPE"),
        "asset_tag": texts.first(bios, "ASSETTAG"),
        "cpu": " ".join(cpu.split()),
        "memory_mb": number(hardware, "MEMORY"),
        "last_user": "" if user in NOBODY else user,
    }


def _operating_system(content: Element, texts: Texts) -> dict[str, Any]:
    hardware, system = section(content, "HARDWARE"), section(content, "OPERATINGSYSTEM")
    short, comments = texts.first(hardware, "OSNAME"), texts.first(hardware, "OSCOMMENTS")
    # OCS puts the whole name into the comments; of FusionInventory these are the kernel's build.
    full = texts.first(system, "FULL_NAME") or (comments if comments.split()[:1] == short.split()[:1] else short)
    machine = UPTIME.fullmatch(texts.first(hardware, "DESCRIPTION"))
    architecture = texts.first(system, "ARCH") or texts.first(hardware, "ARCH") or (machine[1] if machine else "")
    if "windows" in full.casefold():
        version = texts.first(system, "KERNEL_VERSION") or texts.first(hardware, "OSVERSION")
        known = (word for pattern, word in WINDOWS_ARCHITECTURES if pattern.fullmatch(architecture))
        return {"os_name": full, "os_version": version, "os_architecture": next(known, architecture)}
    release = RELEASE.fullmatch(full)
    name, version = (release[1], release[2]) if release else (full, "")
    precise = (texts.first(fields, field) for fields, field in ((system, "VERSION"), (hardware, "OSVERSION")))
    return {
        "os_name": name,
        "os_version": _version(name, version, *precise),
        "os_architecture": architecture,
    }


def _version(name: str, version: str, *precise: str) -> str:
    """The version as os-release(5) gives it, but with Debian's point release, which agents read elsewhere."""
    if name == "Ubuntu" and (point := UBUNTU_RELEASE.fullmatch(version)):
        return point[1]
    for candidate in precise:
        if POINT_RELEASE.fullmatch(candidate) and candidate.startswith(f"{version}."):
            return candidate
    return version


def _moments(content: Element) -> dict[str, Any]:
    system = section(content, "OPERATINGSYSTEM")
    offset = system.findtext("TIMEZONE/OFFSET")
    return {
        "last_boot": moment(system.findtext("BOOT_TIME"), offset),
        "observed_at": moment(section(content, "ACCESSLOG").findtext("LOGDATE"), offset),
    }


def _monitors(content: Element, texts: Texts) -> list[dict[str, Any]]:
    """Two screens of one model without serial numbers are two screens, so none is dropped as a repetition."""
    found = [
        {
            "manufacturer": texts.first(monitor, "MANUFACTURER"),
            "model": texts.first(monitor, "CAPTION", "NAME"),
            "serial_number": texts.first(monitor, "SERIAL", "ALTSERIAL"),
        }
        for monitor in sections(content, "MONITORS")
    ]
    ordered = sorted(found, key=lambda monitor: tuple(monitor.values()))
    stated = ({name: value for name, value in monitor.items() if value} for monitor in ordered)
    return [monitor for monitor in stated if monitor]
