"""Make docs/terminal.svg: the terminal program itself, on a made-up shop. Run by `make picture`."""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from shopdb.boot import prepare_shop
from shopdb.config import load_settings
from shopdb.credentials import CredentialStore
from shopdb.domain.access import SYSTEM
from shopdb.services import accounts, demo
from shopdb.tui.app import ShopApp
from shopdb.tui.opening import REMEMBERED_PASSWORD, REMEMBERED_USER
from shopdb.tui.widgets.grid import Grid

PICTURE = Path(__file__).with_name("terminal.svg")
SIZE = (120, 34)
WEB_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""The picture must not make whoever looks at it fetch anything."""


async def picture(app: ShopApp) -> str:
    """Return the list of computers as SVG, once it is there."""
    async with app.run_test(size=SIZE) as pilot:
        while not app.screen.query(Grid) or app.screen.query_one(Grid).total is None or app.jobs.busy:
            await pilot.pause(0.1)
        for key in "jjjj":
            await pilot.press(key)
        await pilot.pause(2.5)
        return app.export_screenshot(title="shopdb")


def main() -> None:
    """Make a site in a temporary folder, look at it, and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            {
                "SHOPDB_HOME": folder,
                "SHOPDB_ENV": "test",
                "SHOPDB_SECRET_KEY": "p" * 40,
                "SHOPDB_SITE_NAME": "West plant",
            }
        )
        shop = prepare_shop(settings)
        shop.write(SYSTEM.doing("demo"), lambda session: demo.build(session, 400))
        shop.write(
            SYSTEM.doing("user"), lambda session: accounts.add_user(session, "ana", "technician", "picture-of-ana")
        )
        shop.close()
        store = CredentialStore(settings.home)
        store.set(REMEMBERED_USER, "ana")
        store.set(REMEMBERED_PASSWORD, "picture-of-ana")
        app = ShopApp(settings, area="computers", environ={"COLORTERM": "truecolor"})
        PICTURE.write_text(WEB_FONTS.sub("", asyncio.run(picture(app))))


if __name__ == "__main__":
    sys.exit(main())
