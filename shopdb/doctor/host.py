"""What the host of a site offers and exposes: settings, files, secrets, disks, the port."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from shopdb.config import KEYS, Settings, rights
from shopdb.credentials import TRUSTED_BACKENDS, CredentialStore
from shopdb.doctor.finding import Finding, ok, together
from shopdb.keeping import record
from shopdb.keeping.standing import Room
from shopdb.store.ownership import chown, name_of, strangers

LEAST_FREE = 200_000_000
LITTLE_FREE = 1_000_000_000
SECRETS = tuple(name for name, key in KEYS.items() if key.secret)
THE = {"environment": "the environment", "credential directory": "the credential directory"}
MOST_NAMED = 5
CREDENTIALS = "credentials"
BACKUPS = "backups"


def configuration(settings: Settings | None, problems: Sequence[str], places: Mapping[str, str]) -> Finding:
    """Tell whether the settings can be used, and would be in production."""
    if problems:
        return Finding("fault", " ".join(problems), "Correct what is named; .env.example says what each setting means.")
    env = settings.env if settings else ""
    given = f"{len(places)} setting{'' if len(places) == 1 else 's'} given"
    if env != "production":
        return Finding(
            "hint",
            f"{given}; this is a {env} site, which starts on much that is not safe.",
            "Where others rely on the site, set SHOPDB_ENV=production.",
        )
    return ok(f"{given}; nothing that production refuses.")


def env_file(path: Path, home: Path) -> Finding:
    """Tell who may read and change the `.env`."""
    if not path.exists():
        return ok(f"There is no {path}; the settings come from the environment.")
    told = rights.complaint(path, home)
    if told:
        reason, _, fix = told.partition("; ")
        return Finding("fault", f"{path} {reason}.", f"{fix[:1].upper()}{fix[1:]}.")
    return ok(f"{path} is kept from others (mode {stat.S_IMODE(path.stat().st_mode):o}).")


def secrets(home: Path, places: Mapping[str, str]) -> Finding:
    """Tell where the secrets come from, and what keeps those that this home remembers."""
    kind = CredentialStore(home).kind
    backend = _backend()
    kept = f"the keyring ({backend})" if kind == "keyring" else f"files under {home / CREDENTIALS}"
    given = {"SHOPDB_SECRET_KEY": kept, **{name: places[name] for name in SECRETS if name in places}}
    told = [f"{name} comes from {THE.get(place, place)}." for name, place in given.items()]
    why = "" if kind == "keyring" else f", for there is no usable keyring ({backend})"
    return ok(" ".join([*told, f"Remembered passwords go to {kept}{why}."]))


def files(settings: Settings) -> Finding:
    """Tell what of the site's own files others on this host can read or change."""
    if os.name != "posix":
        return ok("Windows keeps rights elsewhere; the folder's own are not looked at.")
    found = (*_exposed(settings), *_strange(settings))
    return together("Nobody else on this host can read the data or change the code.", found)


def disks(rooms: Sequence[Room]) -> Finding:
    """Tell whether there is room to go on, and for the next backup and upgrade."""
    places = {place.stat().st_dev: place for room in rooms for place in [_there(room.folder)]}
    told = ", ".join(f"{shutil.disk_usage(one).free // 1_000_000:,} MB are free in {one}" for one in places.values())
    return together(f"{told}: enough for the next backup and upgrade.", filter(None, map(_room, rooms)))


def port(answers: str, address: str) -> Finding:
    """Tell who answers where the site's server should; ``answers`` is "this site", "another" or "nobody"."""
    if answers == "this site":
        return ok(f"This site's server answers at {address}.")
    if answers == "another":
        return Finding(
            "fault",
            f"{address} answers, but not as this site's server: it cannot start there.",
            "Stop what runs there, or choose another SHOPDB_PORT.",
        )
    return Finding(
        "hint",
        f"Nobody answers at {address}; the port is free.",
        "Run `shopdb serve` (as a service), if the server of this site should run on this host.",
    )


def _backend() -> str:
    import keyring

    chosen = keyring.get_keyring()
    trusted = type(chosen).__module__ in TRUSTED_BACKENDS
    return str(chosen.name) if trusted else f"{chosen.name}, which is not trusted to keep one"


def _exposed(settings: Settings) -> Iterator[Finding]:
    file = settings.database_file
    data = [path for path in (file, file and Path(f"{file}-wal"), settings.home / BACKUPS) if path]
    data += [settings.home / CREDENTIALS, *sorted((settings.home / CREDENTIALS).glob("*"))]
    for path in data:
        if _may_others(path, stat.S_IROTH):
            yield _others(path, "read", "o-rwx")
    for path in (settings.home, *data, *settings.plugin_dirs):
        if _may_others(path, stat.S_IWOTH):
            yield _others(path, "change", "o-w")


def _strange(settings: Settings) -> Iterator[Finding]:
    """Yield a fault if files of the home are another account's than the home: the site's programs cannot use them."""
    home, file = settings.home, settings.database_file
    folders = (home / BACKUPS, home / CREDENTIALS)
    data = [*folders, *(path for folder in folders for path in sorted(folder.glob("*"))), home / record.FILE]
    data += [Path(f"{file}{ending}") for ending in ("", "-wal", "-shm") if file]
    found = strangers(home, *data)
    if found:
        whole = [path for path in found if not set(path.parents) & set(found)]
        names = ", ".join(map(str, whole[:MOST_NAMED])) + (" and others" if len(whole) > MOST_NAMED else "")
        owners = ", ".join(sorted({name_of(path.lstat().st_uid) for path in found}))
        one = len(whole) == 1
        told = f"{names} belong{'s' if one else ''} to {owners}, and the home to {name_of(home.stat().st_uid)}."
        yield Finding("fault", told, f"As root, run `{chown(home, *whole)}`.")


def _others(path: Path, verb: str, mode: str) -> Finding:
    return Finding("fault", f"Others on this host can {verb} {path}.", f"Run `chmod {mode} {shlex.quote(str(path))}`.")


def _may_others(path: Path, bit: int) -> bool:
    """Whether anybody may do that to the path, and get as far as it."""
    try:
        modes = [above.stat().st_mode for above in path.resolve().parents]
        return bool(path.stat().st_mode & bit) and all(mode & stat.S_IXOTH for mode in modes)
    except OSError:  # not there, or not to be reached
        return False


def _room(room: Room) -> Finding | None:
    place = _there(room.folder)
    usage = shutil.disk_usage(place)
    if usage.free < LEAST_FREE:
        return Finding(
            "fault",
            f"{usage.free // 1_000_000:,} MB are free on the disk of {place}: writing will soon fail.",
            "Free some, or move the home to a larger disk.",
        )
    if room.problem:
        return Finding("warning", f"{room.problem}.", "Free some before the next backup or upgrade.")
    if usage.free < LITTLE_FREE:
        return Finding("warning", f"{usage.free // 1_000_000:,} MB are free on the disk of {place}.", "Free some soon.")
    return None


def _there(folder: Path) -> Path:
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())
