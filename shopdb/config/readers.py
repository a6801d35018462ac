"""How the text of each setting is read; a text that cannot be is refused with what to write instead.

Every reader takes the text and the folder where relative paths in it start.
"""

import os
import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

Network = IPv4Network | IPv6Network

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|[0-9a-f:.]+")
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


def origins(text: str, base: Path) -> tuple[str, ...]:
    """Read web origins as browsers send them; `*` is none."""
    return tuple(origin(part, base) for part in _parts(text))


def origin(text: str, _base: Path) -> str:
    """Read one web origin as browsers send it."""
    if "*" in text:
        raise Wrong("* would let every web page in; name each origin in full, such as https://intranet.example")
    try:
        url = urlsplit(text)
        sent = _sent(url)
    except ValueError:
        sent = ""
    if not sent:
        raise Wrong(f"{text!r} is no origin; write scheme, name and port alone, such as https://intranet.example")
    if text != sent:
        raise Wrong(f"write {sent}, which is what browsers send")
    return text


def networks(text: str, _base: Path) -> tuple[Network, ...]:
    """Read addresses and networks; not all there are."""
    found: list[Network] = []
    for part in _parts(text):
        try:
            network = ip_network(part, strict=False)
        except ValueError as refused:
            raise Wrong(f"{part!r} is no address; write such as 127.0.0.1,172.28.0.0/24") from refused
        if network.prefixlen == 0:
            raise Wrong(f"{part} would believe everybody; write the addresses of the proxies alone")
        found.append(network)
    return tuple(found)


def accepted(text: str, _base: Path) -> bool:
    """Read a written acceptance."""
    if text != "accepted":
        raise Wrong('write "accepted", or nothing')
    return True


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
    if url.netloc.startswith("USER:PASSWORD@HOST"):
        raise Wrong("put your own user, password, host and database in place of the words in capitals")
    if "@" in url.path + url.query + url.fragment or url.netloc.count("@") > 1:
        raise Wrong(_ENCODE)
    if not (url.hostname or "unix_socket=" in url.query) or not url.path.strip("/"):
        raise Wrong("name host and database: mysql+pymysql://USER:PASSWORD@HOST/DATABASE")
    return text


def database_file(url: str) -> Path | None:
    """Return the file that a database URL names; None where a server keeps the data."""
    parts = urlsplit(url)
    return Path(parts.path.removeprefix("/")) if parts.scheme == "sqlite" else None


def text(text: str, _base: Path) -> str:
    """Take the text as it is."""
    return text


def _parts(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split(",") if part.strip())


def _sent(url: SplitResult) -> str:
    """Return the origin of a URL as browsers send it; "" where the URL holds more than that, or no host."""
    name, port = url.hostname or "", url.port
    extra = url.path.strip("/") or url.query or url.fragment or "@" in url.netloc
    if url.scheme not in _DEFAULT_PORTS or extra or not _HOST.fullmatch(name):
        return ""
    shown = "" if port in (None, _DEFAULT_PORTS[url.scheme]) else f":{port}"
    return f"{url.scheme}://{f'[{name}]' if ':' in name else name}{shown}"
