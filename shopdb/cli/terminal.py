"""Bare `shopdb`: the terminal program, with the server of an embedded site beside it."""

import sys
from contextlib import ExitStack, suppress

import click


@click.command()
@click.option("--safe", is_flag=True, help="Without any plugin, and no server beside it.")
@click.pass_context
def terminal(ctx: click.Context, *, safe: bool) -> None:
    """Open the terminal program."""
    from shopdb.cli.companion import LOG, server_beside
    from shopdb.cli.site import is_new, set_up
    from shopdb.config import load_settings
    from shopdb.exceptions import ForeignServerError, NoTerminalError
    from shopdb.tui.app import run

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoTerminalError
    settings = load_settings()
    if is_new(settings):
        set_up(settings, click.echo).close()
    with ExitStack() as stack:
        if settings.database_file is not None and not safe:
            # Where another program has the port, the terminal works all the same and shows that no server is there.
            with suppress(ForeignServerError):
                stack.enter_context(server_beside(settings, log=settings.home / LOG))
        ctx.exit(run(settings, safe=safe))
