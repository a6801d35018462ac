"""`shopdb collect`: observe something and push it to a server."""

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from shopdb.collect.this_host import Collected

TOKEN = "SHOPDB_COLLECTOR_TOKEN"  # noqa: S105  its name
ADDRESS = "SHOPDB_SERVER_URL"

# Sections of the inventory that the last line counts, and the words for one and for many.
COUNTED = {
    "software": ("package", "packages"),
    "disks": ("disk", "disks"),
    "ips": ("address", "addresses"),
    "monitors": ("monitor", "monitors"),
}


@click.group()
def collect() -> None:
    """Observe what stands in the shop and push it to a server."""


@collect.command("this-host")
@click.option("--server", metavar="URL", help="Push there; without it, to this site's own server.")
def this_host(server: str | None) -> None:
    """Push this machine's inventory: hardware, addresses, disks, monitors, software, last user.

    The token comes from SHOPDB_COLLECTOR_TOKEN: others on this host can read a command line.
    A push that the server cannot take waits in the home's spool and is sent the next time.
    """
    from shopdb.cli.companion import own_address
    from shopdb.collect.courier import Courier, Patience, Server
    from shopdb.collect.this_host import collect_this_host
    from shopdb.config import load_settings
    from shopdb.config.given import read_environment

    settings = load_settings()
    given, _ = read_environment(os.environ, provided=(TOKEN,))
    target = Server.at(server or (given[ADDRESS].text if ADDRESS in given else own_address(settings)))
    courier = Courier(target, given[TOKEN].text if TOKEN in given else "", Patience())
    if target.exposes_token:
        tell(f"the token travels to {target.address} readable for everybody on the way; use https://")
    click.echo(told(collect_this_host(settings.home, courier, tell)))


def tell(line: str) -> None:
    """Print what a person should know though the work goes on."""
    click.echo(f"warning: {line}", err=True)


def told(collected: "Collected") -> str:
    """One line: what was seen, and what the server made of it; a part that was left out is not counted."""
    from shopdb.collect.inventory import printable

    inventory, verdict = collected.inventory, collected.verdict
    sizes = {name: len(part) for name, part in inventory.items() if isinstance(part, list)}
    seen = ", ".join(
        f"{sizes[name]} {one if sizes[name] == 1 else many}" for name, (one, many) in COUNTED.items() if name in sizes
    )
    record = "" if verdict.record_id is None else f" (computer {verdict.record_id})"
    why = f": {'; '.join(verdict.reasons)}" if verdict.reasons else ""
    return f"{printable(inventory['hostname'])}: {seen} -> {verdict.outcome}{record}{why}"
