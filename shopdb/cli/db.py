"""`shopdb db`: the tables of a site and this program's idea of them."""

from typing import Final

import click

LONGEST_NAME: Final = 60


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


@db.command()
@click.argument("wanted", metavar="[OWNER|PATH]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="A list of objects.")
@click.pass_context
def lint(ctx: click.Context, wanted: tuple[str, ...], *, as_json: bool) -> None:
    """Run migrations on scratch databases, and say which rules they break; exit 1 if any.

    Without OWNER, core's and those of every plugin here. PATH is a plugin's folder; its code is run. A temporary SQLite
    file is used, and on a site with a server a scratch database there as well; the site's own data is not touched.
    """
    from dataclasses import asdict

    from shopdb.authoring.linting import lint_migrations
    from shopdb.cli.output import show_json, show_line
    from shopdb.config import load_settings
    from shopdb.domain.plain import plain
    from shopdb.exceptions import MigrationRulesError

    found = lint_migrations(load_settings(), wanted, lambda line: click.echo(plain(line), err=True))
    problems = [str(one) for one in found.findings]
    problems += [f"{name} could not be looked at: {'; '.join(why)}" for name, why in found.left_out.items()]
    if as_json:
        show_json(asdict(one) for one in found.findings)
        ctx.exit(1 if problems else 0)
    if problems:
        raise MigrationRulesError(problems)
    show_line(f"The migrations of {', '.join(found.owners) or 'nobody'} break no rule.")


@db.command()
@click.option("--technicians", metavar="NAME", default="shopdb_technician", help="Account of technicians' terminals.")
@click.option("--server", metavar="NAME", default="shopdb_server", help="Account of `shopdb serve`.")
@click.option("--admin", metavar="NAME", default="shopdb_admin", help="Account that migrates and installs.")
@click.option("--host", metavar="HOST", default="localhost", help='Where they connect from; "10.1.%" is a network.')
def grants(technicians: str, server: str, admin: str, host: str) -> None:
    """Print the GRANT statements that give each database account the least it needs (ADR 009).

    Nothing is changed: an administrator of the database looks them through and runs them.
    """
    from shopdb.cli.site import opened_shop
    from shopdb.exceptions import NoAccountsError
    from shopdb.store.grants import Account, Role, script, table_names

    names: dict[Role, str] = {"server": server, "technician": technicians, "admin": admin}
    for text in (*names.values(), host):
        if not text.isprintable() or len(text) > LONGEST_NAME or set(text) & set("'\"\\` "):
            raise click.UsageError(f"{text!r} is no name of an account or a host.")
    with opened_shop() as shop:
        if shop.settings.database_file is not None:
            raise NoAccountsError(shop.settings.database_file)
        with shop.engine.connect() as connection:
            tables = table_names(connection)
        accounts = {role: Account(name, host) for role, name in names.items()}
        for line in script(accounts, str(shop.engine.url.database), tables):
            click.echo(line)
