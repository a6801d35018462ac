"""docs/CLI.md ends with what `--help` prints of every command; `python tests/docs/test_cli.py` writes it anew."""

from collections.abc import Iterator
from pathlib import Path

import click

from shopdb.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "CLI.md"
MARK = "What `--help` prints; a test holds the two equal.\n"
WIDTH = 100


def helps(command: click.Command, parent: click.Context | None, name: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the help of a command and of those below it."""
    settings = {**command.context_settings, "terminal_width": WIDTH}
    ctx = click.Context(command, parent=parent, info_name=name, **settings)
    yield ctx.command_path, command.get_help(ctx)
    if isinstance(command, click.Group):
        for below in command.list_commands(ctx):
            found = command.get_command(ctx, below)
            assert found is not None
            if not found.hidden:
                yield from helps(found, ctx, below)


def reference() -> str:
    """Return the part of the page after the mark."""
    return "".join(f"\n### {path}\n\n```\n{text}\n```\n" for path, text in helps(main, None, "shopdb"))


def test_the_page_says_what_help_says() -> None:
    intro, mark, written = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert intro
    assert mark
    assert written == reference(), "run `.venv/bin/python tests/docs/test_cli.py`"


def test_every_option_and_argument_says_what_it_is_for() -> None:
    silent = [
        f"{path} {parameter.name}"
        for path, command in commands(main, "shopdb")
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden and not parameter.help
    ]
    assert silent == []


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its path."""
    yield path, command
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for below in command.list_commands(ctx):
            found = command.get_command(ctx, below)
            assert found is not None
            yield from commands(found, f"{path} {below}")


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.partition(MARK)[0] + MARK + reference(), encoding="utf-8")
