"""What the network plugin brings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from shopdb.api import BasePlugin, NavItem, PluginMeta, Resource, Widget

from .dashboard import by_kind, quiet_devices
from .demo import demo
from .models import NetworkDevice, NetworkPort, NetworkVlan
from .resources import NETWORK_DEVICES, PORTS, VLANS

WORDS = ("switch", "router", "firewall", "access point", "wireless bridge", "media converter", "gateway")


class NetworkPlugin(BasePlugin):
    """Network devices; their addresses are kept by core, for other assets have them too."""

    meta = PluginMeta.beside(__file__)

    def get_blueprint(self) -> None:
        """Nothing beyond the generic endpoints."""

    def get_models(self) -> Sequence[type[Any]]:
        """Devices, ports and VLANs."""
        return (NetworkDevice, NetworkPort, NetworkVlan)

    def get_resources(self) -> Sequence[Resource]:
        """Devices, with a tab each for ports and VLANs."""
        return (NETWORK_DEVICES, PORTS, VLANS)

    def get_navigation_items(self) -> Sequence[NavItem]:
        """One entry."""
        return (NavItem("Network", opens="network_devices", order=40),)

    def get_dashboard_widgets(self) -> Sequence[Widget]:
        """Which devices there are, and which have gone quiet."""
        return (
            Widget("Network devices", "bar", read=by_kind, opens="network_devices"),
            Widget(
                "Network devices quiet for a day",
                "number",
                read=quiet_devices,
                opens="network_devices last_seen>1d",
            ),
        )

    def get_searchable_fields(self) -> Mapping[str, Mapping[str, int]]:
        """A device is found by its names and numbers, a port by what is written on it."""
        return {
            "network_devices": {
                "asset_number": 10,
                "name": 10,
                "serial_number": 8,
                "location": 2,
                "model": 2,
                "vendor": 2,
                "tags": 2,
                "description": 1,
                "notes": 1,
            },
            "network_ports": {"mac": 4, "description": 2, "name": 1},
            "network_vlans": {"name": 2},
        }

    def get_services(self) -> Mapping[str, Callable[..., Any]]:
        """Its share of a made-up shop, and what lists call its records."""
        return {"demo": demo, "listed_as": listed_as}


def listed_as(_session: Session) -> Mapping[str, Sequence[str]]:
    """Return the words by which lists of a site name these records."""
    return {"network_devices": WORDS}
