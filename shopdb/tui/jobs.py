"""Work that takes time, done beside the keys.

Belongs to the terminal. A job runs in a thread of this room's own; its answer comes back as a message to the
widget that asked, so that work never touches a widget. A slot holds the one question of one view: a newer
question replaces an older one, whose answer is dropped and whose query is interrupted.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context, ContextVar, copy_context
from queue import SimpleQueue
from typing import Any, TypeVar

from textual.message import Message
from textual.message_pump import MessagePump

T = TypeVar("T")

THREADS_APART = 2
PATIENCE_WITH_PLUGINS = 10.0
"""Seconds after which a plugin that was asked something is said not to answer."""

_current: ContextVar["Job | None"] = ContextVar("shopdb_tui_job", default=None)


class JobFailed(Message):
    """A job raised `error`; sent to the widget that asked, and from there up to the application."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        super().__init__()


class JobGivenUp(Exception):
    """Raised inside work whose answer nobody waits for any more; ends the work and reaches nobody."""


class WorkEnded(Exception):
    """Work asked for the end of its thread or of the program, as by SystemExit; it ends alone."""

    def __init__(self, ending: BaseException) -> None:
        super().__init__(f"{type(ending).__name__}: {ending}" if str(ending) else type(ending).__name__)


@contextmanager
def interruptible(stop: Callable[[], object]) -> Iterator[None]:
    """Within the block, giving up the running job calls `stop` from another thread; outside of jobs, nothing.

    Raises JobGivenUp at once if the job has been given up already.
    """
    job = _current.get()
    if job is None:
        yield
        return
    with job.interrupted_by(stop):
        yield


class Job:
    """One piece of work, from being asked for until it is answered or given up."""

    def __init__(
        self,
        owner: MessagePump,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[Exception], object] | None,
    ) -> None:
        self._owner = owner
        self._work: Callable[[], Any] = work
        self._then: Callable[[Any], object] = then
        self._failed = failed or self._post_failure
        self._context = copy_context()  # Textual finds the application by a context variable
        self._stops: list[Callable[[], object]] = []
        self._stopping = threading.Lock()
        self.pending = True

    def run(self) -> None:
        """Do the work in this thread and post the answer to the owner."""
        if self.pending:
            self._context.run(self._run)
        # A slot keeps its last job, which must not keep what it was about.
        self._work, self._then, self._failed, self._context = _nothing, _nothing, _nothing, Context()

    def give_up(self) -> None:
        """Drop the answer and interrupt the work; returns without waiting for it to end."""
        if self.pending:
            self.pending = False
            if self._stops:
                # Interrupting may itself wait for a database; a key must not.
                threading.Thread(target=self._stop, name="shopdb-interrupt", daemon=True).start()

    @contextmanager
    def interrupted_by(self, stop: Callable[[], object]) -> Iterator[None]:
        """Call `stop` if this job is given up within the block; see `interruptible`."""
        with self._stopping:
            self._stops.append(stop)
        try:
            if not self.pending:
                raise JobGivenUp
            yield
        finally:
            with self._stopping:  # never interrupt a connection that has gone back to the pool
                self._stops.remove(stop)

    def _run(self) -> None:
        _current.set(self)
        answer: Callable[[Any], object] = self._then
        try:
            value = self._work()
        except Exception as error:  # noqa: BLE001  # work is foreign code; its failure is an answer
            answer, value = self._failed, error
        except BaseException as ending:  # noqa: BLE001  # as above; the thread goes on for others
            answer, value = self._failed, WorkEnded(ending)
        if self.pending:
            try:
                self._owner.call_later(self._answer, answer, value)
            except RuntimeError:  # the application has ended and its loop is closed
                self.pending = False

    def _answer(self, answer: Callable[[Any], object], value: object) -> object:
        if not self.pending:
            return None
        self.pending = False
        return answer(value)

    def _post_failure(self, error: Exception) -> None:
        self._owner.post_message(JobFailed(error))

    def _stop(self) -> None:
        with self._stopping:
            for stop in self._stops:
                with suppress(Exception):  # the query then runs to its end, and its answer is dropped
                    stop()


def _nothing(*_anything: object) -> None:
    """Do nothing."""


class Slot:
    """The one question of one view: at most one job of it runs, and only the newest is answered."""

    def __init__(self, owner: MessagePump, pool: "Pool") -> None:
        self._owner = owner
        self._pool = pool
        self._lock = threading.Lock()
        self._newest: Job | None = None
        self._working = False

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._newest is not None and self._newest.pending

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Do `work` in a thread, then call `then` with its value, or `failed`; as messages to the owner.

        Gives up the slot's older job. Without `failed`, a failure is posted as JobFailed.
        """
        self.cancel()
        with self._lock:
            self._newest = Job(self._owner, work, then, failed)
            starts = not self._working
            self._working = True
        if starts:
            self._pool.put(self._turn)

    def cancel(self) -> None:
        """Give up what was asked; no answer comes any more."""
        if self._newest is not None:
            self._newest.give_up()

    def _turn(self) -> None:
        job = self._newest
        if job is not None:
            job.run()
        with self._lock:
            self._working = self._newest is not job
        if self._working:
            self._pool.put(self._turn)


class Jobs:
    """The threads of one application and what runs in them."""

    def __init__(self, threads: int = 4) -> None:
        self._pool = Pool(threads)
        self._apart: dict[str, Jobs] = {}

    @property
    def busy(self) -> bool:
        """Whether any work is waiting or running; what is kept apart does not count."""
        return self._pool.unfinished > 0

    def apart(self, name: str) -> "Jobs":
        """Two threads for the code of one plugin: if it hangs, it keeps nobody else's work waiting."""
        return self._apart.setdefault(name, Jobs(THREADS_APART))

    def slot(self, owner: MessagePump) -> Slot:
        """A slot for one kind of question that `owner` asks, such as the rows of a list."""
        return Slot(owner, self._pool)

    def run(
        self,
        owner: MessagePump,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Do `work` that must be done, such as saving, and answer as `Slot.run` does; nothing replaces it."""
        self._pool.put(Job(owner, work, then, failed).run, kept=True)

    def close(self, patience: float) -> bool:
        """End the threads; whether all work that must be done was done within `patience` seconds.

        What is still being read is left to itself: nobody waits for a dead database to quit.
        """
        for jobs in self._apart.values():
            jobs.close(0)
        return self._pool.close(patience)


class Pool:
    """Threads that start when there is work; they end with the process, even in the middle of a read."""

    def __init__(self, threads: int) -> None:
        self._most = threads
        self._threads: list[threading.Thread] = []
        self._tasks: SimpleQueue[tuple[Callable[[], None], bool] | None] = SimpleQueue()
        self._changed = threading.Condition()
        self._kept = 0
        self.unfinished = 0

    def put(self, task: Callable[[], None], *, kept: bool = False) -> None:
        """Do a task, which raises nothing, in one of the threads; `close` waits for what is `kept`."""
        with self._changed:
            self.unfinished += 1
            self._kept += kept
            if self.unfinished > len(self._threads) < self._most:
                self._threads.append(threading.Thread(target=self._work, name="shopdb-job", daemon=True))
                self._threads[-1].start()
        self._tasks.put((task, kept))

    def close(self, patience: float) -> bool:
        """End the threads; whether all that is kept was done within `patience` seconds."""
        with self._changed:
            done = self._changed.wait_for(lambda: self._kept == 0, patience)
        for _ in self._threads:
            self._tasks.put(None)
        return done

    def _work(self) -> None:
        while (item := self._tasks.get()) is not None:
            task, kept = item
            try:
                task()
            finally:
                # A thread that waits for its next task would keep the widget that asked for the last one.
                del item, task
                with self._changed:
                    self.unfinished -= 1
                    self._kept -= kept
                    self._changed.notify_all()
