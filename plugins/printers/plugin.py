"""What the printers plugin brings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from shopdb.api import BasePlugin, NavItem, PluginMeta, Resource, Widget

from .dashboard import low_supplies, with_errors
from .demo import demo
from .models import Printer, PrinterSupply, PrinterTray
from .resources import PRINTERS, SUPPLIES, TRAYS

WORDS = ("printer", "label printer", "plotter", "mfp", "copier")


class PrintersPlugin(BasePlugin):
    """Printers with what they use up."""

    meta = PluginMeta.beside(__file__)

    def get_blueprint(self) -> None:
        """Nothing beyond the generic endpoints."""

    def get_models(self) -> Sequence[type[Any]]:
        """Printers, supplies and trays."""
        return (Printer, PrinterSupply, PrinterTray)

    def get_resources(self) -> Sequence[Resource]:
        """Printers, with a tab each for supplies and trays."""
        return (PRINTERS, SUPPLIES, TRAYS)

    def get_navigation_items(self) -> Sequence[NavItem]:
        """One entry."""
        return (NavItem("Printers", opens="printers", order=50),)

    def get_dashboard_widgets(self) -> Sequence[Widget]:
        """What to order, and where to walk to."""
        return (
            Widget("Supplies low", "list", read=low_supplies, opens="printer_supplies"),
            Widget("Printers with errors", "list", read=with_errors, opens="printers"),
        )

    def get_searchable_fields(self) -> Mapping[str, Mapping[str, int]]:
        """A printer is found by its names and numbers before anything else."""
        return {
            "printers": {
                "asset_number": 10,
                "name": 10,
                "serial_number": 8,
                "host_name": 8,
                "location": 3,
                "model": 3,
                "vendor": 2,
                "tags": 2,
                "notes": 1,
            },
            "printer_supplies": {"name": 2},
        }

    def get_services(self) -> Mapping[str, Callable[..., Any]]:
        """Its share of a made-up shop, and what lists call its records."""
        return {"demo": demo, "listed_as": listed_as}


def listed_as(_session: Session) -> Mapping[str, Sequence[str]]:
    """Return the words by which lists of a site name these records."""
    return {"printers": WORDS}
