"""What every archive is held to, and its limits; a code never changes its meaning and is never used again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

LARGEST_PACKED = 8 * 1024 * 1024
LARGEST_UNPACKED = 32 * 1024 * 1024
MOST_ENTRIES = 2_000  # folders included
LONGEST_PATH = 200  # bytes in UTF-8; Windows takes 260 characters, the folder of the site's plugins included
HIGHEST_RATIO = 100  # deflate itself reaches 1,032; source and JSON stay below 20
SMALLEST_BOMB = 1024 * 1024  # below, the ratio says nothing: a megabyte harms nobody
MOST_OF_A_KIND = 10  # problems with one code that are shown
LONGEST_NAME_SHOWN = 80
LONGEST_PROBLEM = 300

RULES: Mapping[str, str] = {
    # the file
    "A001": "it can be read",
    "A002": "it has at most 8 MB",
    "A003": "it is a zip archive",
    "A004": "it is whole: what it begins, it ends",
    "A005": "it is one plain zip: not in parts, not ZIP64",
    "A006": "it has at most 2,000 files and folders",
    "A007": "it unpacks to at most 32 MB",
    "A008": "each of its bytes belongs to a file or to the directory",
    "A009": "no two files share bytes",
    # each file in it
    "A010": "a file is stored or deflated",
    "A011": "a file is not encrypted",
    "A012": "a file over 1 MB unpacks to at most 100 times its packed size",
    "A013": "the directory and the file's own header say the same, and it is true",
    "A014": "a file unpacks to its end, with its checksum",
    "A015": "nothing is a link",
    "A016": "there are files and folders and nothing else",
    # names
    "A020": "no part of a path is empty, . or ..",
    "A021": "no path begins at the root",
    "A022": "no path begins with a drive",
    "A023": "no path has a backslash",
    "A024": "no path has a colon, which opens a second stream on Windows",
    "A025": "a path is text in UTF-8 that can be printed",
    "A026": 'no path has one of < > " | ? *, which Windows refuses',
    "A027": "no part of a path is a device on Windows, with any ending",
    "A028": "no part of a path ends in a dot or a space, which Windows cuts off",
    "A029": "a path has at most 200 bytes",
    # names beside names
    "A030": "no path is there twice",
    "A031": "no two paths differ in capitals alone",
    "A032": "no two paths differ only in how their letters are composed",
    "A033": "nothing is a file and a folder",
    "A034": "everything is in one folder",
    # what no plugin brings
    "A040": "no .pth file, which Python runs at every start",
    "A041": "no compiled library",
    "A042": "no byte code: what runs can be read",
    "A043": "nothing hidden, beside .shopdb/hashes.json and .shopdb/signature.json",
    # the plugin
    "A050": "manifest.json is there and is one JSON object of at most 64 kB",
    "A051": "the manifest's name is the folder's",
    "A052": "the manifest keeps the rules of docs/PLUGIN-HOOKS.md",
    "A053": "plugin.py is there",
    # what its author vouches for
    "A060": ".shopdb/hashes.json says the SHA-256 of each file",
    "A061": "no file was changed after packing",
    "A062": "no file was added after packing",
    "A063": "no file was taken out after packing",
    "A064": ".shopdb/signature.json holds a key and a signature",
    "A065": "the signature is the key's, over these files",
}


def fault(code: str, told: str) -> str:
    """Return one problem as everybody sees it: the code of the rule, then what breaks it."""
    assert code in RULES, code
    problem = f"{code} {told}"
    return problem if len(problem) <= LONGEST_PROBLEM else f"{problem[: LONGEST_PROBLEM - 1]}…"


def shown(name: str) -> str:
    """Return a name from an archive in characters that can be shown, quoted and not endless."""
    return repr(name if len(name) <= LONGEST_NAME_SHOWN else f"{name[: LONGEST_NAME_SHOWN - 1]}…")


def summed(problems: Iterable[str]) -> tuple[str, ...]:
    """Return the problems by their codes, of each code at most the first ten and how many more there are."""
    told: list[str] = []
    for code, group in groupby(sorted(problems, key=_code), key=_code):
        alike = list(dict.fromkeys(group))
        told += alike[:MOST_OF_A_KIND]
        if len(alike) > MOST_OF_A_KIND:
            told.append(f"{code} and {len(alike) - MOST_OF_A_KIND} more of this kind")
    return tuple(told)


def _code(problem: str) -> str:
    return problem.partition(" ")[0]
