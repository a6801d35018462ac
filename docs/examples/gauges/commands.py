"""Commands under `shopdb gauges`."""

from collections.abc import Callable

import click
from sqlalchemy.orm import Session

from shopdb.api import plain, read_shop, write_shop

from .dashboard import due, told

MOST_DAYS = 3650
Days = click.IntRange(0, MOST_DAYS)


def make_commands(
    warn_days: Callable[[Session], int], set_warn_days: Callable[[Session, int], None]
) -> tuple[click.Command, ...]:
    """Return the commands; the two functions read and keep how many days ahead counts as due."""

    @click.command("due")
    @click.option("--days", type=Days, help="How many days ahead; without it as many as the widget warns.")
    def print_due(days: int | None) -> None:
        """Print the gauges that are due, the longest overdue first."""
        gauges = read_shop(lambda session: due(session, warn_days(session) if days is None else days))
        for one in told(gauges) or ["Nothing is due."]:
            click.echo(plain(one))

    @click.command("warn")
    @click.argument("days", type=Days)
    def warn(days: int) -> None:
        """Let the widget warn so many DAYS ahead."""
        write_shop(f"warn {days} days ahead", lambda session: set_warn_days(session, days))
        click.echo(f"The widget shows what is due within {days} days.")

    return (print_due, warn)
