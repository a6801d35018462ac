"""What the computers plugin brings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from shopdb.api import BasePlugin, NavItem, PluginMeta, Resource, Widget

from .dashboard import by_system, long_not_rebooted
from .demo import demo
from .models import Computer, ComputerDisk, ComputerMonitor
from .resources import COMPUTERS, DISKS, MONITORS

WORDS = (
    "pc",
    "computer",
    "workstation",
    "desktop",
    "laptop",
    "notebook",
    "thin client",
    "industrial pc",
    "hmi",
    "server",
)


class ComputersPlugin(BasePlugin):
    """PCs; their addresses and software are kept by core, for other assets have them too."""

    meta = PluginMeta.beside(__file__)

    def get_blueprint(self) -> None:
        """Nothing beyond the generic endpoints."""

    def get_models(self) -> Sequence[type[Any]]:
        """PCs, disks and monitors."""
        return (Computer, ComputerDisk, ComputerMonitor)

    def get_resources(self) -> Sequence[Resource]:
        """PCs, with a tab each for disks and monitors."""
        return (COMPUTERS, DISKS, MONITORS)

    def get_navigation_items(self) -> Sequence[NavItem]:
        """One entry."""
        return (NavItem("Computers", opens="computers", order=20),)

    def get_dashboard_widgets(self) -> Sequence[Widget]:
        """Which systems there are, and which PCs need a restart."""
        return (
            Widget("Systems", "bar", read=by_system, opens="computers"),
            Widget("Not rebooted for 30 days", "number", read=long_not_rebooted, opens="computers last_boot>30d"),
        )

    def get_searchable_fields(self) -> Mapping[str, Mapping[str, int]]:
        """A PC is found by its names and numbers before anything else."""
        return {
            "computers": {
                "asset_number": 10,
                "name": 10,
                "serial_number": 8,
                "asset_tag": 6,
                "uuid": 6,
                "location": 2,
                "model": 2,
                "vendor": 2,
                "tags": 2,
                "os_name": 1,
                "notes": 1,
            },
        }

    def get_services(self) -> Mapping[str, Callable[..., Any]]:
        """Its share of a made-up shop, and what lists call its records."""
        return {"demo": demo, "listed_as": listed_as}


def listed_as(_session: Session) -> Mapping[str, Sequence[str]]:
    """Return the words by which lists of a site name these records."""
    return {"computers": WORDS}
