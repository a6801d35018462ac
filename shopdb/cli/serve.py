"""`shopdb serve`: the server, until it is told to stop."""

import click


@click.command()
@click.option("--host", metavar="ADDRESS", help="Listen there instead of SHOPDB_HOST.")
@click.option("--port", metavar="PORT", type=click.IntRange(1, 65535), help="Listen there instead of SHOPDB_PORT.")
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when standard input ends.")
@click.pass_context
def serve(ctx: click.Context, host: str | None, port: int | None, *, with_parent: bool) -> None:
    """Answer REST, collectors and agents until told to stop.

    SIGTERM and ctrl-c finish what is in flight. A SQLite site that has no file yet is set up first.
    """
    from shopdb.cli.companion import end_with_parent
    from shopdb.cli.site import is_new, set_up
    from shopdb.config import load_settings
    from shopdb.server.serve import run

    options = {"SHOPDB_HOST": host, "SHOPDB_PORT": None if port is None else str(port)}
    settings = load_settings(options={name: text for name, text in options.items() if text is not None})
    if with_parent:
        end_with_parent()
    if is_new(settings):
        set_up(settings, click.echo).close()
    ctx.exit(run(settings))
