"""`shopdb upgrade`: this site, brought to this version of shopdb without a leap in the dark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopdb.cli.passphrases import key_file_option

if TYPE_CHECKING:
    from shopdb.config import Settings
    from shopdb.keeping.preflight import Preflight


@click.command()
@click.option("--preflight", "only_try", is_flag=True, help="Try it on a copy, and leave the site as it is.")
@click.option("--encrypt", is_flag=True, help="Encrypt the backup with the passphrase that this home keeps.")
@key_file_option
@click.option("--json", "as_json", is_flag=True, help="An object.")
def upgrade(*, only_try: bool, encrypt: bool, key_file: Path | None, as_json: bool) -> None:
    """Back the site up, try this version's migrations on a copy, then run them on the site.

    A migration that fails on the copy leaves the site untouched, and the version that runs it goes on.
    """
    from shopdb.cli import output
    from shopdb.cli.passphrases import for_writing
    from shopdb.cli.progress import bars
    from shopdb.config import load_settings
    from shopdb.keeping.upgrade import upgrade as bring

    settings = load_settings()
    passphrase = for_writing(settings, key_file, encrypt=encrypt)
    if only_try:
        _preflight(settings, passphrase, as_json=as_json)
        return
    with bars() as told:
        upgraded = bring(settings, passphrase, tell=_silent if as_json else output.show_line, told=told)
    if as_json:
        output.show_document(upgraded.as_json())
    else:
        output.show_line(f"{settings.database_label} is at this version.")


def _preflight(settings: Settings, passphrase: str | None, *, as_json: bool) -> None:
    from shopdb.cli import output
    from shopdb.exceptions import PreflightFailedError
    from shopdb.keeping.passphrases import kept
    from shopdb.keeping.preflight import preflight

    tried = preflight(settings, passphrase or kept(settings.home), _silent if as_json else output.show_line)
    if as_json:
        output.show_document(tried.as_json())
    else:
        _show(tried)
    if tried.problems:
        raise PreflightFailedError(tried.problems)


def _show(tried: Preflight) -> None:
    from shopdb.cli import output

    if tried.tried:
        output.show_table(
            ["owner", "revision", "what it does", "seconds"],
            ([one.owner, one.revision, one.title, f"{one.seconds:.2f}"] for one in tried.tried),
        )
    for room in tried.rooms:
        output.show_line(
            f"{room.folder}: {room.needed // 1_000_000:,} MB are needed for {room.purpose}, "
            f"{room.free // 1_000_000:,} MB are free"
        )
    output.show_line(f"plugins: {', '.join(f'{name} {version}' for name, version in tried.plugins) or 'none'}")
    if not tried.problems:
        told = "is at this version" if not tried.pending else "can be upgraded"
        output.show_line(f"The site {told}; nothing of it was changed ({tried.seconds:.1f} s).")


def _silent(_line: str) -> None:
    """Nothing but the object is printed."""
