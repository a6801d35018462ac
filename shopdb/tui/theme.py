"""Colours of the terminal: three themes of our own, and the terminal's own colours where it has few.

Belongs to the terminal. Widgets name tokens (`$text-warning`), never colours. Nothing is told by colour alone, so
that every screen stays readable in 16 colours and in none.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

STYLES: Final = Path(__file__).with_name("shopdb.tcss")

DARK: Final = "shopdb-dark"
LIGHT: Final = "shopdb-light"
CONTRAST: Final = "shopdb-contrast"
TERMINAL: Final = "shopdb-terminal"  # the terminal's own 16 colours, or none under NO_COLOR

THEMES: Final[tuple[Theme, ...]] = (
    Theme(
        DARK,
        primary="#6fb1d6",
        secondary="#8fb8a8",
        accent="#e6b450",
        warning="#e6a23c",
        error="#f07167",
        success="#7cc47f",
        foreground="#dce1e6",
        background="#14171b",
        surface="#1a1e23",
        panel="#242a31",
        variables={
            "block-cursor-background": "#2f5d7c",
            "block-cursor-foreground": "#ffffff",
            "border": "#3d4752",
            "border-blurred": "#3d4752",
            "text-muted": "#9aa5b1",
        },
    ),
    Theme(
        LIGHT,
        primary="#0b5a8a",
        secondary="#35665a",
        accent="#8a5a00",
        warning="#8a5200",
        error="#b3261e",
        success="#1b6b34",
        foreground="#1c2126",
        background="#f7f8f9",
        surface="#ffffff",
        panel="#e6e9ec",
        dark=False,
        variables={
            "block-cursor-background": "#0b5a8a",
            "block-cursor-foreground": "#ffffff",
            "border": "#b4bcc4",
            "border-blurred": "#b4bcc4",
            "text-muted": "#59636e",
        },
    ),
    Theme(
        CONTRAST,
        primary="#66d9ff",
        secondary="#ffffff",
        accent="#ffe14d",
        warning="#ffd24d",
        error="#ff8a80",
        success="#80ff95",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1c1c1c",
        text_alpha=1.0,
        variables={
            "block-cursor-background": "#ffe14d",
            "block-cursor-foreground": "#000000",
            "border": "#ffffff",
            "border-blurred": "#a0a0a0",
            "text-muted": "#d0d0d0",
        },
    ),
    Theme(
        TERMINAL,
        ansi=True,
        primary="ansi_cyan",
        secondary="ansi_blue",
        accent="ansi_magenta",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            **BUILTIN_THEMES["ansi-dark"].variables,  # names that Textual's own styles need in these colours
            "block-cursor-background": "ansi_cyan",
            "block-cursor-foreground": "ansi_black",
            "block-cursor-blurred-background": "ansi_default",
            "block-cursor-blurred-foreground": "ansi_default",
            "border": "ansi_default",
            "border-blurred": "ansi_default",
            "input-selection-background": "ansi_cyan",
            "input-selection-foreground": "ansi_black",
            "text-muted": "ansi_default",
            "text-disabled": "ansi_default",
        },
    ),
)


def has_few_colours(environ: Mapping[str, str]) -> bool:
    """Whether the terminal shows 16 colours or fewer, or a person asked for none (https://no-color.org)."""
    if "NO_COLOR" in environ:
        return True
    if environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return False
    terminal = environ.get("TERM", "")
    return not any(word in terminal for word in ("256color", "direct", "kitty", "alacritty", "ghostty"))


def suited(theme: str, environ: Mapping[str, str]) -> str:
    """`theme`, or the terminal's own colours where `theme` could not be told apart."""
    names = {known.name for known in THEMES}
    return TERMINAL if has_few_colours(environ) or theme not in names else theme
