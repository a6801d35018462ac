"""What the equipment plugin brings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.api import AssetType, BasePlugin, NavItem, PluginMeta, Resource, Widget

from .dashboard import maintenance_due
from .demo import demo
from .models import Equipment
from .resources import EQUIPMENT

WORDS = (
    *("machine", "machine tool", "lathe", "mill", "milling machine", "machining center", "machining centre", "cnc"),
    *("grinder", "press", "saw", "furnace", "oven", "robot", "cmm", "edm", "laser", "welder"),
    *("test bench", "granite plate"),
)


class EquipmentPlugin(BasePlugin):
    """Machines; their maintenance plans are kept by core, for other assets are calibrated too."""

    meta = PluginMeta.beside(__file__)

    def get_blueprint(self) -> None:
        """Nothing beyond the generic endpoints."""

    def get_models(self) -> Sequence[type[Any]]:
        """Machines."""
        return (Equipment,)

    def get_resources(self) -> Sequence[Resource]:
        """Machines."""
        return (EQUIPMENT,)

    def get_navigation_items(self) -> Sequence[NavItem]:
        """One entry."""
        return (NavItem("Equipment", opens="equipment", order=30),)

    def get_dashboard_widgets(self) -> Sequence[Widget]:
        """What has to be done to which machine, and when."""
        return (Widget("Maintenance due", "list", read=maintenance_due, opens="maintenance_plans"),)

    def get_searchable_fields(self) -> Mapping[str, Mapping[str, int]]:
        """A machine is found by the number on its plate before anything else."""
        return {
            "equipment": {
                "asset_number": 10,
                "name": 8,
                "serial_number": 8,
                "uuid": 4,
                "endpoint": 4,
                "controller": 3,
                "location": 2,
                "model": 2,
                "vendor": 2,
                "tags": 2,
                "notes": 1,
            },
        }

    def get_services(self) -> Mapping[str, Callable[..., Any]]:
        """Its share of a made-up shop, and what lists call its records."""
        return {"demo": demo, "listed_as": listed_as}


def listed_as(session: Session) -> Mapping[str, Sequence[str]]:
    """Return the words by which lists of a site name machines; its own types that are equipment are among them."""
    types = session.scalars(select(AssetType.name).where(AssetType.is_equipment.is_(True))).all()
    return {"equipment": (*WORDS, *types)}
