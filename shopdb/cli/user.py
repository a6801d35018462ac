"""`shopdb user`: the people who sign in."""

from __future__ import annotations

import click

from shopdb.cli.passwords import given_password, password_option


@click.group()
def user() -> None:
    """Say who may sign in."""


@user.command()
@click.argument("name")
@click.option("--role", metavar="ROLE", required=True, help="What they may do (`shopdb role list`).")
@password_option
def add(name: str, role: str, *, password_stdin: bool) -> None:
    """Let NAME sign in."""
    from shopdb.cli.output import show_line
    from shopdb.cli.site import acting, opened_shop
    from shopdb.services import accounts

    password = given_password(from_stdin=password_stdin)
    with opened_shop() as shop:
        shop.write(acting(f"add user {name}"), lambda session: accounts.add_user(session, name, role, password))
    show_line(f"{name} may sign in as {role}.")


@user.command()
@click.argument("name")
@password_option
def password(name: str, *, password_stdin: bool) -> None:
    """Give NAME another password; what was mistyped before no longer slows them down."""
    from shopdb.cli.output import show_line
    from shopdb.cli.site import acting, opened_shop
    from shopdb.services import accounts

    new = given_password(from_stdin=password_stdin)
    with opened_shop() as shop:
        shop.write(acting(f"password of {name}"), lambda session: accounts.set_password_of(session, name, new))
    show_line(f"{name} has the new password.")


@user.command()
@click.argument("name")
@click.argument("role")
def role(name: str, role: str) -> None:
    """Give NAME another ROLE (`shopdb role list`)."""
    from shopdb.cli.output import show_line
    from shopdb.cli.site import acting, opened_shop
    from shopdb.services import roles

    with opened_shop() as shop:
        shop.write(acting(f"role of {name}"), lambda session: roles.give_role(session, name, role))
    show_line(f"{name} is now {role}.")


@user.command()
@click.argument("name")
def disable(name: str) -> None:
    """Let NAME no longer sign in; servers turn them away from then on."""
    _switch(name, enabled=False)


@user.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let NAME sign in again."""
    _switch(name, enabled=True)


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="A list of objects.")
@click.pass_context
def list_(ctx: click.Context, *, as_json: bool) -> None:
    """List who may sign in, and who no longer may."""
    from shopdb.cli.query import query

    ctx.invoke(query, resource="users", filter="", sort="name", limit=None, form="json" if as_json else None)


def _switch(name: str, *, enabled: bool) -> None:
    from shopdb.cli.site import acting, opened_shop
    from shopdb.services import accounts

    with opened_shop() as shop:
        origin = acting(f"switch user {name} {'on' if enabled else 'off'}")
        shop.write(origin, lambda session: accounts.switch(session, name, enabled=enabled))
