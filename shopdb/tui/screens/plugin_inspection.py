"""A plugin before anything of it runs: who it is, who signed it, what it would add; a rehearsal, then the choice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from shopdb.lifecycle import wording
from shopdb.lifecycle.inspection import Inspection
from shopdb.lifecycle.trial import Trial
from shopdb.tui.deeds import Deed, Result
from shopdb.tui.messages import DeedAsked
from shopdb.tui.plugin_work import PluginWork
from shopdb.tui.safety import content
from shopdb.tui.widgets.ask import Ask
from shopdb.tui.widgets.confirm import Confirm
from shopdb.tui.widgets.sheet import Item, Section, Sheet

TONES: Final = {"problem": "error", "warning": "warning", "can beside": "warning"}


class InspectionScreen(ModalScreen[Deed | None]):
    """Answers with the deed of installing what is inspected, None if that was not chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "rehearse", "Rehearse on a copy"),
        Binding("i", "install", "Install"),
        Binding("escape", "dismiss(None)", "Back"),
    ]
    DEFAULT_CSS = """
    InspectionScreen { align: center middle; }
    InspectionScreen > Vertical {
        width: 95%; height: 90%; padding: 0 1; background: $surface; border: solid $border;
        & > .inspection--title { text-style: bold; height: 1; }
        & > .inspection--rights { height: auto; color: $text-warning; }
        & > Sheet { height: 1fr; margin-top: 1; }
        & > .inspection--keys { color: $text-muted; height: auto; }
    }
    """

    def __init__(self, found: Inspection, work: PluginWork) -> None:
        """Show what was found."""
        super().__init__()
        self._found, self._work = found, work
        self._trial: Trial | None = None

    def compose(self) -> ComposeResult:
        """Show the facts and the keys."""
        meta = self._found.archive.meta
        with Vertical():
            yield Static(
                content(f"{meta.name} {meta.version}: before anything of it runs"), classes="inspection--title"
            )
            yield Static(content(wording.RIGHTS), classes="inspection--rights")
            yield Sheet()
            yield Static(content(self._keys()), classes="inspection--keys")

    def on_mount(self) -> None:
        """Show what is known so far."""
        self._draw()
        self.query_one(Sheet).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Install nothing that cannot be, and nothing that is here already."""
        del parameters
        return action != "install" or self._can_install

    def action_rehearse(self) -> None:
        """Try it on a copy of the database."""
        self.post_message(DeedAsked(self._work.rehearse(self._found), self._rehearsed))

    def action_install(self) -> None:
        """Ask for the last word, its name where nobody whom this site trusts has signed it."""
        name = self._found.archive.name
        if self._found.needs_confirmation:
            signed = self._found.trust.state == "unknown key"
            who = "Whoever signed it is not trusted here" if signed else "Nobody has signed it"
            text = f"{who}. {wording.RIGHTS} If you would run it, type its name: {name}. It stays marked."
            question = Ask(
                f"Run {name}?",
                text,
                yes="installs it",
                refuse=lambda typed: "" if typed == name else f"Type {name}, or esc.",
            )
            self.app.push_screen(question, lambda typed: None if typed is None else self._install(typed))
        else:
            verb = "Upgrade to" if self._found.verb == "upgrade" else "Install"
            text = f"{wording.RIGHTS} It is rehearsed on a copy once more; whatever fails is taken back."
            question_ = Confirm(f"{verb} {name} {self._found.archive.meta.version}?", text, yes="go on", no="leave it")
            self.app.push_screen(question_, lambda agreed: self._install("") if agreed else None)

    @property
    def _can_install(self) -> bool:
        failed = self._trial is not None and not self._trial.ok
        return not self._found.problems and self._found.verb != "nothing" and not failed

    def _install(self, confirmed: str) -> None:
        self.dismiss(self._work.install(self._found, confirmed))

    def _rehearsed(self, result: Result | None) -> None:
        if isinstance(result, Trial) and self.is_mounted:
            self._trial = result
            self._draw()

    def _draw(self) -> None:
        self.query_one(Sheet).show(tuple(self._sections()))
        self.query_one(".inspection--keys", Static).update(content(self._keys()))

    def _sections(self) -> Iterator[Section]:
        found = self._found
        yield _section("", wording.standing(found))
        if self._trial is not None:
            told = (
                "it went well; nothing of this site was changed" if self._trial.ok else "\n".join(self._trial.problems)
            )
            items = [Item("on a copy", told, tone="" if self._trial.ok else "error")]
            items += [Item("its migrations", "\n".join(self._trial.schema))] if self._trial.schema else []
            yield Section("Rehearsal", items)
        yield _section("Who it is", wording.identity(found))
        yield _section("What it would add", wording.adds(found.survey))
        yield Section(
            "SHA-256 of each file", [Item(path, digest) for path, digest in sorted(found.archive.hashes.items())]
        )

    def _keys(self) -> str:
        verb = "upgrades" if self._found.verb == "upgrade" else "installs"
        install = f" · i {verb}" if self._can_install else ""
        return f"r rehearses on a copy{install} · j k scroll · esc back"


def _section(heading: str, words: wording.Words) -> Section:
    return Section(heading, [Item(label, text, tone=TONES.get(label, "")) for label, text in words])
