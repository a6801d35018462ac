import pytest
from textual.app import ComposeResult
from textual.color import Color
from textual.theme import Theme
from textual.widgets import Label

from shopdb.tui.safe_app import SafeApp
from shopdb.tui.theme import CONTRAST, DARK, LIGHT, TERMINAL, THEMES, has_few_colours, suited
from tests.tui.waiting import at_rest

OWN = [theme for theme in THEMES if not theme.ansi]
READABLE = {DARK: 4.5, LIGHT: 4.5, CONTRAST: 7.0}  # WCAG 2.2 §1.4.3 and §1.4.6


def luminance(color: Color) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
@pytest.mark.parametrize(
    "token", ["foreground", "text-muted", "text-warning", "text-error", "text-success", "text-primary", "text-accent"]
)
def test_every_text_can_be_read_on_every_ground(theme: Theme, token: str) -> None:
    colours = theme.to_color_system().generate()
    for ground in ("background", "surface", "panel"):
        assert contrast(colours[token], colours[ground]) >= READABLE[theme.name], ground


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_the_cursor_line_can_be_read(theme: Theme) -> None:
    colours = theme.to_color_system().generate()
    drawn, ground = colours["block-cursor-foreground"], colours["block-cursor-background"]
    assert contrast(drawn, ground) >= READABLE[theme.name]


@pytest.mark.parametrize(
    ("environ", "few"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, False),
        ({"TERM": "xterm-kitty"}, False),
        ({"TERM": "xterm"}, True),
        ({"TERM": "linux"}, True),
        ({"TERM": "screen"}, True),
        ({}, True),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, True),
    ],
)
def test_a_terminal_of_few_colours_is_recognised(environ: dict[str, str], few: bool) -> None:
    assert has_few_colours(environ) is few


def test_a_theme_that_the_terminal_cannot_show_gives_way_to_its_own_colours() -> None:
    assert suited(LIGHT, {"TERM": "xterm-256color"}) == LIGHT
    assert suited(LIGHT, {"TERM": "linux"}) == TERMINAL
    assert suited("no-such-theme", {"TERM": "xterm-256color"}) == TERMINAL


class Room(SafeApp):
    def compose(self) -> ComposeResult:
        yield Label("room")


@pytest.mark.parametrize("environ", [{"TERM": "xterm"}, {"NO_COLOR": "1"}, {"COLORTERM": "truecolor"}])
async def test_the_application_starts_on_any_terminal_and_changes_its_theme(environ: dict[str, str]) -> None:
    app = Room(environ=environ)
    async with app.run_test(notifications=True):
        for theme in THEMES:
            app.theme = theme.name
            await at_rest(app)
        assert app.is_running
