"""The command `shopdb`: imports the one command that is asked for and turns errors into exit codes.

Exit 0: done. 1: refused, with one message on standard error. 2: wrong usage. A command's file holds no work
of its own: it reads arguments, calls the room that does the work, and prints what comes back.
"""

import logging
import sys
from collections.abc import Mapping
from importlib import import_module
from io import TextIOWrapper
from typing import Any, Final

import click

from shopdb import __version__
from shopdb.exceptions import ShopdbError

COMMANDS: Final[Mapping[str, str]] = {
    "backup": "shopdb.cli.backup:backup",
    "collect": "shopdb.cli.collect:collect",
    "db": "shopdb.cli.db:db",
    "demo": "shopdb.cli.demo:demo",
    "doctor": "shopdb.cli.doctor:doctor",
    "history": "shopdb.cli.history:history",
    "import": "shopdb.cli.import_:import_",
    "init": "shopdb.cli.init:init",
    "plugin": "shopdb.cli.plugin:plugin",
    "q": "shopdb.cli.query:query",
    "restore": "shopdb.cli.restore:restore",
    "role": "shopdb.cli.role:role",
    "run": "shopdb.cli.run:run",
    "serve": "shopdb.cli.serve:serve",
    "show": "shopdb.cli.show:show",
    "token": "shopdb.cli.token:token",
    "undo": "shopdb.cli.undo:undo",
    "upgrade": "shopdb.cli.upgrade:upgrade",
    "user": "shopdb.cli.user:user",
}

# What bare `shopdb` does.
TERMINAL: Final = "shopdb.cli.terminal:terminal"


class Refused(click.ClickException):
    """Something the shop does not allow or cannot do; exit code 1."""

    def show(self, file: Any = None) -> None:
        """Write the message to standard error, harmless even if it quotes text from outside."""
        click.echo(_harmless(self.message), file=file, err=True)


class LazyGroup(click.Group):
    """A group whose commands are imported when one of them is called, or their help is asked for."""

    def __init__(self, *, places: Mapping[str, str], **settings: Any) -> None:
        super().__init__(**settings)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every name that can be called."""
        del ctx
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, imported now, or None if there is none of that name."""
        del ctx
        place = self._places.get(cmd_name)
        return None if place is None else _command(place)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse arguments that are no text: every command may then do with them what it does with text."""
        for argument in args:
            if any("\ud800" <= one <= "\udfff" for one in argument):
                raise click.UsageError(f"The argument {argument!r} is not UTF-8.", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run what was asked for; a ShopdbError becomes a message and exit code 1."""
        try:
            return super().invoke(ctx)
        except ShopdbError as error:
            raise Refused(str(error)) from error


class ShopGroup(LazyGroup):
    """The commands of shopdb, and under the name of each plugin those that it brings."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return core's command of this name, else the group of the plugin of this name."""
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            return found
        from shopdb.cli.foreign import plugin_group

        return plugin_group(cmd_name)


@click.command(
    cls=ShopGroup,
    places=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="shopdb %(version)s")
@click.option("--safe", is_flag=True, help="Open the terminal without any plugin, and no server beside it.")
@click.pass_context
def main(ctx: click.Context, *, safe: bool) -> None:
    """Show what stands in the shop: without a command, in the terminal."""
    # What rooms below log is for `shopdb serve`, which says where it goes; a command tells what matters itself.
    logging.getLogger("shopdb").addHandler(logging.NullHandler())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name may hold what this terminal cannot show
    if ctx.invoked_subcommand is None:
        ctx.invoke(_command(TERMINAL), safe=safe)
    elif safe:
        raise click.UsageError("--safe is for the terminal; SHOPDB_DISABLE_PLUGINS works for every command.", ctx)


def _command(place: str) -> click.Command:
    module, _, attribute = place.partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return command


def _harmless(message: str) -> str:
    if all(line.isascii() and line.isprintable() for line in message.splitlines()):
        return message
    from shopdb.domain.plain import plain

    return plain(message, lines=True)
