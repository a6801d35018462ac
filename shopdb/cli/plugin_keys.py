"""`shopdb plugin keys`: whose plugins this site takes, and keys of one's own to sign with."""

from __future__ import annotations

from pathlib import Path

import click

from shopdb.cli.plugin import site


@click.group()
def keys() -> None:
    """Manage the public keys of those whose plugins this site trusts."""


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="A list of objects.")
def list_(*, as_json: bool) -> None:
    """List whom this site trusts."""
    from shopdb.cli import output
    from shopdb.plugins.signing import fingerprint
    from shopdb.plugins.trust import trusted_keys

    with site() as shop, shop.reading() as session:
        known = trusted_keys(session)
    if as_json:
        output.show_json({"name": one.name, "key": one.key, "fingerprint": fingerprint(one.key)} for one in known)
    else:
        output.show_table(("name", "fingerprint", "key"), ([one.name, fingerprint(one.key), one.key] for one in known))


@keys.command()
@click.argument("name")
@click.argument("key")
def add(name: str, key: str) -> None:
    """Trust what the public KEY signs, under the NAME of its owner, with whom you have compared the fingerprint."""
    from shopdb.cli import output
    from shopdb.cli.site import acting
    from shopdb.plugins.signing import fingerprint
    from shopdb.plugins.trust import trust_key

    with site() as shop:
        added = shop.write(acting(f"trust key {name}"), lambda session: trust_key(session, name, key))
    output.show_line(f"{added.name} is trusted from now on; the fingerprint of the key is {fingerprint(added.key)}.")


@keys.command()
@click.argument("name")
def remove(name: str) -> None:
    """Trust the key of this name no longer; what it has signed stays installed."""
    from shopdb.cli import output
    from shopdb.cli.site import acting
    from shopdb.plugins.trust import distrust_key

    with site() as shop:
        shop.write(acting(f"distrust key {name}"), lambda session: distrust_key(session, name))
    output.show_line(f"{name} is not trusted any more.")


@keys.command()
@click.argument("file", type=click.Path(path_type=Path))
def make(file: Path) -> None:
    """Make a key of your own in FILE, which must not be there, and print the public key for those who trust you."""
    from shopdb.cli import output
    from shopdb.plugins.signing import fingerprint, new_key

    public = new_key(file)
    output.show_line(public)
    click.echo(f"{file} is yours alone: who has it signs as you. Fingerprint: {fingerprint(public)}", err=True)
