"""What the gauges plugin brings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from shopdb.api import BasePlugin, NavItem, PluginMeta, Resource, ScreenContext, ScreenSpec, Widget

from .calibrations import PERMISSION, calibrate
from .dashboard import due, told
from .demo import demo
from .models import Calibration, Gauge
from .resources import CALIBRATIONS, GAUGES

WARN_DAYS = "warn_days"
WARN_DAYS_AT_FIRST = 30


class GaugesPlugin(BasePlugin):
    """Calibrated hand tools."""

    meta = PluginMeta.beside(__file__)

    def get_blueprint(self) -> Any:
        """What is due, and calibrating over REST."""
        from .blueprint import make_blueprint

        return make_blueprint()

    def get_models(self) -> Sequence[type[Any]]:
        """Gauges and their calibrations."""
        return (Gauge, Calibration)

    def get_resources(self) -> Sequence[Resource]:
        """Gauges, with a tab for their calibrations."""
        return (GAUGES, CALIBRATIONS)

    def get_screens(self) -> Sequence[ScreenSpec]:
        """The bench."""
        return (ScreenSpec("gauge_bench", "Calibration bench", _bench_screen),)

    def get_navigation_items(self) -> Sequence[NavItem]:
        """The gauges, and the bench for those who may use it."""
        return (
            NavItem("Gauges", opens="gauges", order=60),
            NavItem("Calibration bench", opens="screen:gauge_bench", order=61, permission=PERMISSION),
        )

    def get_dashboard_widgets(self) -> Sequence[Widget]:
        """What is due soon."""
        return (Widget("Calibration due", "list", read=self.due_soon, opens="gauges due_on:any"),)

    def get_searchable_fields(self) -> Mapping[str, Mapping[str, int]]:
        """A gauge is found by its number before anything else."""
        return {"gauges": {"asset_number": 10, "name": 8, "serial_number": 8, "measures": 3}}

    def get_services(self) -> Mapping[str, Callable[..., Any]]:
        """Calibrating, for other plugins; its share of a made-up shop."""
        return {"calibrate": calibrate, "demo": demo}

    def get_cli_commands(self) -> Sequence[Any]:
        """What is due, and how far ahead."""
        from .commands import make_commands

        return make_commands(self.warn_days, self.set_warn_days)

    def on_install(self, session: Session) -> None:
        """Keep the number of days that admins change, so that they find it."""
        self.set_warn_days(session, self.warn_days(session))

    def due_soon(self, session: Session) -> list[str]:
        """Return a line for each gauge that is due soon."""
        return told(due(session, self.warn_days(session)))

    def warn_days(self, session: Session) -> int:
        """Return how many days ahead counts as due."""
        days: int = self.get_setting(session, WARN_DAYS, WARN_DAYS_AT_FIRST)
        return days

    def set_warn_days(self, session: Session, days: int) -> None:
        """Keep how many days ahead counts as due."""
        self.set_setting(session, WARN_DAYS, days)


def _bench_screen(context: ScreenContext) -> Any:
    from .screens import BenchScreen

    return BenchScreen(context)
