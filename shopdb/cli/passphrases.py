"""Where the passphrase of a backup comes from: a named file, what this home keeps, or the person at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from shopdb.config import Settings

Answer = TypeVar("Answer")


def key_file_option(command: click.decorators.FC) -> click.decorators.FC:
    """Add the option --key-file to a command."""
    help_text = "The first line of this file is the passphrase; without it, the one that this home keeps is."
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--key-file", metavar="FILE", type=path, help=help_text)(command)


def for_writing(settings: Settings, key_file: Path | None, *, encrypt: bool) -> str | None:
    """Return the passphrase to encrypt with; None if nothing is to be encrypted.

    Where none is kept yet, the person at the terminal is asked for one, and it is kept.
    """
    from shopdb.keeping import passphrases

    if key_file is not None:
        return passphrases.from_file(key_file)
    if not encrypt:
        return None
    kept = passphrases.kept(settings.home)
    if kept is not None:
        return kept
    if not sys.stdin.isatty():
        raise click.UsageError("--encrypt needs a passphrase: name the file that holds it with --key-file.")
    click.echo("This home keeps no passphrase for backups yet. Without it, nobody reads them: write it down.", err=True)
    typed = str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True))
    passphrases.keep(settings.home, typed)
    return typed


def for_reading(
    settings: Settings, key_file: Path | None, read: Callable[[str | None], Answer]
) -> tuple[str | None, Answer]:
    """Return the passphrase that ``read`` was content with, and its answer.

    A person at a terminal is asked for one where what is there does not fit.
    """
    from shopdb.exceptions import BackupKeyError
    from shopdb.keeping import passphrases

    given = passphrases.kept(settings.home) if key_file is None else passphrases.from_file(key_file)
    try:
        return given, read(given)
    except BackupKeyError:
        if key_file is not None or not sys.stdin.isatty():
            raise
    typed = str(click.prompt("Passphrase of the backup", hide_input=True, err=True))
    return typed, read(typed)
