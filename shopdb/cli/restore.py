"""`shopdb restore`: a backup back in a database, or the proof that it can be."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopdb.cli.passphrases import key_file_option

if TYPE_CHECKING:
    from shopdb.config import Settings
    from shopdb.keeping.restore import Restored
    from shopdb.store.dump.manifest import Manifest


@click.command()
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@click.option("--drill", is_flag=True, help="Prove in a scratch database that FILE, or the newest backup, is good.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@key_file_option
@click.option("--json", "as_json", is_flag=True, help="An object.")
def restore(*, file: Path | None, drill: bool, yes: bool, key_file: Path | None, as_json: bool) -> None:
    """Bring the backup FILE into this site's database, which must be empty.

    The database may be of another engine than the one that was backed up: so a site moves from SQLite to MariaDB.
    Every row is compared afterwards, and the tables are brought to this version.
    """
    from shopdb.config import load_settings

    settings = load_settings()
    if drill:
        _drill(settings, file, key_file, as_json=as_json)
    elif file is None:
        raise click.UsageError("Name the backup, or prove the newest one with --drill.")
    else:
        _restore(settings, file.absolute(), key_file, yes=yes, as_json=as_json)


def _restore(settings: Settings, path: Path, key_file: Path | None, *, yes: bool, as_json: bool) -> None:
    from shopdb.cli import output
    from shopdb.cli.passphrases import for_reading
    from shopdb.cli.progress import bars
    from shopdb.keeping.restore import check_empty, look_at, restore
    from shopdb.keeping.upgrade import finish

    check_empty(settings)
    with bars() as told:
        passphrase, manifest = for_reading(settings, key_file, lambda given: look_at(path, given, told))
    if not yes:
        _ask(settings, manifest)
    with bars() as told:
        restored = restore(settings, path, passphrase, told)
    if not as_json:
        _tell(restored)
    steps = finish(settings, _silent if as_json else output.show_line)
    if as_json:
        output.show_document(
            {**restored.as_json(), "steps": [{"owner": one.owner, "revision": one.revision} for one in steps]}
        )
    else:
        output.show_line(f"{settings.database_label} is at this version.")


def _ask(settings: Settings, manifest: Manifest) -> None:
    from shopdb.cli import output

    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here; say --yes.")
    facts = manifest.facts
    plugins = ", ".join(f"{one.name} {one.version}" for one in facts.plugins) or "none"
    output.show_fields(
        [
            ("site", facts.site),
            ("moment", f"{facts.made_at.astimezone():%Y-%m-%d %H:%M:%S}"),
            ("made by", f"shopdb {facts.application} on {facts.engine}"),
            ("plugins", plugins),
            ("rows", f"{manifest.rows:,} in {len(manifest.tables)} tables"),
        ]
    )
    click.confirm(f"Bring it into {settings.database_label}?", abort=True, err=True)


def _tell(restored: Restored) -> None:
    from shopdb.cli import output

    for table, columns in restored.rebuilt.added.items():
        output.show_line(f"{table} got the columns {', '.join(columns)}, which no migration makes")
    if restored.plan.described:
        names = ", ".join(restored.plan.described)
        output.show_line(f"the tables of {names} came along without code that would use them")
    manifest = restored.manifest
    output.show_line(
        f"{manifest.rows:,} rows of {len(manifest.tables)} tables are as they were at "
        f"{manifest.facts.made_at.astimezone():%Y-%m-%d %H:%M:%S}; each was compared"
    )


def _drill(settings: Settings, file: Path | None, key_file: Path | None, *, as_json: bool) -> None:
    from shopdb.cli import output
    from shopdb.cli.passphrases import for_reading
    from shopdb.cli.progress import bars
    from shopdb.keeping.drill import drill, newest

    path = newest(settings) if file is None else file.absolute()
    with bars() as told:
        _, drilled = for_reading(settings, key_file, lambda given: drill(settings, path, given, told))
    if as_json:
        output.show_document(drilled.as_json())
        return
    manifest = drilled.restored.manifest
    output.show_table(
        ["table", "rows", "sha256"],
        ([one.shape.name, f"{one.rows:,}", one.sha256[:16]] for one in manifest.tables),
    )
    _tell(drilled.restored)
    output.show_line(f"{path} can be brought back: it was, into {drilled.where}, in {drilled.seconds:.1f} s")


def _silent(_line: str) -> None:
    """Nothing but the object is printed."""
