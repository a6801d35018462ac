"""`shopdb backup`: everything that the database holds, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from shopdb.cli.passphrases import key_file_option


@click.command()
@click.option(
    "--to",
    "target",
    metavar="PLACE",
    type=click.Path(path_type=Path),
    help="A folder that is there, or a new file whose name ends with .zip; without it, backups in the home.",
)
@click.option("--encrypt", is_flag=True, help="Encrypt it with the passphrase that this home keeps, or is told now.")
@key_file_option
@click.option("--json", "as_json", is_flag=True, help="An object.")
def backup(*, target: Path | None, encrypt: bool, key_file: Path | None, as_json: bool) -> None:
    """Write a backup while everybody works on, and read it back.

    In a folder, older backups of this site go when no rule keeps them: all of two days are kept, and one a day for
    7 days, one a week for 4 weeks, one a month for 12 months.
    """
    from shopdb.cli import output
    from shopdb.cli.passphrases import for_writing
    from shopdb.cli.progress import bars
    from shopdb.config import load_settings
    from shopdb.keeping.backup import make

    settings = load_settings()
    passphrase = for_writing(settings, key_file, encrypt=encrypt)
    with bars() as told:
        made = make(settings, target=target and target.absolute(), passphrase=passphrase, told=told)
    if as_json:
        output.show_document(made.as_json())
        return
    for old in made.removed:
        output.show_line(f"{old} is not needed any more and was removed")
    sealed = ", encrypted" if made.encrypted else ""
    output.show_line(
        f"{made.path} is whole{sealed}: {made.manifest.rows:,} rows of {len(made.manifest.tables)} tables, "
        f"{made.size:,} bytes, {made.seconds:.1f} s"
    )
    output.show_line(f"sha256 {made.sha256}")
