"""Commands that plugins bring: under the plugin's name, with a way into the shop while they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from shopdb.exceptions import ConfigError

if TYPE_CHECKING:
    from shopdb.boot import Shop
    from shopdb.plugins.access import ShopAccess


class PluginGroup(click.Group):
    """The commands of one plugin; its code runs with the shop open."""

    def __init__(self, plugin: str) -> None:
        super().__init__(plugin, help=f"Commands of the plugin {plugin}.")

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the plugin's commands."""
        return sorted(self._brought(ctx))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one of the plugin's commands."""
        return self._brought(ctx).get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the plugin's command while it may reach the shop."""
        from shopdb.plugins.access import granted

        with granted(_access(_shop(ctx))):
            return super().invoke(ctx)

    def _brought(self, ctx: click.Context) -> dict[str, click.Command]:
        _, answers = _shop(ctx).plugins.ask("get_cli_commands")
        return {str(command.name): command for command in answers.get(self.name or "", ())}


def plugin_group(name: str) -> PluginGroup | None:
    """Return the group of the plugin of this name, None if there is no such plugin here."""
    from shopdb.config import load_settings
    from shopdb.plugins.loader import bundled_folder, discover

    try:
        folders = [bundled_folder(), *load_settings().plugin_dirs]
    except ConfigError:
        return None
    return PluginGroup(name) if name in {found.name for found in discover(folders)} else None


def _shop(ctx: click.Context) -> Shop:
    from shopdb.cli.site import opened_shop

    if ctx.obj is None:
        ctx.obj = ctx.with_resource(opened_shop())
    shop: Shop = ctx.obj
    return shop


def _access(shop: Shop) -> ShopAccess:
    from shopdb.cli.site import acting
    from shopdb.plugins.access import ShopAccess

    def read(work: Any) -> Any:
        with shop.reading() as session:
            return work(session)

    return ShopAccess(read, lambda label, work: shop.write(acting(label), work))
