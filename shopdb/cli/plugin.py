"""`shopdb plugin`: what extends this site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from shopdb.plugins.registry import Registry


@click.group()
def plugin() -> None:
    """See the plugins of this site."""


@plugin.command("list")
@click.option("--json", "as_json", is_flag=True, help="A list of objects.")
def list_(*, as_json: bool) -> None:
    """List the plugins that are enabled, and those that are here and left out, with the reasons."""
    from dataclasses import replace

    from shopdb.cli import output
    from shopdb.cli.site import opened_shop
    from shopdb.config import load_settings

    # As production does it: a broken plugin is left out and listed, where development would stop at it.
    settings = replace(load_settings(), env="production")
    with opened_shop(settings) as shop:
        plugins = _listed(shop.plugins)
    if as_json:
        output.show_json(plugins)
        return
    titles = ("name", "version", "state", "reasons")
    output.show_table(
        titles, ([one["name"], one["version"], one["state"], "; ".join(one["reasons"])] for one in plugins)
    )


def _listed(registry: Registry) -> list[dict[str, Any]]:
    enabled = [
        {
            "name": name,
            "version": str(one.meta.version),
            "description": one.meta.description,
            "state": "enabled",
            "faulty": False,
            "reasons": [],
        }
        for name, one in registry.plugins.items()
    ]
    left_out = [
        {
            "name": name,
            "version": str(one.meta.version) if one.meta else "",
            "description": one.meta.description if one.meta else "",
            "state": "left out",
            "faulty": one.faulty,
            "reasons": list(one.reasons),
        }
        for name, one in registry.left_out.items()
    ]
    return enabled + left_out
