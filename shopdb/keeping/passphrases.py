"""The passphrase of encrypted backups: from a file that is named, or the one that this home keeps."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from shopdb.credentials import CredentialStore
from shopdb.exceptions import PassphraseRefusedError
from shopdb.keeping import record
from shopdb.store.ownership import hand_over

KEPT_AS: Final = "shopdb-backup-passphrase"
FOLDER: Final = "credentials"
SHORTEST: Final = 12
LONGEST: Final = 4096


def from_file(path: Path) -> str:
    """Return the first line of a file; raises `PassphraseRefusedError`."""
    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST + 1)
        line = raw.decode().splitlines()[:1]
    except (OSError, UnicodeDecodeError) as unreadable:
        raise PassphraseRefusedError(str(path), f"it cannot be read ({unreadable})") from unreadable
    return checked("".join(line), str(path))


def kept(home: Path) -> str | None:
    """Return the one that systemd, a container, the keyring or a file of the home has; None if nobody gave one."""
    return CredentialStore(home).get(KEPT_AS)


def in_reach(home: Path) -> bool:
    """Whether the last backup is read here: it is not encrypted, or a passphrase is kept, or a drill was given one."""
    backup, drill = record.last(home, "backup"), record.last(home, "drill")
    if backup is None or not backup.encrypted or (drill is not None and drill.encrypted):
        return True
    with suppress(PermissionError):
        return kept(home) is not None
    return False


def keep(home: Path, passphrase: str) -> None:
    """Keep the passphrase for the backups of this home."""
    store = CredentialStore(home)
    store.set(KEPT_AS, checked(passphrase, "what was typed"))
    if store.kind == "file":
        hand_over(home, home / FOLDER, home / FOLDER / KEPT_AS)


def checked(passphrase: str, where: str) -> str:
    """Return the passphrase; raises `PassphraseRefusedError` for one that can be guessed, or is none."""
    if not SHORTEST <= len(passphrase) <= LONGEST:
        raise PassphraseRefusedError(where, f"it must have {SHORTEST} to {LONGEST} characters")
    return passphrase
