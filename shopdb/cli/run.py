"""`shopdb run`: from nothing to this machine on the screen, with one command."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from shopdb.boot import Shop
    from shopdb.cli.companion import Companion
    from shopdb.config import Settings

PATIENCE_SECONDS: Final = 15.0  # the terminal opens after it; what is not delivered by then waits in the spool
KEPT_TOKEN: Final = "run-collector-token"  # noqa: S105  the name that it is kept under


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Set the site up, serve it, push this machine's inventory, and open the terminal.

    Without a terminal the server stays in the foreground instead. Run again, it reuses everything.
    """
    from shopdb.cli.companion import LOG, server_beside
    from shopdb.cli.site import set_up
    from shopdb.config import load_settings

    settings = load_settings()
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    # SIGTERM unwinds as ctrl-c does, so that the server beside ends in good order.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        with closing(set_up(settings, click.echo)) as shop:
            token = _collector_token(shop)
        with server_beside(settings, log=settings.home / LOG if at_terminal else None) as companion:
            companion.wait_until_it_answers()
            _collect(settings, token)
            if at_terminal:
                from shopdb.collect.this_host import PLUGIN
                from shopdb.tui.app import run as open_terminal

                signal.signal(signal.SIGTERM, before)
                ctx.exit(open_terminal(settings, area=PLUGIN))
            _stay(settings, companion)


def _collector_token(shop: Shop) -> str:
    """Return the token that this home's `run` collects with, made the first time; "" if nothing takes its pushes."""
    from datetime import UTC, datetime

    from shopdb.collect.this_host import PLUGIN
    from shopdb.credentials import CredentialStore
    from shopdb.exceptions import TokenRefusedError
    from shopdb.services import tokens

    if PLUGIN not in shop.plugins.collector_schemas:
        return ""
    store = CredentialStore(shop.settings.home)
    kept = store.get(KEPT_TOKEN)
    with suppress(TokenRefusedError), shop.reading() as session:
        tokens.check_token(session, kept, address="127.0.0.1", now=datetime.now(UTC))
        return kept or ""
    made = _made(shop, f"{tokens.COLLECTOR}:{PLUGIN}")
    store.set(KEPT_TOKEN, made)
    return made


def _made(shop: Shop, scope: str) -> str:
    import secrets
    import socket

    from shopdb.cli.site import acting
    from shopdb.services import tokens

    # A name of its own each time: the token of an older home may still be in use.
    name = f"this host, {socket.gethostname()[:80]}, {secrets.token_hex(3)}"
    return shop.write(
        acting(f"create token {name}"),
        lambda session: tokens.make_token(session, name, [scope], collectors=shop.plugins.collector_schemas),
    )


def _collect(settings: Settings, token: str) -> None:
    from shopdb.cli.collect import tell, told
    from shopdb.cli.companion import own_address
    from shopdb.collect.courier import Courier, Patience, Server
    from shopdb.collect.this_host import collect_this_host
    from shopdb.exceptions import ShopdbError

    if not token:
        return
    try:
        courier = Courier(Server.at(own_address(settings)), token, Patience(total=PATIENCE_SECONDS))
        click.echo(told(collect_this_host(settings.home, courier, tell)))
    except ShopdbError as refused:
        # The shop is as good without this machine in it; what was seen waits in the spool.
        tell(str(refused))


def _stay(settings: Settings, companion: Companion) -> None:
    from shopdb.cli.companion import own_address

    click.echo(f"{own_address(settings)} is up. To open the terminal, run `{_program()}` in one{_alike()}.")
    if not companion.is_child:
        click.echo("It ran before this command and goes on without it.")
    companion.wait()


def _program() -> str:
    """Return how the program was called, to be called so again."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{sys.executable} -m shopdb"
    return called.name if getattr(sys, "frozen", False) else str(called)


def _alike() -> str:
    """Return what another terminal has to be given lest it opens another site; "" where the `.env` says it all."""
    from shopdb.config import KEYS

    given = [name for name in KEYS if os.environ.get(name)]
    return f", with the same {', '.join(given)}" if given else ""
