import threading
from functools import partial

from textual.app import App

from shopdb.tui.jobs import JobFailed, Jobs, interruptible
from tests.tui.waiting import PATIENCE, until


class Asker(App[None]):
    """Collects answers and failures."""

    def __init__(self, threads: int = 2) -> None:
        super().__init__()
        self.jobs = Jobs(threads)
        self.answers: list[object] = []
        self.failures: list[Exception] = []
        self.threads: set[int] = set()

    def answered(self, value: object) -> None:
        self.threads.add(threading.get_ident())
        self.answers.append(value)

    def on_job_failed(self, message: JobFailed) -> None:
        self.failures.append(message.error)


async def test_an_answer_comes_back_as_a_message_in_the_thread_of_the_keys() -> None:
    app = Asker()
    async with app.run_test():
        slot = app.jobs.slot(app)
        slot.run(threading.get_ident, app.answered)
        await until(lambda: app.answers != [])
        assert app.answers != [threading.get_ident()]
        assert app.threads == {threading.get_ident()}
        assert not slot.busy
        assert not app.jobs.busy


async def test_only_the_newest_question_of_a_slot_is_answered() -> None:
    app, gate, begun = Asker(), threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        gate.wait(PATIENCE)
        return "old"

    async with app.run_test():
        slot = app.jobs.slot(app)
        slot.run(slow, app.answered)
        assert begun.wait(PATIENCE)
        for number in range(5):
            slot.run(partial(int, number), app.answered)
        assert slot.busy
        gate.set()
        await until(lambda: not slot.busy and not app.jobs.busy)
        assert app.answers == [4]


async def test_an_answer_that_was_on_its_way_is_dropped_when_a_newer_question_comes() -> None:
    app, posted = Asker(threads=1), threading.Event()
    async with app.run_test():
        slot = app.jobs.slot(app)
        slot.run(lambda: "old", app.answered)
        app.jobs.run(app, posted.set, lambda _: None)
        # The loop is not given a chance to deliver before the newer question is asked.
        assert posted.wait(PATIENCE)
        slot.run(lambda: "new", app.answered)
        await until(lambda: app.answers != [] and not app.jobs.busy)
        assert app.answers == ["new"]


async def test_a_question_given_up_interrupts_its_query() -> None:
    app, begun, interrupted = Asker(), threading.Event(), threading.Event()

    def query() -> None:
        with interruptible(interrupted.set):
            begun.set()
            assert interrupted.wait(PATIENCE)

    async with app.run_test():
        slot = app.jobs.slot(app)
        slot.run(query, app.answered)
        assert begun.wait(PATIENCE)
        slot.cancel()
        await until(lambda: not app.jobs.busy)
        assert interrupted.is_set()
        assert app.answers == []
        assert app.failures == []


async def test_a_connection_that_went_back_is_not_interrupted() -> None:
    app, left, go_on, interrupted = Asker(), threading.Event(), threading.Event(), threading.Event()

    def query() -> None:
        with interruptible(interrupted.set):
            pass
        left.set()
        go_on.wait(PATIENCE)

    async with app.run_test():
        slot = app.jobs.slot(app)
        slot.run(query, app.answered)
        assert left.wait(PATIENCE)
        slot.cancel()
        go_on.set()
        await until(lambda: not app.jobs.busy)
        assert not interrupted.is_set()


async def test_work_given_up_before_its_query_never_asks_the_database() -> None:
    app, begun, go_on = Asker(), threading.Event(), threading.Event()
    queries: list[str] = []

    def work() -> None:
        begun.set()
        go_on.wait(PATIENCE)
        with interruptible(lambda: None):
            queries.append("asked")

    async with app.run_test():
        slot = app.jobs.slot(app)
        slot.run(work, app.answered)
        assert begun.wait(PATIENCE)
        slot.cancel()
        go_on.set()
        await until(lambda: not app.jobs.busy)
        assert queries == []


def test_outside_of_a_job_nothing_interrupts() -> None:
    with interruptible(lambda: None):
        pass


async def test_a_failure_is_a_message_and_the_application_goes_on() -> None:
    app = Asker()
    told: list[Exception] = []

    def work() -> None:
        raise ValueError("no such table")

    async with app.run_test():
        slot = app.jobs.slot(app)
        slot.run(work, app.answered)
        await until(lambda: app.failures != [])
        slot.run(work, app.answered, told.append)
        await until(lambda: told != [])
        assert [str(error) for error in [*app.failures, *told]] == ["no such table"] * 2
        assert app.is_running


async def test_one_slow_question_does_not_hold_up_another_view() -> None:
    app, gate = Asker(), threading.Event()
    async with app.run_test():
        app.jobs.slot(app).run(lambda: gate.wait(PATIENCE), app.answered)
        app.jobs.slot(app).run(lambda: "quick", app.answered)
        await until(lambda: app.answers == ["quick"])
        gate.set()
        await until(lambda: not app.jobs.busy)


async def test_closing_waits_for_what_must_be_saved_and_not_for_reads() -> None:
    app, saved, never = Asker(), [], threading.Event()

    def save() -> None:
        saved.append("yes")

    async with app.run_test():
        app.jobs.slot(app).run(lambda: never.wait(PATIENCE), app.answered)
        app.jobs.run(app, save, app.answered)
        assert app.jobs.close(PATIENCE)
        assert saved == ["yes"]
        never.set()
