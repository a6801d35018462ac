"""docs/DEPLOY.md as a test takes it: its blocks of commands, and its table of problems."""

import re
from collections.abc import Mapping
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "DEPLOY.md").read_text("utf-8")
_OWNERS = re.compile(r" -o \w+ -g \w+")


def blocks(mark: str) -> tuple[str, ...]:
    """Return the blocks that are marked so, in the order of the page."""
    return tuple(re.findall(rf"^<!-- {mark} -->\n```sh\n(.+?)^```$", PAGE, re.DOTALL | re.MULTILINE))


def in_its_place(text: str, places: Mapping[str, str]) -> str:
    """Return commands, or a script, with other places than the page's, and without owners that only root can give."""
    for said, meant in places.items():
        text = text.replace(said, meant)
    return _OWNERS.sub("", text)


def problems() -> tuple[str, ...]:
    """Return the messages that the table of problems is keyed by."""
    _, _, table = PAGE.partition("## Common problems\n")
    return tuple(re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE))
