"""Which paths an archive may hold: the same file for every reader, on every system, inside one folder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from unicodedata import normalize

from shopdb.plugins.archive_rules import LONGEST_PATH, fault, shown

T = TypeVar("T")

SEAL_FOLDER = ".shopdb"
HASHES = f"{SEAL_FOLDER}/hashes.json"
SIGNATURE = f"{SEAL_FOLDER}/signature.json"
CACHE_FOLDER = "__pycache__"
BYTE_CODE = (".pyc", ".pyo")

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: with any ending, and with the raised digits.
_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³"
}
_LIBRARY = re.compile(r"\.(pyd|dll|dylib|so(\.\d+)*)\Z")
_DRIVE = re.compile(r"[A-Za-z]:")
_OF_THE_PATH: Sequence[tuple[str, Callable[[str], bool], str]] = (
    ("A021", lambda path: path.startswith("/"), "begins at the root"),
    ("A022", lambda path: bool(_DRIVE.match(path)), "begins with a drive"),
    ("A023", lambda path: "\\" in path, "has a backslash"),
    ("A024", lambda path: ":" in (path[2:] if _DRIVE.match(path) else path), "has a colon"),
    ("A025", lambda path: not path.isprintable(), "has characters that cannot be printed"),
    ("A026", lambda path: not set('<>"|?*').isdisjoint(path), "has characters that Windows refuses"),
    ("A029", lambda path: not _is_short(path), f"has more than {LONGEST_PATH} bytes"),
)
_OF_A_PART: Sequence[tuple[str, Callable[[str], bool], str]] = (
    ("A020", lambda part: part in ("", ".", ".."), "has a part that is empty, . or .."),
    ("A027", lambda part: part.partition(".")[0].rstrip().upper() in _DEVICES, "has the name of a device on Windows"),
    (
        "A028",
        lambda part: part.endswith((".", " ")) and part not in (".", ".."),
        "has a part that ends in a dot or space",
    ),
    ("A042", lambda part: part.casefold() == CACHE_FOLDER, "is byte code"),
)
_OF_THE_END: Sequence[tuple[str, Callable[[str], bool], str]] = (
    ("A040", lambda name: name.endswith(".pth"), "is run by Python at every start"),
    ("A041", lambda name: bool(_LIBRARY.search(name)), "is a compiled library"),
    ("A042", lambda name: name.endswith(BYTE_CODE), "is byte code"),
)


def root_of(names: Sequence[str]) -> str | None:
    """Return the one folder that the paths are in, those aside that lead nowhere; or None."""
    roots = _roots(names)
    return roots[0] if len(roots) == 1 and roots[0] not in names else None


def below(root: str, by_name: Mapping[str, T]) -> dict[str, T]:
    """Return what lies in the folder ``root``, by its paths from there on."""
    start = f"{root}/"
    return {name.removeprefix(start): one for name, one in by_name.items() if name.startswith(start)}


def name_problems(names: Sequence[str]) -> list[str]:
    """Return what is wrong with the paths in an archive, of which folders end in /."""
    problems = [fault(code, f"{shown(name)} {told}") for name in names for code, told in _own(name)]
    return [*problems, *_between([name for name in names if _is_short(name)])]


def _own(name: str) -> Iterator[tuple[str, str]]:
    """Say what is wrong with one path by itself, with the code of each rule."""
    path = name.removesuffix("/")
    parts = path.lstrip("/").split("/")
    yield from ((code, told) for code, breaks, told in _OF_THE_PATH if breaks(path))
    yield from ((code, told) for code, breaks, told in _OF_A_PART if any(breaks(part) for part in parts))
    yield from ((code, told) for code, breaks, told in _OF_THE_END if breaks(parts[-1].casefold()))
    if is_hidden(parts[:1]) or (is_hidden(parts[1:]) and "/".join(parts[1:]) not in (SEAL_FOLDER, HASHES, SIGNATURE)):
        yield "A043", "is hidden; `shopdb plugin pack` leaves it out"


def is_hidden(parts: Iterable[str]) -> bool:
    """Tell whether a part of a path begins with a dot, and so is no content of a plugin."""
    return any(part.startswith(".") and part not in (".", "..") for part in parts)


def _between(names: Sequence[str]) -> Iterator[str]:
    """Say which paths cannot stand beside one another."""
    yield from (fault("A030", f"{shown(name)} is there {n} times") for name, n in Counter(names).items() if n > 1)
    spelled: dict[str, str] = {}
    folders: set[str] = set()
    for name in names:
        path = name.removesuffix("/")
        above = [path[: slash.start()] for slash in re.finditer("/", path)]
        folders.update(above, (path,) if name != path else ())
        for one in (*above, path):
            other = spelled.setdefault(normalize("NFC", normalize("NFD", one).casefold()), one)
            if other != one:
                composed = normalize("NFC", other) == normalize("NFC", one)
                code, told = ("A032", "how letters are composed") if composed else ("A031", "capitals")
                yield fault(code, f"{shown(one)} and {shown(other)} differ only in {told}")
    yield from (fault("A033", f"{shown(name)} is a file and a folder") for name in names if name in folders)
    if len(roots := _roots(names)) > 1:
        yield fault("A034", f"it has {', '.join(shown(root) for root in roots[:5])}, and not one folder alone")
    yield from (fault("A034", f"{shown(name)} is in no folder") for name in names if "/" not in name)


def _roots(names: Sequence[str]) -> list[str]:
    return sorted({name.partition("/")[0] for name in names} - {"", ".", ".."})


def _is_short(path: str) -> bool:
    return len(path.encode(errors="surrogatepass")) <= LONGEST_PATH
