"""The application under every screen: it shows nothing raw, blocks on nothing and survives its screens.

Belongs to the terminal. It brings together the gate, the driver, the jobs, the themes and the containment; what
the program is about stays in app.py.
"""

import os
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.notifications import SeverityLevel

from shopdb.tui.containment import ContainedApp
from shopdb.tui.driver import changed_cells_only
from shopdb.tui.jobs import JobFailed, Jobs
from shopdb.tui.safety import Gate, cut, plain
from shopdb.tui.theme import DARK, STYLES, THEMES, has_few_colours, suited

LONGEST_NOTICE = 600  # cells; more would cover the screen
PATIENCE_AT_THE_END = 10.0  # seconds for what is being saved when somebody quits


class SafeApp(ContainedApp):
    """An application for texts from anywhere, on any terminal."""

    CSS_PATH = STYLES
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+l", "redraw", "Redraw", show=False)]

    def __init__(
        self,
        *,
        theme: str = DARK,
        environ: Mapping[str, str] = os.environ,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """Take `theme` if the terminal that `environ` tells of can show it."""
        # Textual chooses its colour filters while it is made, before a theme can be set.
        super().__init__(ansi_color=True if has_few_colours(environ) else None, driver_class=driver_class)
        for known in THEMES:
            self.register_theme(known)
        self.theme = suited(theme, environ)
        self.animation_level = "none"
        self.jobs = Jobs()
        self._gate = Gate()

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver for this platform, sending only changed cells where that is possible."""
        return changed_cells_only(super().get_driver_class())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and the gate behind all of them."""
        return [*super().get_line_filters(), self._gate]

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show `message`, harmless and without markup whatever was asked for."""
        del markup
        shown = plain(cut(message, LONGEST_NOTICE) if "\n" not in message else message[:LONGEST_NOTICE], lines=True)
        super().notify(shown, title=cut(title, 60), severity=severity, timeout=timeout, markup=False)

    def on_job_failed(self, message: JobFailed) -> None:
        """Tell of work that failed and that no screen answers for."""
        from shopdb.tui.failures import told  # brings SQLAlchemy, which the first frame does not wait for

        self.notify(told(message.error), title="This did not work", severity="error")

    def action_command_palette(self) -> None:
        """Open the palette, unless it is open."""
        from shopdb.tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def action_redraw(self) -> None:
        """Paint every cell anew: something else may have written to the terminal."""
        forget = getattr(self._driver, "forget", None)
        if forget is not None:
            forget()
        self.refresh(layout=True)

    def on_unmount(self) -> None:
        """Finish what is being saved."""
        self.jobs.close(PATIENCE_AT_THE_END)
