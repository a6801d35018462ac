"""Package lists of the Linux distributions.

A package's maintainer is a person, not who publishes it; the recorded origin or vendor is.
"""

from __future__ import annotations

import re

from shopdb.collect.inventory import Software

# Formats asked of the programs; tabs between the fields, a line feed after each package.
DPKG_FORMAT = r"${db:Status-Status}\t${Package}\t${Version}\t${Origin}\t${Vendor}\n"
RPM_FORMAT = r"%{NAME}\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\t%{VENDOR}\n"

RPM_UNSET = "(none)"
RPM_KEY = "gpg-pubkey"  # rpm keeps the keys it trusts among the packages


def dpkg(listing: str) -> list[Software]:
    """Packages that are installed, by `dpkg-query --show` in DPKG_FORMAT; it lists removed ones too."""
    return [
        Software(name=name, version=version, publisher=origin or vendor)
        for status, name, version, origin, vendor in _rows(listing, 5)
        if status == "installed"
    ]


def rpm(listing: str) -> list[Software]:
    """Packages by `rpm --query --all` in RPM_FORMAT."""
    return [
        Software(name=name, version=version, publisher="" if vendor == RPM_UNSET else vendor)
        for name, version, vendor in _rows(listing, 3)
        if name != RPM_KEY
    ]


def apk(database: str) -> list[Software]:
    """Packages in Alpine's /lib/apk/db/installed: paragraphs of fields that one letter names."""
    paragraphs = (
        dict(line.split(":", 1) for line in paragraph.split("\n") if line[1:2] == ":")
        for paragraph in database.split("\n\n")
    )
    return [Software(name=said["P"], version=said.get("V", "")) for said in paragraphs if "P" in said]


def pacman(listing: str) -> list[Software]:
    """Packages by `pacman --query`: name and version on a line."""
    return [Software(name=name, version=version) for name, version in re.findall(r"(?m)^(\S+) (\S+)$", listing)]


def _rows(listing: str, width: int) -> list[list[str]]:
    """Lines of exactly `width` fields that name something; rpm prints its warnings among the packages."""
    rows = (line.split("\t") for line in listing.split("\n"))
    return [row for row in rows if len(row) == width and all(row[:2])]
