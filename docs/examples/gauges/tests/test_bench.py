from collections.abc import Callable
from datetime import timedelta

from shopdb.api import utc_now
from shopdb.testing import Client, Terminal

AddGauge = Callable[..., int]
IN_A_YEAR = utc_now().date() + timedelta(days=365)


def line(terminal: Terminal, text: str) -> None:
    """Type a line as a scanner does."""
    terminal.type(text)
    terminal.press("enter")


def test_a_gauge_is_scanned_and_its_result_typed(terminal: Terminal, client: Client, add_gauge: AddGauge) -> None:
    gauge_id = add_gauge("GA-7", "Micrometer")
    terminal.open("screen:gauge_bench")
    line(terminal, "ga-7")
    terminal.sees("Micrometer (GA-7): passed, adjusted, failed?")
    line(terminal, "p")
    terminal.sees(f"Micrometer (GA-7) passed, due on {IN_A_YEAR}.")
    assert client.get(f"/api/gauges/{gauge_id}").json["due_on"] == IN_A_YEAR.isoformat()


def test_lines_that_come_faster_than_the_database_are_done_in_order(
    terminal: Terminal, client: Client, add_gauge: AddGauge
) -> None:
    for number in range(3):
        add_gauge(f"GA-{number}", f"Plug {number}")
    terminal.open("screen:gauge_bench")
    terminal.press(*(key for code in ("GA-0", "p", "GA-1", "f", "GA-2", "a") for key in (*code, "enter")))
    terminal.sees("Plug 2 (GA-2) adjusted")
    results = client.get("/api/gauges", query_string={"sort": "name"}).json["items"]
    assert [one["result"] for one in results] == ["passed", "failed", "adjusted"]


def test_what_means_nothing_is_told_and_the_gauge_still_waits(terminal: Terminal, add_gauge: AddGauge) -> None:
    add_gauge("GA-1", "Calliper [/b]")
    add_gauge("GA-2", "Calliper two")
    terminal.open("screen:gauge_bench")
    line(terminal, "nothing")
    terminal.sees("NOT done: No gauge is known as 'nothing'")
    line(terminal, "calliper")
    terminal.sees("could be Calliper [/b] (GA-1), Calliper two (GA-2)")
    line(terminal, "GA-1")
    line(terminal, "perhaps")
    terminal.sees("'perhaps' is no result for Calliper [/b] (GA-1)")
    terminal.sees("Calliper [/b] (GA-1): passed, adjusted, failed?")


def test_escape_takes_the_gauge_from_the_bench_and_then_leaves(terminal: Terminal, add_gauge: AddGauge) -> None:
    add_gauge()
    terminal.open("screen:gauge_bench")
    line(terminal, "GA-1")
    terminal.sees("Calliper (GA-1) is on the bench.")
    terminal.press("escape")
    terminal.sees("Taken from the bench.")
    terminal.press("escape")
    terminal.sees_no_more("Scan a gauge")


def test_who_may_not_calibrate_has_no_bench(terminal: Terminal) -> None:
    technician = terminal.as_role("technician")
    for somebody in (terminal, technician):
        somebody.press("ctrl+n")
        somebody.sees("Gauges")
    assert "Calibration bench" in terminal.text
    assert "Calibration bench" not in technician.text
