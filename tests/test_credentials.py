import stat
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from shopdb import credentials
from shopdb.credentials import CredentialStore, Secret, signing_secret
from shopdb.exceptions import CredentialDirectoryError, KeyringSilentError

FILES_HAVE_MODES = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes; the profile protects")


class Memory(KeyringBackend):
    """A keyring of the operating system as the store sees it, in memory."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise OSError("the collection is locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


Memory.__module__ = "keyring.backends.SecretService"


class Forgetful(Memory):
    """Takes a password and does not keep it, as a null back end does."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return


Forgetful.__module__ = "keyring.backends.libsecret"


class Asking(Memory):
    """Asks for a password on standard input, as keyrings.alt and cryptfile do."""

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError("it asked on standard input")


Asking.__module__ = "keyrings.alt.file"


class Hanging(Memory):
    """Waits for a dialogue that nobody sees."""

    answer = threading.Event()

    def set_password(self, service: str, username: str, password: str) -> None:
        self.answer.wait(30)


Hanging.__module__ = "keyring.backends.kwallet"


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[KeyringBackend], None]:
    """Make one back end the keyring of this host."""
    return lambda backend: monkeypatch.setattr(keyring, "get_keyring", lambda: backend)


def test_a_secret_is_kept_in_the_keyring_of_the_host(tmp_path: Path, use: Callable[[KeyringBackend], None]) -> None:
    memory = Memory()
    use(memory)
    store = CredentialStore(tmp_path)
    store.set("password", "swordfish")
    assert store.kind == "keyring"
    assert CredentialStore(tmp_path).get("password") == "swordfish"
    assert CredentialStore(tmp_path / "other").get("password") is None
    store.delete("password")
    store.delete("password")
    assert store.get("password") is None
    assert memory.kept == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("unusable", [fail.Keyring, null.Keyring, Forgetful, Asking])
def test_without_a_keyring_that_keeps_things_files_do(
    unusable: type[KeyringBackend], tmp_path: Path, use: Callable[[KeyringBackend], None]
) -> None:
    use(unusable())
    store = CredentialStore(tmp_path / "home")
    store.set("password", "swordfish")
    assert store.kind == "file"
    assert CredentialStore(tmp_path / "home").get("password") == "swordfish"
    store.delete("password")
    store.delete("password")
    assert store.get("password") is None


def test_a_chain_with_one_asking_member_is_not_used(
    tmp_path: Path, use: Callable[[KeyringBackend], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [Memory(), Asking()])
    use(chainer.ChainerBackend())  # type: ignore[no-untyped-call]
    assert CredentialStore(tmp_path).kind == "file"


def test_a_keyring_that_does_not_answer_is_given_up_after_a_bounded_time(
    tmp_path: Path, use: Callable[[KeyringBackend], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", 0.2)
    use(Hanging())
    assert CredentialStore(tmp_path).kind == "file"
    Hanging.answer.set()


def test_a_keyring_that_is_locked_later_says_so(tmp_path: Path, use: Callable[[KeyringBackend], None]) -> None:
    memory = Memory()
    use(memory)
    store = CredentialStore(tmp_path)
    store.set("password", "swordfish")
    memory.locked = True
    with pytest.raises(KeyringSilentError, match="the collection is locked"):
        store.get("password")


@FILES_HAVE_MODES
def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = CredentialStore(home)
    store.set("password:Ada/Lovelace", "swordfish")
    store.setdefault("..", "dots")
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert sorted(path.read_text() for path in kept) == ["dots", "swordfish"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert {path.parent for path in kept} == {home / "credentials"}
    assert stat.S_IMODE((home / "credentials").stat().st_mode) == 0o700


def test_the_first_default_stays(tmp_path: Path) -> None:
    store = CredentialStore(tmp_path)
    assert store.setdefault("secret", "first") == "first"
    assert store.setdefault("secret", "second") == "first"
    store.set("secret", "third")
    assert store.get("secret") == "third"


def test_processes_that_start_together_get_one_signing_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: signing_secret(tmp_path), range(8)))
    assert len(made) == 1
    assert len(list((tmp_path / "credentials").iterdir())) == 1


def test_a_provided_credential_wins(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("provided\n")
    store = CredentialStore(tmp_path / "home", {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    store.set("password", "kept")
    assert store.get("password") == "provided"
    assert store.setdefault("password", "new") == "provided"
    assert store.get("another") is None


def test_a_provided_credential_that_cannot_be_read_says_which(tmp_path: Path) -> None:
    (tmp_path / "password").mkdir()
    with pytest.raises(CredentialDirectoryError, match="password"):
        CredentialStore(tmp_path, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).get("password")


def test_a_secret_shows_itself_only_when_asked_and_stays_the_same() -> None:
    secrets = iter(["first", "second"])
    secret = Secret(lambda: next(secrets))
    assert (repr(secret), str(secret), f"{secret}") == ("***", "***", "***")
    assert (secret.reveal(), secret.reveal(), next(secrets)) == ("first", "first", "second")
