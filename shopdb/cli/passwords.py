"""Where a command gets a password from: standard input, or the person at the terminal; never the command line."""

from __future__ import annotations

import sys

import click

LONGEST = 4096


def password_option(command: click.decorators.FC) -> click.decorators.FC:
    """Add the option --password-stdin to a command."""
    help_text = "Take the password from the first line of standard input."
    return click.option("--password-stdin", is_flag=True, help=help_text)(command)


def given_password(*, from_stdin: bool) -> str:
    """Return the password.

    Raises `click.UsageError` if standard input was not named and nobody sits there to be asked.
    """
    if from_stdin:
        return sys.stdin.readline(LONGEST).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("Give the password on standard input, with --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
