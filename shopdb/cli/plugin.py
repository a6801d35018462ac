"""`shopdb plugin`: what extends this site. Each group of commands has a file of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from shopdb.cli import LazyGroup

if TYPE_CHECKING:
    from shopdb.boot import Shop

PLACES: Final[Mapping[str, str]] = {
    "check": "shopdb.cli.plugin_check:check",
    "data": "shopdb.cli.plugin_data:data",
    "disable": "shopdb.cli.plugin_life:disable",
    "enable": "shopdb.cli.plugin_life:enable",
    "inspect": "shopdb.cli.plugin_show:inspect",
    "install": "shopdb.cli.plugin_life:install",
    "keys": "shopdb.cli.plugin_keys:keys",
    "list": "shopdb.cli.plugin_show:list_",
    "new": "shopdb.cli.plugin_authors:new",
    "pack": "shopdb.cli.plugin_authors:pack",
    "recover": "shopdb.cli.plugin_life:recover",
    "repair": "shopdb.cli.plugin_life:repair",
    "rollback": "shopdb.cli.plugin_life:rollback",
    "sign": "shopdb.cli.plugin_authors:sign",
    "try-out": "shopdb.cli.plugin_check:try_out",
    "uninstall": "shopdb.cli.plugin_life:uninstall",
    "upgrade": "shopdb.cli.plugin_life:upgrade",
}


@click.command(cls=LazyGroup, places=PLACES)
def plugin() -> None:
    """Install, switch, upgrade and remove what extends this site; write plugins of your own.

    No internet is needed, and nothing has to be restarted: open terminals and running servers follow within seconds.
    """


@contextmanager
def site() -> Iterator[Shop]:
    """Yield the shop of this process, in which a broken plugin is left out and told, also in development."""
    from dataclasses import replace

    from shopdb.cli.site import opened_shop
    from shopdb.config import load_settings

    with opened_shop(replace(load_settings(), env="production")) as shop:
        yield shop


def in_json(value: Any) -> Any:
    """Return a value, a dataclass included, in JSON's types; bytes in hexadecimal."""
    from dataclasses import fields, is_dataclass

    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: in_json(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): in_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [in_json(one) for one in value]
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
