"""Errors of the use cases: signing in, tokens, intake."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from shopdb.exceptions.base import ShopdbError

if TYPE_CHECKING:
    from pathlib import Path


class KeyReusedError(ShopdbError):
    """An idempotency key came again with another body."""

    def __init__(self, key: str) -> None:
        """Show the key."""
        super().__init__(f"The Idempotency-Key {key[:80]!r} was used for another body; make a new key for each push.")


class PushRepeatedError(ShopdbError):
    """A message's idempotency key is in the database already; what was answered to it stands there too."""

    def __init__(self) -> None:
        """Say that it is being dealt with."""
        super().__init__("A push with this Idempotency-Key is being taken in; send it again in a moment.")


class DecisionRefusedError(ShopdbError):
    """A decision about a held push does not fit the push."""

    def __init__(self, held_id: int, reason: str) -> None:
        """Say which push and what would do."""
        super().__init__(f"Held push {held_id} {reason}.")


class AlreadyResolvedError(ShopdbError):
    """A held push has been decided on already."""

    def __init__(self, held_id: int, resolution: str, by: str) -> None:
        """Say who decided what."""
        super().__init__(f"Held push {held_id} was decided already: {resolution}, by {by}.")


class PasswordRefusedError(ShopdbError):
    """A password is too short to keep, or too long to be one."""

    def __init__(self, shortest: int, longest: int) -> None:
        """Say how long one is."""
        super().__init__(f"A password has {shortest} to {longest} characters; choose another one.")


class SignInRefusedError(ShopdbError):
    """Name and password do not belong together; which of them is wrong is nobody's business."""

    def __init__(self) -> None:
        """Say no more than that."""
        super().__init__("Name or password is wrong.")


class SignInSlowedError(ShopdbError):
    """A name or an address has failed to sign in too often."""

    def __init__(self, seconds: int) -> None:
        """Say how many seconds the next try has to wait."""
        self.seconds = seconds
        super().__init__(f"Too many failed sign-ins; try again in {seconds} s.")


class SignInBusyError(ShopdbError):
    """More sign-ins are being checked than the host's memory is lent to."""

    def __init__(self, seconds: float) -> None:
        """Say how long this one waited, in seconds."""
        super().__init__(f"Others were signing in for {seconds:.0f} s; try again in a moment.")


class AccountGoneError(ShopdbError):
    """A user was deleted or switched off after signing in."""

    def __init__(self, user_id: int) -> None:
        """Say which user."""
        super().__init__(f"The account {user_id} is gone or switched off; sign in with another.")


class NameRefusedError(ShopdbError):
    """A user or token cannot be named so."""

    def __init__(self, what: str, longest: int) -> None:
        """Say what would do."""
        super().__init__(f"The name of a {what} has 1 to {longest} printable characters.")


class NameTakenError(ShopdbError):
    """There is a user or token of this name."""

    def __init__(self, what: str, name: str) -> None:
        """Say which."""
        super().__init__(f"There is a {what} named {name!r} already; choose another name.")


class UnknownRoleError(ShopdbError):
    """No role bears this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name the roles."""
        super().__init__(f"There is no role {name!r}; there are {', '.join(sorted(known))}.")


class PermissionRefusedError(ShopdbError):
    """Permissions that a role cannot be given, or was not given."""

    def __init__(self, names: Sequence[str], known: Iterable[str]) -> None:
        """Name each, and those that come near the first."""
        near = get_close_matches(names[0], sorted(known), n=3)
        told = f"; near {names[0]!r} are {', '.join(near)}" if near else ""
        super().__init__(
            f"There is no permission {', '.join(map(repr, names))} there{told}. `shopdb role permissions` lists what a "
            "role can be given, `shopdb role list` what each was given."
        )


class RoleKeptError(ShopdbError):
    """A role without which nobody could put anything right."""

    def __init__(self, name: str) -> None:
        """Say why it stays."""
        super().__init__(f"The role {name!r} stays as it is: without it nobody could give anybody anything.")


class UserNotFoundError(ShopdbError):
    """Nobody bears this name."""

    def __init__(self, name: str) -> None:
        """Say which, and where the names are."""
        super().__init__(f"There is no user named {name!r}; `shopdb user list` lists them.")


class TokenNotFoundError(ShopdbError):
    """No token bears this name."""

    def __init__(self, name: str) -> None:
        """Say which, and where the names are."""
        super().__init__(f"There is no token named {name!r}; `shopdb q api_tokens` lists them.")


class ScopeRefusedError(ShopdbError):
    """A token was asked to open what there is not."""

    def __init__(self, scopes: Sequence[str], known: Iterable[str]) -> None:
        """Name the scopes that there are."""
        super().__init__(f"There is no scope {', '.join(scopes) or '(none was named)'}; there are {', '.join(known)}.")


class NetworkRefusedError(ShopdbError):
    """A text is no network that a token could be bound to."""

    def __init__(self, text: str) -> None:
        """Show it and what would do."""
        super().__init__(f"{text!r} is neither an address nor a network; write one like 10.20.0.0/16.")


class TokenRefusedError(ShopdbError):
    """A token does not open anything (any more); the message never holds it."""

    def __init__(self, reason: str) -> None:
        """Say why in a clause."""
        super().__init__(f"The token {reason}; `shopdb token create` makes one.")


class DemoRowError(ShopdbError):
    """A plugin's share of a demo shop has a row that no table can take."""

    def __init__(self, table: str, columns: Iterable[str]) -> None:
        """Name the columns that are not there."""
        super().__init__(
            f"A plugin's demo writes {', '.join(sorted(columns))} to {table}, which has no such column here; "
            "switch the plugin off or mend its demo."
        )


class SheetRefusedError(ShopdbError):
    """A file is not a list that can be read; ``problems`` are all the reasons."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.problems = tuple(problems)
        super().__init__("\n  ".join(("The list cannot be read:", *self.problems)))


class SchemeRefusedError(ShopdbError):
    """What was said about the columns of a list does not fit it; ``problems`` are all the reasons."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.problems = tuple(problems)
        super().__init__("\n  ".join(("The list cannot be read as you say:", *self.problems)))


class RowsNotTakenError(ShopdbError):
    """Rows of a list were refused, and nothing of it was to come in without them."""

    def __init__(self, refused: int, rows: int, *, tried: bool = False) -> None:
        """Count them, and say what can be done; ``tried`` if it was a preview that somebody asked for."""
        super().__init__(
            f"{refused} of {rows} rows would be refused, so nothing would be taken in. Mend them, or leave --dry-run "
            "out and say --good-rows: it takes the others in and gives these back as a file."
            if tried
            else f"{refused} of {rows} rows were refused, so nothing was taken in. Mend them and run it again, or say "
            "--good-rows to take the others in and get these back as a file."
        )


class RejectedRowsUnwritableError(ShopdbError):
    """The file for the refused rows cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        """Say which, why, and what would do."""
        super().__init__(
            f"The refused rows cannot be written to {path} ({reason}), so nothing was taken in. Say --rejected FILE, "
            "a file that this account may write."
        )
