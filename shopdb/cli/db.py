"""`shopdb db`: the tables of a site and this program's idea of them."""

import click


@click.group()
def db() -> None:
    """Bring the database's tables up to date, and compare them."""


@db.command()
def upgrade() -> None:
    """Bring the tables of core and of every installed plugin to this version."""
    from shopdb.cli.site import set_up
    from shopdb.config import load_settings

    settings = load_settings()
    set_up(settings, click.echo).close()
    click.echo(f"{settings.database_label} is at this version.")


@db.command()
def check() -> None:
    """Compare the tables with what this version means them to be; exit 1 if they differ."""
    from shopdb.cli.output import show_line
    from shopdb.cli.site import opened_shop
    from shopdb.exceptions import SchemaDiffersError
    from shopdb.store import drift
    from shopdb.store.revisions import core_owner

    with opened_shop() as shop:
        differences = drift.check(shop.engine, (core_owner(), *shop.plugins.owners))
    if differences:
        raise SchemaDiffersError(differences)
    show_line(f"{shop.settings.database_label} has the tables of this version.")


@db.command()
def current() -> None:
    """Print the revision of each owner's tables, and the one that this version wants."""
    from shopdb.boot import revisions_of
    from shopdb.cli.output import show_table
    from shopdb.config import load_settings

    found = revisions_of(load_settings())
    show_table(["owner", "is at", "wanted"], ([owner, at or "-", wanted] for owner, (at, wanted) in found.items()))
