"""Whose plugins this site trusts: public keys, each under the name that an admin gave it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from shopdb.exceptions import ShopdbError
from shopdb.plugins.signing import checked_key, fingerprint
from shopdb.plugins.trust import TrustedKey, distrust_key, trust_key, trusted_keys
from shopdb.tui.desk import Desk, Written
from shopdb.tui.frame import AreaScreen
from shopdb.tui.jobs import JobFailed
from shopdb.tui.messages import Done, StateRead
from shopdb.tui.news import News
from shopdb.tui.plugin_work import INSTALL
from shopdb.tui.rows import Column, Row
from shopdb.tui.safety import content
from shopdb.tui.screens.log import LogScreen
from shopdb.tui.sources import HeldRows
from shopdb.tui.widgets.ask import Ask
from shopdb.tui.widgets.confirm import Confirm
from shopdb.tui.widgets.grid import Grid

COLUMNS: Final = (Column("name", "Name", 24), Column("fingerprint", "Fingerprint", 20), Column("key", "Public key"))


class KeyGrid(Grid):
    """The keys; there is nothing to mark, and one order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "screen.add", "Add"),
        Binding("x", "screen.remove", "Remove"),
        Binding("enter", "open", "Show whole"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what makes no sense here."""
        del parameters
        return action not in ("mark", "sort")


class KeysScreen(AreaScreen):
    """Lists, adds and removes trusted keys."""

    HELP: ClassVar[str | None] = (
        "What a trusted key has signed is installed without typing its name. Compare the fingerprint with the owner "
        "of the key, by telephone or on paper, before you add it. `shopdb plugin keys make` makes one of your own."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back", show=False)]
    DEFAULT_CSS = """
    KeysScreen #keys--title { height: 1; padding: 0 1; text-style: bold; }
    """

    def __init__(self, desk: Desk) -> None:
        """Read and write at this desk."""
        super().__init__(desk, "Trusted keys", area="plugins")
        self._news = News(desk)
        self._keys: tuple[TrustedKey, ...] = ()
        self._grid = KeyGrid(
            desk.jobs, COLUMNS, empty="No key is trusted: every plugin has to be confirmed by its name."
        )

    def over(self, desk: Desk) -> AreaScreen | None:
        """Return the keys over another desk."""
        return KeysScreen(desk)

    def compose_area(self) -> ComposeResult:
        """Show the keys."""
        yield Static(content("Trusted keys: what they have signed is taken for theirs"), id="keys--title")
        yield self._grid

    def on_mount(self) -> None:
        """Read for the first time."""
        self._grid.show(HeldRows(self._read))
        self._grid.focus()

    def on_shop_state(self, read: StateRead) -> None:
        """Read anew when somebody has changed something, or taken it back."""
        if self._news.brings(read):
            self._grid.reload()

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was in front."""
        self.on_shop_state(self.desk.frame().state)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let nobody change what they may not."""
        del parameters
        if action in ("add", "remove"):
            return self.desk.may(INSTALL) and (action == "add" or self._chosen is not None)
        return True

    def on_grid_highlighted(self) -> None:
        """Offer what can be done with it."""
        self.refresh_bindings()

    def on_grid_opened(self, message: Grid.Opened) -> None:
        """Show a key as a whole."""
        message.stop()
        chosen = self._chosen
        if chosen is not None:
            text = f"{chosen.key}\n\nFingerprint: {fingerprint(chosen.key)}"
            self.app.push_screen(LogScreen(f"The key of {chosen.name}", text))

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)

    # -- adding and removing -------------------------------------------------------------------------------

    def action_add(self) -> None:
        """Ask for a key, for the name of its owner, and whether the fingerprint is right."""
        text = "The public key of whoever signs: 44 characters that end in =."
        self.app.push_screen(Ask("Trust which key?", text, refuse=_refuse_key), self._ask_name)

    def _ask_name(self, key: str | None) -> None:
        if key is not None:
            text = "Whose key is it? Plugins show this name as their signer."
            refuse = lambda typed: "" if typed.strip() else "Type a name."  # noqa: E731 said once
            self.app.push_screen(
                Ask("Under which name?", text, refuse=refuse), partial(self._compare, checked_key(key))
            )

    def _compare(self, key: str, name: str | None) -> None:
        if name is None:
            return
        name = name.strip()
        text = (
            f"The fingerprint is {fingerprint(key)}.\nHave you compared it with {name}? Whatever this key signs is "
            "installed without typing its name."
        )
        question = Confirm(f"Trust the key of {name}?", text, yes="trust it", no="leave it")
        self.app.push_screen(question, lambda agreed: self._add(name, key) if agreed else None)

    def _add(self, name: str, key: str) -> None:
        work = partial(self.desk.write, f"trust key {name}", lambda session: trust_key(session, name, key))
        self.desk.jobs.run(self, work, partial(self._done, f"{name} is trusted"), self._failed)

    def action_remove(self) -> None:
        """Trust a key no longer, after a question."""
        chosen = self._chosen
        if chosen is None:
            return
        text = "What it has signed stays installed. New plugins of theirs have to be confirmed by their name."
        question = Confirm(f"Trust {chosen.name} no longer?", text, yes="remove the key", no="leave it")
        self.app.push_screen(question, lambda agreed: self._remove(chosen.name) if agreed else None)

    def _remove(self, name: str) -> None:
        work = partial(self.desk.write, f"distrust key {name}", lambda session: distrust_key(session, name))
        self.desk.jobs.run(self, work, partial(self._done, f"{name} is not trusted any more"), self._failed)

    def _done(self, told: str, written: Written[TrustedKey]) -> None:
        self.app.post_message(Done(told, written.batch_id))
        self._grid.reload()

    def _failed(self, error: Exception) -> None:
        self.app.post_message(JobFailed(error))
        self._grid.reload()

    # -- reading, in job threads ---------------------------------------------------------------------------

    @property
    def _chosen(self) -> TrustedKey | None:
        row = self._grid.row
        return self._keys[row.id] if row is not None and row.id < len(self._keys) else None

    def _read(self) -> Sequence[Row]:
        keys = self._keys = self.desk.read(trusted_keys)
        return [Row(at, (one.name, fingerprint(one.key), one.key)) for at, one in enumerate(keys)]


def _refuse_key(typed: str) -> str:
    try:
        checked_key(typed)
    except ShopdbError as refused:
        return str(refused)
    return ""
