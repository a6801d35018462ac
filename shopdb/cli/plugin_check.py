"""`shopdb plugin check`, and the command by which shopdb tries a plugin in a process of its own."""

from __future__ import annotations

import click


@click.command("try-out", hidden=True)
def try_out() -> None:
    """Try the plugin that standard input names; for shopdb itself."""
    from shopdb.authoring.trial import run

    run()
