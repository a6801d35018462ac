from collections.abc import Callable
from datetime import timedelta

from shopdb.api import utc_now
from shopdb.testing import Command, Plugin, Shop, Terminal

AddGauge = Callable[..., int]
IN_A_WEEK = (utc_now().date() + timedelta(days=7)).isoformat()


def test_the_widget_shows_what_is_due_soon(shop: Shop, plugin: Plugin, add_gauge: AddGauge) -> None:
    add_gauge("GA-1", due_on=IN_A_WEEK)
    (widget,) = plugin.instance.get_dashboard_widgets()
    assert shop.read(widget.read) == [f"{IN_A_WEEK}  GA-1  Calliper"]


def test_the_dashboard_has_the_widget(terminal: Terminal, add_gauge: AddGauge) -> None:
    add_gauge("GA-1", due_on=IN_A_WEEK)
    terminal.sees("Calibration due")
    terminal.sees("GA-1")


def test_commands_tell_what_is_due_and_how_far_ahead_that_is(
    command: Command, shop: Shop, plugin: Plugin, add_gauge: AddGauge
) -> None:
    add_gauge("GA-1", due_on=IN_A_WEEK)
    assert command("due").output == f"{IN_A_WEEK}  GA-1  Calliper\n"
    assert command("warn", "3").exit_code == 0
    assert command("due").output == "Nothing is due.\n"
    assert command("due", "--days", "8").output == f"{IN_A_WEEK}  GA-1  Calliper\n"
    assert command("warn", "-1").exit_code == 2
    (widget,) = plugin.instance.get_dashboard_widgets()
    assert shop.read(widget.read) == []


def test_installing_keeps_what_an_admin_has_set(shop: Shop, plugin: Plugin) -> None:
    shop.write(lambda session: plugin.instance.set_setting(session, "warn_days", 14))
    shop.write(plugin.instance.on_install)
    assert shop.read(lambda session: plugin.instance.get_setting(session, "warn_days")) == 14
