"""`shopdb plugin new`, `pack` and `sign`: from nothing to the one file that a site installs. They need no site."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder for the plugin's own; without it, this one.",
)
@click.option("--json", "as_json", is_flag=True, help="One object.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask; nothing is ever asked here.")
def new(name: str, target: Path, *, as_json: bool, dry_run: bool, yes: bool) -> None:
    """Begin the plugin NAME: a folder with a table, a list, a widget, an endpoint, a collector, and tests.

    It works as it is: `pytest` in the folder passes, and so does `shopdb plugin check`. Nothing is written over.
    """
    from shopdb.authoring import skeleton
    from shopdb.cli import output

    del yes
    files = skeleton.skeleton(name)
    folder = skeleton.place(name, target)
    if not dry_run:
        skeleton.write(files, folder)
    if as_json:
        output.show_document({"name": name, "folder": str(folder), "files": list(files), "written": not dry_run})
        return
    for path in files:
        output.show_line(str(folder / path))
    output.show_line(f"{len(files)} files (not written)" if dry_run else f"{len(files)} files. Now: pytest {folder}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder for the file; without it, this one.",
)
@click.option("--json", "as_json", is_flag=True, help="One object.")
@click.option("--dry-run", is_flag=True, help="Check it, and write nothing.")
@click.option("--yes", is_flag=True, help="Write over a file of that name.")
def pack(folder: Path, target: Path, *, as_json: bool, dry_run: bool, yes: bool) -> None:
    """Pack the plugin in FOLDER into NAME-VERSION.zip, with the hash of each file.

    The same content gives the same file.
    """
    from shopdb.plugins import packing
    from shopdb.plugins.archive import archive_of

    raw = packing.pack(folder)
    packed = archive_of(raw)
    path = target / packing.packed_name(packed.meta)
    _write(path, raw, as_json=as_json, dry_run=dry_run, over=yes, told=f"{len(packed.hashes)} files")


@click.command()
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key", required=True, type=click.Path(path_type=Path), help="The file that `shopdb plugin keys make` wrote."
)
@click.option("--json", "as_json", is_flag=True, help="One object.")
@click.option("--dry-run", is_flag=True, help="Check archive and key, and write nothing.")
@click.option("--yes", is_flag=True, help="Write the signature into the file without asking.")
def sign(archive: Path, key: Path, *, as_json: bool, dry_run: bool, yes: bool) -> None:
    """Sign a packed ARCHIVE with a key of your own, in place; sites that trust the key install it without asking."""
    from shopdb.plugins import packing
    from shopdb.plugins.archive import read_archive
    from shopdb.plugins.signing import fingerprint, load_key, public_key

    private = load_key(key)
    signed = packing.sign(read_archive(archive).raw, private)
    by = fingerprint(public_key(private))
    _write(archive, signed, as_json=as_json, dry_run=dry_run, over=yes, told=f"signed with the key {by}")


def _write(path: Path, raw: bytes, *, as_json: bool, dry_run: bool, over: bool, told: str) -> None:
    from hashlib import sha256

    from shopdb.cli import output
    from shopdb.collect import durable
    from shopdb.domain.plain import plain

    if path.exists() and path.read_bytes() != raw and not (over or dry_run):
        click.confirm(f"{plain(str(path))} is there and differs. Write over it?", abort=True)
    if not dry_run:
        durable.write(path, raw)
    digest = sha256(raw).hexdigest()
    if as_json:
        output.show_document({"path": str(path), "sha256": digest, "size": len(raw), "written": not dry_run})
    else:
        output.show_line(f"{path}: {told}, {len(raw)} bytes, sha256 {digest}" + (" (not written)" if dry_run else ""))
