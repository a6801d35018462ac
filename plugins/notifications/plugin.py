"""What the notifications plugin brings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shopdb.api import BasePlugin, NavItem, PluginMeta, Resource, Widget

from .demo import demo
from .models import Notification
from .notices import active_notices, active_now
from .resources import NOTIFICATIONS


class NotificationsPlugin(BasePlugin):
    """Notices with a time in which they hold.

    The terminal's header asks every service that is named ``active_notices``; this plugin offers it, and any
    other plugin may do so too.
    """

    meta = PluginMeta.beside(__file__)

    def get_blueprint(self) -> None:
        """Nothing beyond the generic endpoints."""

    def get_models(self) -> Sequence[type[Any]]:
        """The notices."""
        return (Notification,)

    def get_resources(self) -> Sequence[Resource]:
        """The notices."""
        return (NOTIFICATIONS,)

    def get_navigation_items(self) -> Sequence[NavItem]:
        """One entry."""
        return (NavItem("Notifications", opens="notifications", order=60),)

    def get_dashboard_widgets(self) -> Sequence[Widget]:
        """What holds now."""
        return (Widget("Notices", "list", read=active_now, opens="notifications"),)

    def get_searchable_fields(self) -> Mapping[str, Mapping[str, int]]:
        """A notice is found by its title before its text."""
        return {"notifications": {"title": 5, "text": 1}}

    def get_services(self) -> Mapping[str, Callable[..., Any]]:
        """What the terminal's header shows, and its share of a made-up shop."""
        return {"active_notices": active_notices, "demo": demo}
