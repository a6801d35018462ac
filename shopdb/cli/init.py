"""`shopdb init`: a site that is ready to work."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

import click

from shopdb.cli.passwords import given_password, password_option

if TYPE_CHECKING:
    from shopdb.boot import Shop
    from shopdb.config import Settings

EVERY: Final = "all"


@click.command()
@click.option("--site-name", metavar="NAME", help="What the site is called; SHOPDB_SITE_NAME wins over it.")
@click.option("--admin", "admin_name", metavar="NAME", help="A user who may do everything, with a password from you.")
@password_option
@click.option("--plugins", metavar="NAMES", help='Plugins to install, with commas between them, or "all".')
@click.option("--demo", metavar="N", type=click.IntRange(min=1), help="Make up N assets, if there are none yet.")
def init(
    *, site_name: str | None, admin_name: str | None, password_stdin: bool, plugins: str | None, demo: int | None
) -> None:
    """Set this site up: tables, reference data, plugins, an admin. Safe to run again.

    A new site gets every plugin that is there unless some are named. In development, a site without users gets the
    user "admin", whose password the terminal remembers.
    """
    from shopdb.cli.site import Admin, set_up
    from shopdb.config import load_settings

    if password_stdin and admin_name is None:
        raise click.UsageError("--password-stdin goes with --admin NAME.")
    admin = None if admin_name is None else Admin(admin_name, given_password(from_stdin=password_stdin))
    settings = load_settings()
    chosen = None if plugins is None else _chosen(settings, plugins)
    shop = set_up(settings, click.echo, plugins=chosen, admin=admin)
    try:
        if site_name is not None:
            _call(shop, site_name)
        if demo is not None:
            _make_up(shop, demo)
        click.echo(f"{shop.settings.database_label} is ready, with the plugins {', '.join(shop.plugins.plugins)}.")
    finally:
        shop.close()


def _chosen(settings: Settings, text: str) -> Collection[str]:
    from shopdb.exceptions import PluginNotFoundError
    from shopdb.plugins.loader import bundled_folder, discover

    there = {found.name for found in discover([bundled_folder(), *settings.plugin_dirs])}
    if text == EVERY:
        return there
    names = {name.strip() for name in text.split(",")} - {""}
    for name in sorted(names - there):
        raise PluginNotFoundError(name, there)
    return names


def _call(shop: Shop, name: str) -> None:
    from pathlib import Path

    from shopdb.cli.site import acting
    from shopdb.config import readers
    from shopdb.services.settings import set_setting
    from shopdb.services.setup import SITE_NAME

    try:
        text = readers.line(name, Path())
    except readers.Wrong as wrong:
        raise click.UsageError(f"--site-name: {wrong}.") from wrong
    shop.write(acting("name the site"), lambda session: set_setting(session, SITE_NAME, text))


def _make_up(shop: Shop, count: int) -> None:
    from shopdb.cli.demo import make_up
    from shopdb.domain.listing import ListQuery
    from shopdb.store import records

    with shop.reading() as session:
        is_empty = not records.page(session, shop.catalog["assets"], ListQuery(limit=1)).rows
    if is_empty:
        make_up(shop, count)
    else:
        click.echo("demo: there are assets already, so none were made up")
