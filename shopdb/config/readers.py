"""How the text of each setting is read; a text that cannot be is refused with what to write instead.

Every reader takes the text and the folder where relative paths in it start.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_ENCODE: Final = "encode : / ? # @ in the password (%3A %2F %3F %23 %40)"


class Wrong(ValueError):
    """A text cannot be read; the message completes "SHOPDB_X: ..." and says what to write."""


def number(lowest: int, highest: int, text: str, _base: Path) -> int:
    """Read a whole number between two bounds, both included."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
        raise Wrong(f"write a whole number from {lowest} to {highest}")
    return int(text)


def one_of(choices: tuple[str, ...], text: str, _base: Path) -> str:
    """Read one of a few words, in any case."""
    for choice in choices:
        if text.casefold() == choice.casefold():
            return choice
    raise Wrong(f"write one of {', '.join(choices)}")


def line(text: str, _base: Path) -> str:
    """Read a line that can be shown in a header."""
    if not text.isprintable() or len(text) > 80:
        raise Wrong("write one line of at most 80 printable characters")
    return text


def host(text: str, _base: Path) -> str:
    """Read an address or a host name."""
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
        raise Wrong("write one address or name without scheme and port, such as 127.0.0.1 or 0.0.0.0")
    return text


def folder(text: str, base: Path) -> Path:
    """Read the path of a folder, which need not be there."""
    if not text.isprintable():
        raise Wrong("write the path of a folder")
    return (base / os.path.expanduser(text)).resolve()  # noqa: PTH111  Path.expanduser raises for ~nobody


def plugin_folders(text: str, base: Path) -> tuple[Path, ...]:
    """Read paths of folders that are there."""
    folders = tuple(folder(part, base) for part in _parts(text))
    missing = [str(path) for path in folders if not path.is_dir()]
    if missing:
        raise Wrong(f"there is no folder {', '.join(missing)}; create it or correct the path")
    return folders


def plugin_names(text: str, _base: Path) -> frozenset[str]:
    """Read names of plugins."""
    names = frozenset(_parts(text))
    if not all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names):
        raise Wrong("write plugin names with commas between them, such as printers,usb")
    return names


def origins(text: str, _base: Path) -> tuple[str, ...]:
    """Read web origins; `*` is none."""
    origins = tuple(_parts(text))
    if not all(re.fullmatch(r"https?://[^\s/*@?#]+", origin) for origin in origins):
        raise Wrong("write full origins with commas between them, such as https://intranet.example")
    return origins


def database_url(text: str, _base: Path) -> str:
    """Accept a SQLite file, or MariaDB and MySQL through PyMySQL with the password encoded."""
    scheme, _, rest = text.partition("://")
    if scheme == "sqlite":
        if not rest.startswith("/") or len(rest) < 2 or ":memory:" in rest:
            raise Wrong("name a file: sqlite:////var/lib/shopdb/shop.db (four slashes before an absolute path)")
        return text
    if scheme != "mysql+pymysql":
        raise Wrong("write sqlite:///FILE, or mysql+pymysql://USER:PASSWORD@HOST/DATABASE for MariaDB and MySQL")
    try:
        url = urlsplit(text)
        url.port  # noqa: B018  reading it is what checks it
    except ValueError as error:
        raise Wrong(f"the port is a number; {_ENCODE}") from error
    if "@" in url.path + url.query + url.fragment or url.netloc.count("@") > 1:
        raise Wrong(_ENCODE)
    if not (url.hostname or "unix_socket=" in url.query) or not url.path.strip("/"):
        raise Wrong("name host and database: mysql+pymysql://USER:PASSWORD@HOST/DATABASE")
    return text


def text(text: str, _base: Path) -> str:
    """Take the text as it is."""
    return text


def _parts(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split(",") if part.strip())
