"""What a plugin is: the hooks that shopdb calls. docs/PLUGIN-HOOKS.md is the reference of each.

Hooks are asked for descriptions and never given the whole shop; what they return is checked before use.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.domain.dashboard import Widget
from shopdb.domain.navigation import NavItem
from shopdb.domain.resource import Resource
from shopdb.domain.screens import ScreenSpec
from shopdb.exceptions import SettingKeyError
from shopdb.plugins.manifest import PluginMeta
from shopdb.store.models import Setting

COLLECTOR_SCHEMA = "collector.schema.json"
_SETTING_KEY = re.compile(r"[a-z][a-z0-9_.]{0,79}")


class BasePlugin(ABC):
    """The base of every plugin; only ``meta``, ``get_blueprint`` and ``get_models`` must be written."""

    @property
    @abstractmethod
    def meta(self) -> PluginMeta:
        """Who the plugin is: ``meta = PluginMeta.beside(__file__)``."""

    @abstractmethod
    def get_blueprint(self) -> Any:
        """Return a new Flask blueprint named as the plugin, mounted at /api/<plugin>; or None."""

    @abstractmethod
    def get_models(self) -> Sequence[type[Any]]:
        """Return the mapped classes of the plugin's tables."""

    def get_resources(self) -> Sequence[Resource]:
        """Return the record types: each gets list, detail, form, REST, CSV and search."""
        return ()

    def get_screens(self) -> Sequence[ScreenSpec]:
        """Return screens of the plugin's own for the terminal."""
        return ()

    def get_navigation_items(self) -> Sequence[NavItem]:
        """Return the entries of the terminal's navigation."""
        return ()

    def get_dashboard_widgets(self) -> Sequence[Widget]:
        """Return the readings for the dashboard."""
        return ()

    def get_searchable_fields(self) -> Mapping[str, Mapping[str, int]]:
        """Return weights from 1 to 10 by resource and field; a searched field that is left out weighs 1."""
        return {}

    def get_collector_schema(self) -> Mapping[str, Any] | None:
        """Return the JSON Schema of a push, or None; by default what collector.schema.json says, if there."""
        path = self.meta.folder / COLLECTOR_SCHEMA
        if not path.is_file():
            return None
        document: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        return document

    def get_services(self) -> Mapping[str, Callable[..., Any]]:
        """Return functions that other plugins may ask for as "<plugin>.<name>"; they take a session first."""
        return {}

    def get_cli_commands(self) -> Sequence[Any]:
        """Return click commands, which appear under `shopdb <plugin>`."""
        return ()

    def init_app(self, app: Any) -> None:  # noqa: B027 a hook may be left as it is
        """Have the last word on the server's Flask application."""

    def on_install(self, session: Session) -> None:  # noqa: B027 as init_app
        """Write what the plugin needs from its first day, when its tables have just been made."""

    def on_enable(self, session: Session) -> None:  # noqa: B027 as init_app
        """Act before the plugin's contributions appear."""

    def on_disable(self, session: Session) -> None:  # noqa: B027 as init_app
        """Act before the plugin's contributions disappear."""

    def on_uninstall(self, session: Session) -> None:  # noqa: B027 as init_app
        """Act while the plugin's tables are still there."""

    def get_setting(self, session: Session, key: str, default: Any = None) -> Any:
        """Return a setting of the plugin's own, or the default where nothing is set."""
        found = session.execute(select(Setting.value).where(Setting.key == self._setting(key))).first()
        return default if found is None else found[0]

    def set_setting(self, session: Session, key: str, value: Any) -> None:
        """Set a setting of the plugin's own to anything that JSON can say."""
        name = self._setting(key)
        setting = session.scalar(select(Setting).where(Setting.key == name))
        if setting is None:
            session.add(Setting(key=name, value=value))
        else:
            setting.value = value

    def _setting(self, key: str) -> str:
        if not _SETTING_KEY.fullmatch(key):
            raise SettingKeyError(self.meta.name, key)
        return f"plugin.{self.meta.name}.{key}"
