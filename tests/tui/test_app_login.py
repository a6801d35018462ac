import pytest
from textual.widgets import Checkbox, Input

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.credentials import CredentialStore
from shopdb.exceptions import KeyringSilentError
from shopdb.tui import app as program
from shopdb.tui.opening import REMEMBERED_PASSWORD, REMEMBERED_USER
from shopdb.tui.screens.dashboard import DashboardScreen
from shopdb.tui.screens.login import LoginScreen
from tests.tui.shop_app import PASSWORD, App, add_user, at_the_terminal, sign_in_as
from tests.tui.waiting import until

pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"])


@pytest.fixture
def ana(shop: Shop) -> None:
    add_user(shop, "ana", "admin")


@pytest.mark.usefixtures("ana")
async def test_a_wrong_password_is_told_and_the_right_one_lets_in(site: Settings) -> None:
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("enter signs in")
        await keys.press(*"ana", "enter", *"wrong", "enter")
        await keys.sees("Name or password is wrong.")
        password = app.screen.query_one("#password", Input)
        assert (password.value, password.has_focus) == ("", True)
        assert app.screen.query_one("#name", Input).value == "ana"
        await keys.press(*PASSWORD, "enter")
        await keys.sees("Systems")
        assert isinstance(app.screen, DashboardScreen)
    assert CredentialStore(site.home).get(REMEMBERED_PASSWORD) is None


@pytest.mark.usefixtures("ana")
async def test_many_wrong_passwords_are_slowed_down_and_the_wait_is_told(site: Settings) -> None:
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("enter signs in")
        await keys.press(*"ana", "enter")
        for _ in range(12):
            await keys.press("x", "enter")
            if "Too many failed sign-ins; try again in" in app.text:
                break
        else:
            pytest.fail(f"nobody was slowed down\n{app.text}")


@pytest.mark.usefixtures("ana")
async def test_a_machine_without_a_keyring_says_where_it_remembers(site: Settings) -> None:
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("in a file that only you can read: there is no keyring here")
        assert "[ ] Remember me" in app.text
        app.screen.query_one(Checkbox).value = True
        await keys.sees("[x] Remember me")
        await keys.press(*"ana", "enter", *PASSWORD, "enter")
        await keys.sees("Systems")
    store = CredentialStore(site.home)
    assert (store.get(REMEMBERED_USER), store.get(REMEMBERED_PASSWORD)) == ("ana", PASSWORD)


@pytest.mark.usefixtures("ana")
async def test_who_cannot_be_remembered_is_signed_in_all_the_same(
    site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_anything: object) -> None:
        raise KeyringSilentError("no answer within 2 seconds")

    monkeypatch.setattr(program, "remember", silent)
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("enter signs in")
        app.screen.query_one(Checkbox).value = True
        await keys.press(*"ana", "enter", *PASSWORD, "enter")
        await keys.sees("Systems")
        await keys.hears("not remembered")


async def test_signing_out_forgets_the_password_and_lets_somebody_else_in(shop: Shop, site: Settings) -> None:
    sign_in_as(shop, site, "admin")
    add_user(shop, "vera", "viewer")
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("No computers yet. n adds one.")
        await keys.press("ctrl+p", *"sign out")
        await keys.sees("forgets the remembered")
        await keys.press("enter")
        await keys.sees("Sign out?")
        await keys.press("y")
        await keys.sees("enter signs in")
        assert isinstance(app.screen, LoginScreen)
        assert CredentialStore(site.home).get(REMEMBERED_PASSWORD) is None
        await keys.press("ctrl+k")
        assert isinstance(app.screen, LoginScreen)
        await keys.press(*"vera", "enter", *PASSWORD, "enter")
        await keys.sees("No computers yet.")
        assert "n adds one" not in app.text


async def test_a_remembered_password_that_was_changed_is_asked_for_again(shop: Shop, site: Settings) -> None:
    sign_in_as(shop, site, "admin")
    CredentialStore(site.home).set(REMEMBERED_PASSWORD, "an-older-password")
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("enter signs in")
        assert app.screen.query_one("#name", Input).value == "admin"
        await until(lambda: app.screen.query_one("#password", Input).has_focus)
