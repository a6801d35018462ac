"""`shopdb user`: the people who sign in."""

import click

from shopdb.cli.passwords import given_password, password_option


@click.group()
def user() -> None:
    """Say who may sign in."""


@user.command()
@click.argument("name")
@click.option("--role", metavar="ROLE", required=True, help="What they may do: admin, technician, viewer or your own.")
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
