"""Who may read and change a file that holds secrets, as far as its owner and mode say it."""

import os
import shlex
import stat
from pathlib import Path

ROOT = 0


def complaint(path: Path, home: Path) -> str:
    """Return what is wrong with the rights of the `.env`, with the fix; "" where nothing is, or there is no file.

    Its group may read it: technicians' accounts (ADR 009). Windows knows no modes and is not asked.
    """
    if os.name != "posix":
        return ""
    try:
        found = path.stat()
        trusted = {os.getuid(), ROOT, *([home.stat().st_uid] if home.exists() else [])}
    except OSError:
        return ""  # whether it can be read is found out by reading it
    mode, place = stat.S_IMODE(found.st_mode), shlex.quote(str(path))
    if found.st_uid not in trusted:
        return f"belongs to user {found.st_uid}, who could change it; run `chown {os.getuid()} {place}`"
    if mode & stat.S_IWOTH:
        return f"can be changed by everybody on this host (mode {mode:o}); run `chmod 600 {place}`"
    if mode & stat.S_IROTH:
        return f"can be read by everybody on this host (mode {mode:o}); run `chmod o-rwx {place}`"
    if mode & stat.S_IWGRP:
        return f"can be changed by its whole group (mode {mode:o}); run `chmod g-w {place}`"
    return ""
