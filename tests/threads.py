"""Several who do the same at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any


def in_threads(work: Callable[[int], Any], number: int = 4) -> list[Any]:
    """Do the work in several threads that begin together; return what each returned or raised."""
    start = Barrier(number)

    def run(turn: int) -> Any:
        start.wait(60)
        try:
            return work(turn)
        except Exception as error:  # noqa: BLE001  the test looks at it
            return error

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(run, range(number)))
