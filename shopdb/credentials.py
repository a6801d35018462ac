"""Where this host keeps what must not be read by others: the signing secret, remembered passwords, tokens.

What is kept belongs to one home; which passwords a person wants remembered is the front ends' business.
"""

import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeVar
from urllib.parse import quote

from shopdb.exceptions import CredentialDirectoryError, KeyringSilentError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

KEYRING_SECONDS: Final = 2.0

# Others ask for a password on the terminal (keyrings.alt, cryptfile) or discard what they are given (null).
TRUSTED_BACKENDS: Final = frozenset(
    f"keyring.backends.{name}" for name in ("SecretService", "Windows", "kwallet", "libsecret", "macOS")
)


class Secret:
    """A text that shows itself only to ``reveal()``; every other rendering is ``***``."""

    def __init__(self, source: str | Callable[[], str]) -> None:
        self._source = source

    def reveal(self) -> str:
        """Return the text; a callable source is asked once, at the first call."""
        if not isinstance(self._source, str):
            self._source = self._source()
        return self._source

    def __repr__(self) -> str:
        return "***"


class CredentialStore:
    """Small secrets by name, from the credential directory, the OS keyring or files of the home."""

    def __init__(self, home: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._home = home
        self._environ = environ
        self._opened: _Keeper | None = None

    @property
    def kind(self) -> Literal["keyring", "file"]:
        """Which of the two keeps what is set here; the first look may take ``KEYRING_SECONDS``."""
        return self._keeper.kind

    def get(self, name: str) -> str | None:
        """Return the secret, or None if nobody gave one."""
        provided = from_directory(name, self._environ)
        return provided if provided is not None else self._keeper.get(name)

    def set(self, name: str, value: str) -> None:
        """Keep the secret in place of an older one."""
        self._keeper.set(name, value)

    def setdefault(self, name: str, value: str) -> str:
        """Keep the secret unless there is one already; return the one that is there afterwards."""
        provided = self.get(name)
        return provided if provided is not None else self._keeper.setdefault(name, value)

    def delete(self, name: str) -> None:
        """Forget the secret; one that is not there is forgotten already."""
        self._keeper.delete(name)

    @property
    def _keeper(self) -> "_Keeper":
        if self._opened is None:
            self._opened = _usable_keyring(self._home) or _Files(self._home / "credentials")
        return self._opened


def from_directory(name: str, environ: Mapping[str, str]) -> str | None:
    """Return the secret that systemd or a container put into ``$CREDENTIALS_DIRECTORY``, or None.

    Raises CredentialDirectoryError if it is there and cannot be read.
    """
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    path = Path(folder) / _file_name(name)
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialDirectoryError(path, str(error)) from error


def signing_secret(home: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Return the secret kept for this home, made of 256 random bits at the first call."""
    return CredentialStore(home, environ).setdefault("SHOPDB_SECRET_KEY", secrets.token_urlsafe(32))


class _Keeper(Protocol):
    @property
    def kind(self) -> Literal["keyring", "file"]: ...

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, value: str) -> None: ...

    def setdefault(self, name: str, value: str) -> str: ...

    def delete(self, name: str) -> None: ...


class _Keyring:
    """The keyring of the desktop or operating system, never waited on for longer than ``KEYRING_SECONDS``."""

    kind: Final = "keyring"

    def __init__(self, backend: "KeyringBackend", home: Path) -> None:
        self._backend = backend
        self._service = f"shopdb {home.resolve()}"

    def get(self, name: str) -> str | None:
        return _answered(lambda: self._backend.get_password(self._service, name))

    def set(self, name: str, value: str) -> None:
        _answered(lambda: self._backend.set_password(self._service, name, value))

    def setdefault(self, name: str, value: str) -> str:
        if self.get(name) is None:
            self.set(name, value)
        return self.get(name) or value

    def delete(self, name: str) -> None:
        if self.get(name) is not None:
            _answered(lambda: self._backend.delete_password(self._service, name))

    def keeps(self) -> bool:
        """Tell whether a secret that goes in comes out again."""
        token = secrets.token_hex(8)
        self.set(f"probe-{token}", token)
        kept = self.get(f"probe-{token}") == token
        self.delete(f"probe-{token}")
        return kept


class _Files:
    """One file a secret, readable by its owner alone."""

    kind: Final = "file"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> str | None:
        try:
            return self._path(name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def set(self, name: str, value: str) -> None:
        self._written(value).replace(self._path(name))

    def setdefault(self, name: str, value: str) -> str:
        draft = self._written(value)
        try:
            self._path(name).hardlink_to(draft)  # unlike a rename, fails if another process was first
        except FileExistsError:
            return self._path(name).read_text(encoding="utf-8")
        finally:
            draft.unlink()
        return value

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / _file_name(name)

    def _written(self, value: str) -> Path:
        """Return a new file (mode 0600, as mkstemp makes it) in the folder that holds the value."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, path = tempfile.mkstemp(dir=self._folder, prefix=".")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as draft:
            draft.write(value)
            draft.flush()
            os.fsync(descriptor)
        return Path(path)


def _file_name(name: str) -> str:
    return quote(name, safe="") if name.strip(".") else f"_{name}"


def _usable_keyring(home: Path) -> _Keyring | None:
    try:
        backend = _answered(_trusted_backend)
        keyring = _Keyring(backend, home) if backend else None
        return keyring if keyring and keyring.keeps() else None
    except KeyringSilentError:
        return None


def _trusted_backend() -> "KeyringBackend | None":
    import keyring

    chosen = keyring.get_keyring()
    members = getattr(chosen, "backends", [chosen])  # the chainer asks several in turn
    trusted = members and all(type(member).__module__ in TRUSTED_BACKENDS for member in members)
    return chosen if trusted else None


def _answered(call: Callable[[], T]) -> T:
    """Return what the call returns; raise KeyringSilentError if it fails or does not return in time."""
    answers: list[T] = []
    failures: list[Exception] = []

    def ask() -> None:
        try:
            answers.append(call())
        except Exception as error:  # noqa: BLE001  back ends are foreign code and raise what their bus raises
            failures.append(error)

    asking = threading.Thread(target=ask, name="keyring", daemon=True)
    asking.start()
    asking.join(KEYRING_SECONDS)
    if not answers:
        reason = str(failures[0]) if failures else f"no answer within {KEYRING_SECONDS:g} seconds"
        raise KeyringSilentError(reason) from (failures[0] if failures else None)
    return answers[0]
