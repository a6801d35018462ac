"""Signing in: a name, a password, and whether to remember them on this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Checkbox, Input, Static

from shopdb.domain.access import Origin
from shopdb.exceptions import SignInRefusedError
from shopdb.tui.jobs import Jobs
from shopdb.tui.safety import content

SignIn = Callable[[str, str, bool], Origin | None]


class Tick(Checkbox):
    """A box whose state can be told without colours."""

    BUTTON_LEFT, BUTTON_INNER, BUTTON_RIGHT = "[", " ", "]"


class LoginScreen(Screen[Origin]):
    """Asks until somebody is recognised, and answers with who it is.

    ``sign_in(name, password, remember)`` blocks; it returns None for a wrong pair and may raise.
    """

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "app.quit", "Quit"),
        Binding("down", "app.focus_next", "Next", show=False),
        Binding("up", "app.focus_previous", "Previous", show=False),
    ]

    def __init__(self, jobs: Jobs, site: str, sign_in: SignIn, *, name: str = "", where: str = "") -> None:
        """``name`` is filled in; ``where`` says where a password would be remembered."""
        super().__init__()
        self._jobs = jobs
        self._site = site
        self._sign_in = sign_in
        self._known_name = name
        self._where = where
        self._busy = False

    def compose(self) -> ComposeResult:
        """Show the form."""
        with Vertical(classes="dialog"):
            yield Static(content(f"shopdb  {self._site}"), classes="dialog--title")
            yield Input(self._known_name, placeholder="Name", id="name", max_length=80)
            yield Input(placeholder="Password", password=True, id="password", max_length=1024)
            yield Tick(content(f"Remember me, {self._where}"), id="remember", compact=True)
            yield Static(content("enter signs in · ctrl+q quits"), classes="dialog--help")
            yield Static("", id="refusal", classes="refusal")

    def on_mount(self) -> None:
        """Begin where something is missing, the cursor still: a blinking one is sent over the line twice a second."""
        self.query_one("#password" if self._known_name else "#name", Input).focus()
        for field in self.query(Input):
            field.cursor_blink = False

    def on_checkbox_changed(self, event: Checkbox.Changed) -> None:
        """Draw the tick."""
        event.checkbox.BUTTON_INNER = "x" if event.value else " "
        event.checkbox.refresh()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the password, or sign in."""
        name, password = (self.query_one(f"#{part}", Input).value for part in ("name", "password"))
        if event.input.id == "name" or not password:
            self.query_one("#password", Input).focus()
        elif name.strip() and not self._busy:
            self._busy = True
            self._say("Checking ...")
            remember = self.query_one("#remember", Checkbox).value
            self._jobs.run(self, lambda: self._sign_in(name.strip(), password, remember), self._answered, self._failed)

    def _answered(self, origin: Origin | None) -> None:
        if origin is None:
            self._failed(SignInRefusedError())
        else:
            self.dismiss(origin)

    def _failed(self, error: Exception) -> None:
        from shopdb.tui.failures import told  # brings SQLAlchemy, which the first frame does not wait for

        self._busy = False
        self._say(told(error))
        password = self.query_one("#password", Input)
        password.value = ""
        password.focus()

    def _say(self, text: str) -> None:
        self.query_one("#refusal", Static).update(content(text))
