"""How far a long work is, on the standard error of a terminal; elsewhere nothing is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from shopdb.store.dump.writing import Progress

STEPS: Final = {
    "write": "writing rows",
    "verify": "reading them back",
    "tables": "making tables",
    "load": "putting rows in",
    "check": "comparing rows",
}


@contextmanager
def bars() -> Iterator[Callable[[Progress], None]]:
    """Give what hears of the progress and draws a bar for each step."""
    with ExitStack() as stack:
        step = ""
        bar: Any = None

        def told(progress: Progress) -> None:
            nonlocal step, bar
            if progress.step != step:
                stack.close()
                step = progress.step
                hidden = not sys.stderr.isatty()
                bar = stack.enter_context(
                    click.progressbar(length=progress.total, label=f"{STEPS[step]:18}", file=sys.stderr, hidden=hidden)
                )
            bar.update(progress.done - bar.pos)

        yield told
