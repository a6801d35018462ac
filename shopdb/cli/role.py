"""`shopdb role`: what users may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from shopdb.boot import Shop


@click.group()
def role() -> None:
    """Say what users may do: each has a role, and a role is a set of permissions.

    A permission is an area and what is done in it, such as printers.change; who may change may view. Several at once:
    "*" is everything, "printers.*" all of an area, "*.view" looking at everything.
    """


@role.command("list")
@click.option("--json", "as_json", is_flag=True, help="A list of objects.")
def list_(*, as_json: bool) -> None:
    """List the roles and the permissions of each."""
    from shopdb.cli.output import show_json, show_table
    from shopdb.cli.site import opened_shop
    from shopdb.services import roles

    with opened_shop() as shop, shop.reading() as session:
        found = roles.roles(session)
    if as_json:
        show_json({"name": name, "permissions": permissions} for name, permissions in found.items())
        return
    rows = [
        ("" if count else name, permission)
        for name, permissions in found.items()
        for count, permission in enumerate(permissions or ("nothing",))
    ]
    show_table(("ROLE", "MAY"), rows)


@role.command()
@click.option("--json", "as_json", is_flag=True, help="A list of objects.")
def permissions(*, as_json: bool) -> None:
    """List every permission that a role can be given here, and what brings it."""
    from shopdb.cli.output import show_json, show_table
    from shopdb.cli.site import opened_shop

    with opened_shop() as shop:
        found = _grantable(shop)
    if as_json:
        show_json({"name": name, "source": source} for name, source in found.items())
        return
    show_table(("PERMISSION", "FROM"), list(found.items()))


@role.command()
@click.argument("name")
@click.argument("permissions", metavar="[PERMISSION]...", nargs=-1)
def add(name: str, permissions: tuple[str, ...]) -> None:
    """Make the role NAME, with these permissions."""
    from shopdb.cli.output import show_line
    from shopdb.cli.site import acting, opened_shop
    from shopdb.services import roles

    with opened_shop() as shop:
        known = _grantable(shop)
        shop.write(acting(f"add role {name}"), lambda session: roles.add_role(session, name, permissions, known=known))
    show_line(f"There is the role {name.strip()}; it may do {_told(sorted(set(permissions)))}.")


@role.command()
@click.argument("name")
@click.argument("permissions", metavar="PERMISSION...", nargs=-1, required=True)
def grant(name: str, permissions: tuple[str, ...]) -> None:
    """Let the role NAME do this too."""
    from shopdb.cli.output import show_line
    from shopdb.cli.site import acting, opened_shop
    from shopdb.services import roles

    with opened_shop() as shop:
        known = _grantable(shop)
        origin = acting(f"let {name} do more")
        fresh = shop.write(origin, lambda session: roles.grant(session, name, permissions, known=known))
    show_line(f"{name} may also do {_told(fresh)}." if fresh else f"{name} could do all that before.")


@role.command()
@click.argument("name")
@click.argument("permissions", metavar="PERMISSION...", nargs=-1, required=True)
def revoke(name: str, permissions: tuple[str, ...]) -> None:
    """Let the role NAME do this no longer."""
    from shopdb.cli.output import show_line
    from shopdb.cli.site import acting, opened_shop
    from shopdb.services import roles

    with opened_shop() as shop:
        origin = acting(f"let {name} do less")
        gone = shop.write(origin, lambda session: roles.revoke(session, name, permissions))
    show_line(f"{name} may no longer do {_told(gone)}.")


@role.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the role NAME, which no user may have any more."""
    from shopdb.cli.output import show_line
    from shopdb.cli.site import acting, opened_shop
    from shopdb.services import roles

    with opened_shop() as shop:
        shop.write(acting(f"remove role {name}"), lambda session: roles.remove_role(session, name))
    show_line(f"The role {name} is gone.")


def _grantable(shop: Shop) -> dict[str, str]:
    from shopdb.services import roles

    own = {name: plugin.meta.permissions for name, plugin in shop.plugins.plugins.items()}
    return roles.grantable(shop.catalog, own)


def _told(permissions: tuple[str, ...] | list[str]) -> str:
    return ", ".join(permissions) or "nothing yet"
