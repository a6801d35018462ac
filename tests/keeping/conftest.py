"""Sites to keep: one of an older schema, an empty database of either engine to bring one into."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from shopdb.config import Settings
from shopdb.store.dump import cipher
from tests.mariadb import MariaDB
from tests.sites import site_settings

OLD_SITE = Path(__file__).with_name("sites") / "0001.zip"
"""A site of 40 assets at core's first revision, with the six bundled plugins and every sort of value."""

EmptySite = Callable[[str], Settings]


@pytest.fixture(scope="session", autouse=True)
def _quick_passphrases() -> Iterator[None]:
    """Make a key of a passphrase at once: hundreds of files are tried here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cipher, "SCRYPT_COST", 2**4)
        yield


@pytest.fixture
def empty_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmptySite]:
    """What gives settings of a site of its own over an empty database of the engine that is named."""
    with ExitStack() as stack:
        numbers = iter(range(100))

        def made(kind: str) -> Settings:
            home = tmp_path / f"target-{next(numbers)}"
            if kind == "sqlite":
                return site_settings(home, f"sqlite:///{home / 'shop.db'}")
            server: MariaDB = request.getfixturevalue("mariadb_server")
            return site_settings(home, stack.enter_context(server.database()))

        yield made


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def target(request: pytest.FixtureRequest, empty_site: EmptySite) -> Settings:
    """A site over an empty database, of either engine whatever the other fixtures' engine is."""
    return empty_site(request.param)


@pytest.fixture
def old_backup() -> Path:
    """The backup of the old site."""
    return OLD_SITE
