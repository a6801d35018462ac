"""`shopdb demo`: a made-up shop, to look at and to measure with."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from shopdb.boot import Shop


@click.command()
@click.argument("count", metavar="N", type=click.IntRange(min=1))
@click.option("--seed", metavar="S", type=int, default=1, help="Another number makes up another shop.")
def demo(count: int, seed: int) -> None:
    """Make up N assets with all that belongs to them.

    They are one batch, which `shopdb undo` takes back.
    """
    from shopdb.cli.site import opened_shop

    with opened_shop() as shop:
        make_up(shop, count, seed=seed)


def make_up(shop: Shop, count: int, *, seed: int = 1) -> None:
    """Make up that many assets and print what came of it; on a terminal, also how far it is."""
    from shopdb.cli.site import acting
    from shopdb.services.demo import build

    hidden = not sys.stderr.isatty()
    with click.progressbar(length=count, label="making assets up", file=sys.stderr, hidden=hidden) as bar:
        report = shop.write(
            acting(f"demo of {count} assets"),
            lambda session: build(session, count, seed=seed, on_progress=lambda made: bar.update(made - bar.pos)),
        )
    rows = sum(report.rows.values())
    click.echo(f"demo: {report.assets} assets, {rows} rows in all; `shopdb undo {report.batch_id}` takes them back")
