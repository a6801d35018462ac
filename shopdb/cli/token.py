"""`shopdb token`: the keys of programs."""

from __future__ import annotations

import click


@click.group()
def token() -> None:
    """Make the keys that programs use, and switch them off."""


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    metavar="SCOPE",
    multiple=True,
    required=True,
    help="What it opens: read, write, admin, or collector:PLUGIN to push to a plugin. May be repeated.",
)
@click.option("--days", metavar="N", type=click.IntRange(1, 36_500), help="It expires after so many days.")
@click.option(
    "--from", "networks", metavar="NETWORK", multiple=True, help="It works from there alone. May be repeated."
)
def create(name: str, scopes: tuple[str, ...], days: int | None, networks: tuple[str, ...]) -> None:
    """Make the token NAME and print it, this one time; only its digest is kept."""
    from datetime import UTC, datetime, timedelta

    from shopdb.cli.site import acting, opened_shop
    from shopdb.services import tokens

    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with opened_shop() as shop:
        text = shop.write(
            acting(f"create token {name}"),
            lambda session: tokens.make_token(
                session,
                name,
                scopes,
                collectors=shop.plugins.collector_schemas,
                networks=networks,
                expires_at=expires_at,
            ),
        )
    click.echo(text)


@token.command()
@click.argument("name")
def disable(name: str) -> None:
    """Switch the token NAME off; servers take that in within seconds."""
    _switch(name, enabled=False)


@token.command()
@click.argument("name")
def enable(name: str) -> None:
    """Switch the token NAME on again."""
    _switch(name, enabled=True)


def _switch(name: str, *, enabled: bool) -> None:
    from shopdb.cli.site import acting, opened_shop
    from shopdb.services import tokens

    with opened_shop() as shop:
        origin = acting(f"switch token {name} {'on' if enabled else 'off'}")
        shop.write(origin, lambda session: tokens.switch(session, name, enabled=enabled))
