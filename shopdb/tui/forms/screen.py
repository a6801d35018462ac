"""What every form's screen has: a title, the fields, what went wrong, and a question before anything is lost."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from shopdb.exceptions import RefusedValuesError
from shopdb.tui.failures import told
from shopdb.tui.forms.rows import FieldForm, FormRow
from shopdb.tui.safety import content
from shopdb.tui.widgets.confirm import Confirm
from shopdb.tui.widgets.footer import KeyLine
from shopdb.tui.widgets.help import HelpScreen, keys_of

Saved = TypeVar("Saved")


class FormScreen(Screen[Saved | None]):
    """A form that answers with what was saved, None if nothing was. Subclasses save, in `submit`."""

    HELP: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", priority=True),
        Binding("escape", "leave", "Back"),
        Binding("f1", "help", "Every key of this screen", show=False),
    ]
    DEFAULT_CSS = """
    FormScreen {
        & > #form--title { text-style: bold; padding: 0 1; background: $panel; }
        & > #form--failure { display: none; padding: 0 1; color: $text-error; height: auto; max-height: 5; }
        & > #form--failure.-shown { display: block; }
        & > #form--help { height: 1; padding: 0 1; color: $text-muted; }
    }
    """

    def __init__(self, title: str, form: FieldForm) -> None:
        """Show ``form`` under its title."""
        super().__init__()
        self.form = form
        self.is_saving = False
        self._title = title

    def compose(self) -> ComposeResult:
        """Show what is edited, the fields, what the field in hand is about, and the keys."""
        yield Static(content(self._title), id="form--title")
        yield Static(id="form--failure")
        yield self.form
        yield Static(id="form--help")
        yield KeyLine()

    def submit(self) -> None:
        """Save; called when a person asks for it and nothing is being saved."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Begin with the first field."""
        self.form.enter()

    def on_form_row_entered(self, message: FormRow.Entered) -> None:
        """Say what the field is about."""
        required = "must be filled in" if message.field.required else ""
        parts = (message.field.label, message.field.help, required)
        told_of = content(" · ".join(part for part in parts if part))
        self.query_one("#form--help", Static).update(told_of, layout=False)

    def action_save(self) -> None:
        """Save what was typed."""
        if self.is_current and not self.is_saving:
            self.submit()

    def action_help(self) -> None:
        """Show every key."""
        self.app.push_screen(HelpScreen(keys_of(self), self.HELP or ""))

    def action_leave(self) -> None:
        """Go back, after a question if something would be lost."""
        edited = self.form.fields_on
        if self.is_saving:
            self.app.bell()
        elif not edited:
            self.dismiss(None)
        else:
            named = ", ".join(field.label for field in edited)
            question = Confirm("Leave without saving?", f"You have changed: {named}.", yes="leave", no="stay")
            self.app.push_screen(question, self._left)

    def _left(self, leaves: bool | None) -> None:  # noqa: FBT001 Textual's callback
        if leaves:
            self.dismiss(None)

    def not_saved(self, error: Exception) -> None:
        """Say beside the fields, or else above them, why nothing was saved; all that was typed stays."""
        self.is_saving = False
        if isinstance(error, RefusedValuesError):
            elsewhere = self.form.tell(error.problems)
            self.tell_failure("; ".join(f"{name} {', '.join(reasons)}" for name, reasons in elsewhere.items()))
        else:
            self.tell_failure(f"Not saved. {told(error)} All that you typed is still here; ctrl+s tries again.")

    def tell_failure(self, text: str) -> None:
        """Say what went wrong with the form as a whole; an empty text takes that away."""
        line = self.query_one("#form--failure", Static)
        line.update(content(text, lines=True))
        line.set_class(bool(text), "-shown")
