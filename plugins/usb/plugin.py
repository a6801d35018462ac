"""What the usb plugin brings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from shopdb.api import BasePlugin, NavItem, PluginMeta, Resource, ScreenContext, ScreenSpec, Widget

from .checkouts import PERMISSION, check_in, check_out
from .dashboard import overdue, seen_while_in
from .demo import demo
from .models import UsbCheckout, UsbDevice
from .resources import USB_CHECKOUTS, USB_DEVICES

WORDS = ("usb", "usb stick", "stick", "memory stick", "thumb drive", "flash drive", "dongle")


class UsbPlugin(BasePlugin):
    """USB devices; who has one is kept apart from where one was seen."""

    meta = PluginMeta.beside(__file__)

    def get_blueprint(self) -> Any:
        """Checking out and in over REST."""
        from .blueprint import make_blueprint

        return make_blueprint()

    def get_models(self) -> Sequence[type[Any]]:
        """Devices and check-outs."""
        return (UsbDevice, UsbCheckout)

    def get_resources(self) -> Sequence[Resource]:
        """Devices, with a tab for their check-outs."""
        return (USB_DEVICES, USB_CHECKOUTS)

    def get_screens(self) -> Sequence[ScreenSpec]:
        """The desk."""
        return (ScreenSpec("usb_desk", "Check out / in", _desk_screen),)

    def get_navigation_items(self) -> Sequence[NavItem]:
        """The devices, and the desk for those who may use it."""
        return (
            NavItem("USB devices", opens="usb_devices", order=55),
            NavItem("Check out / in", opens="screen:usb_desk", order=56, permission=PERMISSION),
        )

    def get_dashboard_widgets(self) -> Sequence[Widget]:
        """Whom to ask, and what to look into."""
        return (
            Widget("USB devices overdue", "list", read=overdue, opens="usb_checkouts returned_at:none"),
            Widget("USB devices seen while in", "list", read=seen_while_in, opens="usb_devices holder:none"),
        )

    def get_searchable_fields(self) -> Mapping[str, Mapping[str, int]]:
        """A device is found by its label before anything else."""
        return {
            "usb_devices": {
                "asset_number": 10,
                "name": 10,
                "serial_number": 8,
                "holder": 4,
                "seen_on": 3,
                "tags": 2,
                "notes": 1,
            },
            "usb_checkouts": {"holder": 2},
        }

    def get_services(self) -> Mapping[str, Callable[..., Any]]:
        """Checking out and in, for other plugins; its share of a made-up shop; what lists call its records."""
        return {"check_out": check_out, "check_in": check_in, "demo": demo, "listed_as": listed_as}


def _desk_screen(context: ScreenContext) -> Any:
    from .screens import DeskScreen

    return DeskScreen(context)


def listed_as(_session: Session) -> Mapping[str, Sequence[str]]:
    """Return the words by which lists of a site name these records."""
    return {"usb_devices": WORDS}
