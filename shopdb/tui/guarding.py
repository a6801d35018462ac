"""Keeps the code of screens from ending the program, and from outliving it.

Belongs to the terminal. Textual runs a screen's code in tasks of one event loop, which SystemExit would stop, and its
workers in threads for which Python waits at the end, however long they hang. tests/tui/test_screens_that_end.py
tries it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from textual.worker import NoActiveWorker, get_current_worker

from shopdb.plugins.importing import plugin_in
from shopdb.tui.jobs import Pool
from shopdb.tui.stalls import ScreenStuck

THREADS_OF_A_PLUGIN = 4
ENDINGS_OF_OTHERS = (Exception, asyncio.CancelledError, GeneratorExit, KeyboardInterrupt)
"""What Python and Textual take care of themselves."""


class ScreenEnded(Exception):
    """A screen's code asked for the end of the program, which is for a person to ask, or had to be interrupted."""

    def __init__(self, ending: BaseException) -> None:
        """Say how it asked, or why it was."""
        asked = f"it called for the end of the program ({type(ending).__name__} {ending})"
        super().__init__(str(ending) if isinstance(ending, ScreenStuck) else asked)


def as_failure(ending: BaseException) -> Exception:
    """Return what a screen's code raised as an error like others; what is not for us to keep is raised again."""
    if isinstance(ending, Exception):
        return ending
    if isinstance(ending, ENDINGS_OF_OTHERS):
        raise ending
    return ScreenEnded(ending).with_traceback(ending.__traceback__)


def guard(loop: asyncio.AbstractEventLoop, failed: Callable[[Exception], None]) -> None:
    """Let no task made from now on stop the loop, but tell ``failed``; let no thread keep the program from ending."""
    former = loop.get_task_factory()

    def make(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Future[Any]:
        guarded = _Guarded(work, failed)
        return asyncio.Task(guarded, loop=loop, **options) if former is None else former(loop, guarded, **options)

    loop.set_task_factory(make)
    loop.set_default_executor(WorkerThreads())


class _Guarded(Coroutine[Any, Any, Any]):
    """A coroutine that ends by itself where another would end everything."""

    def __init__(self, work: Coroutine[Any, Any, Any], failed: Callable[[Exception], None]) -> None:
        self._work, self._failed = work, failed
        self.__name__ = getattr(work, "__name__", type(work).__name__)
        self.__qualname__ = getattr(work, "__qualname__", self.__name__)

    def send(self, value: Any) -> Any:
        return self._guarded(lambda: self._work.send(value))

    def throw(self, *error: Any) -> Any:
        return self._guarded(lambda: self._work.throw(*error))

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._work.__await__()

    def _guarded(self, step: Callable[[], Any]) -> Any:
        try:
            return step()
        except ENDINGS_OF_OTHERS:
            raise
        except BaseException as ending:  # noqa: BLE001 as it says above
            self._failed(as_failure(ending))
            raise StopIteration from None


class WorkerThreads(ThreadPoolExecutor):
    """The threads of Textual's workers, a few for each plugin; the end of the program waits for none of them."""

    def __init__(self) -> None:
        """Begin without threads."""
        super().__init__(max_workers=1)
        self._pools: dict[str, Pool] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do the work in a thread of the plugin whose screen's worker asks."""
        future: Future[Any] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                answer = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 whoever waits for the answer gets it
                future.set_exception(error)
            else:
                future.set_result(answer)

        self._pools.setdefault(_plugin_asking(), Pool(THREADS_OF_A_PLUGIN)).put(run)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 as Python has it
        """Take nothing more; what hangs is left behind."""
        del wait
        for pool in self._pools.values():
            pool.close(0)
        super().shutdown(wait=False, cancel_futures=cancel_futures)


def _plugin_asking() -> str:
    try:
        node = get_current_worker().node
    except NoActiveWorker:
        return ""
    return next((name for one in node.ancestors_with_self if (name := plugin_in(type(one).__module__))), "")
