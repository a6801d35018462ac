"""What production refuses to start on: one table of demands, each of which says what is wrong and what to write."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final

from shopdb.config import mounts, readers

SECRET_CHARACTERS: Final = 32
DIFFERENT_CHARACTERS: Final = 8
MAKE_ONE: Final = 'make one with `python3 -c "import secrets; print(secrets.token_urlsafe(48))"`'

# Seven letters and more: by chance, none of them comes up in a secret.
WORDS: Final = (
    "changeme", "changethis", "default", "example", "insecure", "letmein", "mysecret", "password", "placeholder",
    "replaceme", "replacethis", "secretkey", "shopdbsecret", "somesecret", "supersecret", "testing", "topsecret",
    "yoursecret", "1234567", "abcdefg", "qwertyu",
)  # fmt: skip

Values = Mapping[str, Any]
"""What was read of each setting, by name; None where nobody gave it, absent where it cannot be read."""


def complaints(values: Values) -> Iterator[tuple[str, str]]:
    """Yield each setting that production does not start with, and why."""
    for name, demand in DEMANDS.items():
        if name in values and (told := demand(values)):
            yield name, told


def is_loopback(host: str) -> bool:
    """Whether only the host itself reaches a server that listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secret(values: Values) -> str:
    secret = values["SHOPDB_SECRET_KEY"] or ""
    if len(secret) < SECRET_CHARACTERS:
        return f"production needs one of at least {SECRET_CHARACTERS} characters; {MAKE_ONE}"
    letters = "".join(one for one in secret.casefold() if one.isalnum())
    if word := next((word for word in WORDS if word in letters), ""):
        return f"it can be guessed ({word!r} is in it); {MAKE_ONE}"
    repeats = any(secret[at:] == secret[:-at] for at in range(1, len(secret) // 2 + 1))
    if repeats or len(set(secret)) < DIFFERENT_CHARACTERS:
        return f"it can be guessed (it repeats itself); {MAKE_ONE}"
    return ""


def _database(values: Values) -> str:
    url, home = values["SHOPDB_DATABASE_URL"], values.get("SHOPDB_HOME")
    file = readers.database_file(url) if url else home and home / "shop.db"
    kind = mounts.network_type(file) if file else ""
    if not kind:
        return ""
    return (
        f"{file} lies on {kind}, where SQLite loses data; name a file on a disk of this host "
        "(SHOPDB_HOME or SHOPDB_DATABASE_URL), or a MariaDB or MySQL server"
    )


def _listening(values: Values) -> str:
    # One that is given and cannot be read is complained of by itself.
    answered = any(values.get(name, True) for name in ("SHOPDB_TRUSTED_PROXY", "SHOPDB_PLAIN_HTTP"))
    if answered or is_loopback(values["SHOPDB_HOST"] or ""):
        return ""
    return (
        "passwords and tokens would cross the LAN readable; put a proxy that speaks TLS in front and name its address "
        "in SHOPDB_TRUSTED_PROXY, or listen on 127.0.0.1, or write SHOPDB_PLAIN_HTTP=accepted"
    )


def _public_url(values: Values) -> str:
    url = values["SHOPDB_PUBLIC_URL"]
    if not url or url.startswith("https://") or values.get("SHOPDB_PLAIN_HTTP"):
        return ""
    return "people and collectors would send passwords and tokens readable; write https://"


DEMANDS: Final[Mapping[str, Callable[[Values], str]]] = {
    "SHOPDB_SECRET_KEY": _secret,
    "SHOPDB_HOST": _listening,
    "SHOPDB_PUBLIC_URL": _public_url,
    "SHOPDB_DATABASE_URL": _database,
}
