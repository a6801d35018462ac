"""Every error that shopdb raises on purpose; each class writes its own message from facts.

A front end turns these into an exit code, a status or a dialog; nothing below a front end formats one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path


class ShopdbError(Exception):
    """What a person can be told: where it happened, what is wrong, what to do now."""


# --- config ---------------------------------------------------------------------------------------------


class ConfigError(ShopdbError):
    """Settings that cannot be used; ``problems`` names every wrong key with its fix."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.problems = tuple(problems)
        counted = "1 setting" if len(self.problems) == 1 else f"{len(self.problems)} settings"
        super().__init__("\n  ".join((f"{counted} cannot be used:", *self.problems)))


class CredentialDirectoryError(ShopdbError):
    """A secret that systemd or a container provides cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        """Say which file of $CREDENTIALS_DIRECTORY."""
        super().__init__(f"The provided credential {path} cannot be read ({reason}); mend what provides it.")


class KeyringSilentError(ShopdbError):
    """The keyring of this host failed or did not answer in time."""

    def __init__(self, reason: str) -> None:
        """Keep what the back end said."""
        super().__init__(f"The keyring of this host did not answer ({reason}); unlock it and try again.")


# --- domain ---------------------------------------------------------------------------------------------


class ValueRefusedError(ShopdbError):
    """One value does not fit its kind; the reason is a clause that can stand beside a field."""

    def __init__(self, reason: str) -> None:
        """Keep the reason alone, so that a door can put it beside the field."""
        self.reason = reason
        super().__init__(reason)


class RefusedValuesError(ShopdbError):
    """A record's values were refused; ``problems`` names every refused field with its reasons."""

    def __init__(self, resource: str, problems: Mapping[str, Sequence[str]]) -> None:
        """Join all problems into one message."""
        self.resource = resource
        self.problems = {name: tuple(reasons) for name, reasons in problems.items()}
        told = "; ".join(f"{name}: {', '.join(reasons)}" for name, reasons in self.problems.items())
        super().__init__(f"{resource}: {told}")


class UnknownFieldError(ShopdbError):
    """A field was named that the resource does not have, or not for this use."""

    def __init__(self, resource: str, name: str, use: str, known: Iterable[str]) -> None:
        """Name the nearest fields, or all that would do."""
        choices = sorted(known)
        near = get_close_matches(name, choices, n=3) or choices
        super().__init__(f"{resource} cannot be {use} by {name}; try {', '.join(near)}.")


class FilterSyntaxError(ShopdbError):
    """A filter text cannot be read."""

    def __init__(self, text: str, column: int, reason: str) -> None:
        """Say where in the text, counted from 1."""
        self.column = column
        super().__init__(f"The filter stops at column {column} ({text[column - 1 : column + 20]!r}): {reason}.")


class UnknownResourceError(ShopdbError):
    """No record type bears this name in this shop."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name the nearest record types, or all."""
        choices = sorted(known)
        near = get_close_matches(name, choices, n=3) or choices
        super().__init__(f"There is no resource {name!r}; try {', '.join(near)}.")


class ResourceDescriptionError(ShopdbError):
    """Descriptions of record types contradict their tables; every problem at once, each with its code."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class SchemaUnreadableError(ShopdbError):
    """A collector schema does not say what shopdb needs to take a push in."""

    def __init__(self, plugin: str, problems: Sequence[str]) -> None:
        """Join the problems."""
        self.problems = tuple(problems)
        super().__init__(f"The collector schema of {plugin} cannot be used: {'; '.join(self.problems)}.")


class ResourceReadOnlyError(ShopdbError):
    """Records of this type are not made or changed by hand."""

    def __init__(self, resource: str) -> None:
        """Name the record type."""
        super().__init__(f"{resource} cannot be created, changed or deleted here; the program keeps them by itself.")


class NotPermittedError(ShopdbError):
    """Somebody asked for what their role does not allow."""

    def __init__(self, actor: str, permission: str) -> None:
        """Say who and which permission is missing."""
        self.permission = permission
        super().__init__(f"{actor} lacks the permission {permission}; an admin can grant it to a role.")


# --- store ----------------------------------------------------------------------------------------------


class RecordNotFoundError(ShopdbError):
    """A record is not there (any more)."""

    def __init__(self, resource: str, key: object) -> None:
        """Say which record of which type."""
        super().__init__(
            f"There is no {resource} record {key}; it may have been deleted. `shopdb q {resource}` lists them."
        )


class CursorRefusedError(ShopdbError):
    """A page cursor was not made for this list."""

    def __init__(self, text: str) -> None:
        """Show the beginning of it."""
        super().__init__(f"The cursor {text[:40]!r} does not belong to this list and order; begin again without one.")


class ConflictError(ShopdbError):
    """Somebody else saved the record meanwhile and both changed the same fields."""

    def __init__(self, resource: str, record_id: int, theirs: object, conflicts: Mapping[str, object]) -> None:
        """Keep the other side's record and the fields that both changed."""
        self.theirs = theirs
        self.conflicts = dict(conflicts)
        named = ", ".join(self.conflicts) or "the record"
        super().__init__(
            f"{resource} {record_id} was changed by somebody else while you edited it ({named}); "
            "choose which values to keep and save again."
        )


class StaleRowError(ShopdbError):
    """A row is no longer as it was read; the services turn this into a merge."""

    def __init__(self, table: str, key: object) -> None:
        """Say which row."""
        super().__init__(f"{table} {key} was changed by somebody else meanwhile; read it again and save once more.")


class StillUsedError(ShopdbError):
    """A record cannot be deleted because others point at it."""

    def __init__(self, label: str, users: Mapping[str, int]) -> None:
        """Count what points at it, by table."""
        told = ", ".join(f"{count} {table}" for table, count in users.items())
        super().__init__(f"{label} is still used by {told}; point those elsewhere first.")


class PluginTableNameError(ShopdbError):
    """A plugin defines a table under a name that could be another owner's."""

    def __init__(self, plugin: str, table: str) -> None:
        """Say which names are its own."""
        stem = plugin.removesuffix("s")
        super().__init__(f"The table {table!r} of plugin {plugin} must be named {plugin}, {plugin}_... or {stem}_....")


class UnattributedWriteError(ShopdbError):
    """A session wrote without saying who writes and through which door."""

    def __init__(self, table: str) -> None:
        """Name the table."""
        super().__init__(f"A write to {table} had no origin; open the session with Shop.writing(origin).")


class UnloggedWriteError(ShopdbError):
    """A statement would have changed a logged table behind the change log's back."""

    def __init__(self, table: str) -> None:
        """Name the table and the way that is open."""
        super().__init__(
            f"A bare INSERT, UPDATE or DELETE on {table} would not be in the change log; "
            "use mapped objects, or insert_rows, update_row and delete_rows."
        )


class BatchNotFoundError(ShopdbError):
    """No batch of changes bears this number."""

    def __init__(self, batch_id: int) -> None:
        """Say which number."""
        super().__init__(f"There is no batch {batch_id}; `shopdb history` shows the batches of a record.")


class BrokenHistoryError(ShopdbError):
    """A folder of migrations is not one straight line of revisions."""

    def __init__(self, owner: str, problems: Sequence[str]) -> None:
        """Join the problems."""
        self.problems = tuple(problems)
        super().__init__(f"The migrations of {owner} cannot be followed: {'; '.join(self.problems)}.")


class MigrationError(ShopdbError):
    """Migrations did not run to their end; ``stopped`` says for each owner at which revision, and why."""

    def __init__(self, stopped: Mapping[str, tuple[str, str]]) -> None:
        """Say whose migration stopped where."""
        self.stopped = dict(stopped)
        told = "; ".join(f"{owner} stopped at {at}: {reason}" for owner, (at, reason) in self.stopped.items())
        super().__init__(f"Migrations did not finish: {told}. Mend the cause and run `shopdb db upgrade`.")


class MigrationBusyError(ShopdbError):
    """Somebody else has been migrating the same database for too long."""

    def __init__(self, seconds: float) -> None:
        """Say for how long the lock was waited for."""
        super().__init__(
            f"Another process has been migrating this database for over {seconds:.0f} s; "
            "see whether it still runs, then try again."
        )


class SchemaDiffersError(ShopdbError):
    """Tables are not what the models mean them to be, though every migration has run."""

    def __init__(self, differences: Mapping[str, Sequence[str]]) -> None:
        """Name every difference, by owner."""
        told = [f"{owner}: {one}" for owner, many in differences.items() for one in many]
        super().__init__("\n  ".join(("The tables differ from this version's:", *told)))


class NoSiteError(ShopdbError):
    """The embedded database has no file yet."""

    def __init__(self, where: str) -> None:
        """Say where it would be and what makes it."""
        super().__init__(f"There is no site in {where} yet; `shopdb init` makes one.")


class SchemaBehindError(ShopdbError):
    """The database's tables are older (or newer) than the program."""

    def __init__(self, behind: Mapping[str, tuple[str, str]]) -> None:
        """Say for each owner what is there and what is wanted."""
        told = "; ".join(
            f"{owner} is at {found or 'nothing'}, wanted {wanted}" for owner, (found, wanted) in behind.items()
        )
        super().__init__(f"The database is not at this version's tables: {told}. Run `shopdb db upgrade`.")


class DatabaseUnreachableError(ShopdbError):
    """The database does not answer."""

    def __init__(self, where: str, reason: str) -> None:
        """Say which database (never with its password) and what the driver said."""
        super().__init__(
            f"The database {where} does not answer ({reason}). Is it running, and is SHOPDB_DATABASE_URL right?"
        )


# --- plugins --------------------------------------------------------------------------------------------


class PluginError(ShopdbError):
    """A plugin that cannot be used; ``problems`` are all of its faults, each with its permanent code."""

    def __init__(self, plugin: str, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.plugin = plugin
        self.problems = tuple(problems)
        super().__init__("\n  ".join((f"The plugin {plugin} cannot be used:", *self.problems)))


class PluginContractError(PluginError):
    """A plugin breaks the contract of docs/PLUGIN-HOOKS.md."""


class PluginVersionError(PluginError):
    """A plugin was written for another version of the contract."""


class PluginDependencyError(PluginError):
    """A plugin needs another that is not there, not in the right version, or that needs it in turn."""


class PluginNotFoundError(ShopdbError):
    """No plugin of this name is loaded."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name the plugins that there are."""
        super().__init__(f"There is no plugin {name!r} here; there are {', '.join(sorted(known)) or 'none'}.")


class ServiceNotFoundError(ShopdbError):
    """No loaded plugin offers a service under this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name the nearest services, or all."""
        choices = sorted(known)
        near = get_close_matches(name, choices, n=3) or choices
        super().__init__(f"No plugin offers the service {name!r}; there are {', '.join(near) or 'none'}.")


class SettingKeyError(ShopdbError):
    """A plugin asked for a setting under a key that cannot be one."""

    def __init__(self, plugin: str, key: str) -> None:
        """Say what a key looks like."""
        super().__init__(
            f"{key!r} cannot be a setting of {plugin}; a key is at most 80 of a-z, 0-9, _ and ., a letter first."
        )


class NoShopHereError(ShopdbError):
    """Plugin code asked for the shop outside of a request or command that grants it."""

    def __init__(self) -> None:
        """Say where the helpers work."""
        super().__init__(
            "read_shop and write_shop work in a plugin's endpoints and commands; "
            "a screen uses the context that it is given."
        )


# --- services -------------------------------------------------------------------------------------------


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


# --- server ---------------------------------------------------------------------------------------------


class NotSignedInError(ShopdbError):
    """A request says not who makes it."""

    def __init__(self) -> None:
        """Say how to."""
        super().__init__("Sign in at POST /api/auth/login, or send an API token as `Authorization: Bearer shp_...`.")


class PortTakenError(ShopdbError):
    """The server cannot listen where it was told to."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        """Say where and why."""
        super().__init__(
            f"The server cannot listen on {host}:{port} ({reason}). Is one running already? SHOPDB_PORT chooses another port."
        )


class UnknownBlueprintError(ShopdbError):
    """A core blueprint is named that the server does not have."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name what there is."""
        super().__init__(f"shopdb.server.blueprints exports no {name!r}; it exports {', '.join(sorted(known))}.")


class RequestRefusedError(ShopdbError):
    """A part of a request is not what it must be."""

    def __init__(self, part: str, reason: str) -> None:
        """Name the part and what it must be."""
        super().__init__(f"{part} {reason}.")


class UnknownParameterError(ShopdbError):
    """A query parameter was sent that this address does not know."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name the nearest, or all that there are."""
        super().__init__(f"There is no parameter {name[:40]!r} here; try {', '.join(known) or 'none'}.")


class NoOwnHistoryError(ShopdbError):
    """The history was asked for of a record that belongs to another."""

    def __init__(self, resource: str, owner: str) -> None:
        """Say where it stands."""
        super().__init__(f"What happened to a record of {resource} stands in the history of its {owner}.")


class WrongMediaTypeError(ShopdbError):
    """A body says that it is something else than what is taken here."""

    def __init__(self, told: str, wanted: str) -> None:
        """Say what would do."""
        super().__init__(f"The Content-Type is {told[:60] or 'missing'!r}; send {wanted}.")


class CsrfTokenMissingError(ShopdbError):
    """A request is signed in by a cookie alone, which a page of another site could make a browser send."""

    def __init__(self) -> None:
        """Say what a browser has to add."""
        super().__init__("Send the value of the cookie csrf_access_token as the header X-CSRF-TOKEN too.")


class BodyTooLargeError(ShopdbError):
    """A request's body, as received or unpacked, passes its cap."""

    def __init__(self, limit: int, *, unpacked: bool) -> None:
        """Say which cap, in MB, and whether the received or the unpacked size passes it."""
        self.limit = limit
        size = "unpacks to" if unpacked else "is"
        super().__init__(
            f"The body {size} more than {limit / 2**20:g} MB, which is the limit; send it in smaller parts."
        )


class BodyIncompleteError(ShopdbError):
    """Less of a body arrived than its Content-Length announced."""

    def __init__(self, announced: int, received: int) -> None:
        """Say how many bytes came of how many."""
        super().__init__(f"Only {received} of {announced} announced bytes of the body arrived; send it again.")


class BodyUnreadableError(ShopdbError):
    """A packed body does not unpack to its end."""

    def __init__(self, packing: str, problem: str) -> None:
        """Say how it seems to be packed and where that fails."""
        super().__init__(f"The body is not whole {packing} data: {problem}.")


class UnknownEncodingError(ShopdbError):
    """A Content-Encoding was named that nobody here unpacks."""

    def __init__(self, encoding: str, known: Iterable[str]) -> None:
        """Name the encodings that would do."""
        super().__init__(f"Content-Encoding {encoding!r} is not unpacked here; send {', '.join(known)} or none.")


class JsonRefusedError(ShopdbError):
    """A body is not JSON that everybody would read alike."""


class JsonMalformedError(JsonRefusedError):
    """A body is not JSON at all, or not in UTF-8."""

    def __init__(self, problem: str) -> None:
        """Say what is wrong and where."""
        super().__init__(f"The body is not JSON in UTF-8: {problem}.")


class JsonDuplicateKeyError(JsonRefusedError):
    """An object names a member twice, so that readers would disagree about its value."""

    def __init__(self, key: str) -> None:
        """Name the member."""
        self.key = key
        super().__init__(f"An object of the body has the member {key!r} more than once; keep one of them.")


class JsonTooDeepError(JsonRefusedError):
    """Lists and objects are nested deeper than any payload needs."""

    def __init__(self, limit: int) -> None:
        """Say how deep is allowed."""
        super().__init__(f"The body nests lists and objects deeper than {limit}, which is the limit.")


class JsonTooManyValuesError(JsonRefusedError):
    """A body holds more values than memory should be spent on."""

    def __init__(self, limit: int) -> None:
        """Say how many are allowed."""
        super().__init__(f"The body may hold more than {limit} values, which is the limit; send it in smaller parts.")


class JsonNumberTooLargeError(JsonRefusedError):
    """A number is larger than any column holds."""

    def __init__(self, number: float) -> None:
        """Show the number."""
        super().__init__(f"The number {number:.6g} in the body lies beyond 2^63; send what is no quantity as text.")


class AgentMessageRefusedError(ShopdbError):
    """What an inventory agent sent cannot be taken in."""


class AgentMessageUnreadableError(AgentMessageRefusedError):
    """A body is not the XML that inventory agents speak."""

    def __init__(self, problem: str) -> None:
        """Say what is wrong and where."""
        super().__init__(f"The body is not an inventory agent's XML: {problem}.")


class AgentMessageTooLargeError(AgentMessageRefusedError):
    """An agent's XML has more elements, or nests them deeper, than any inventory."""

    def __init__(self, measure: str, limit: int) -> None:
        """Say what passes which limit."""
        super().__init__(f"The agent's message has more than {limit} {measure}, which is the limit.")


class AgentMessageIncompleteError(AgentMessageRefusedError):
    """An agent's message lacks what it would be told apart by."""

    def __init__(self, query: str, missing: str) -> None:
        """Say what is missing from which message."""
        super().__init__(f"The agent's {query} message lacks {missing}; nothing of it was taken in.")


class UnknownAgentQueryError(AgentMessageRefusedError):
    """An agent asks for something other than taking in what it found."""

    def __init__(self, query: str, known: Iterable[str]) -> None:
        """Name the queries that are answered."""
        super().__init__(f"The agent's query {query!r} is not answered here; these are: {', '.join(known)}.")


class GlpiJsonRefusedError(AgentMessageRefusedError):
    """A GLPI agent speaks JSON although its first contact is answered in XML."""

    def __init__(self, action: str) -> None:
        """Say which action, and what keeps the agent on XML."""
        super().__init__(
            f"GLPI's JSON protocol (action {action!r}) is not spoken here. Point the agent's `server` "
            "straight at this address: its first contact is answered in XML, and on XML it stays."
        )


# --- collect --------------------------------------------------------------------------------------------


class ProbeFailedError(ShopdbError):
    """A program or file of this machine did not tell what it was asked."""

    def __init__(self, asked: str, reason: str) -> None:
        """Say what was asked and what it said instead."""
        super().__init__(f"{asked}: {reason}")


class PlatformUnknownError(ShopdbError):
    """Nobody taught the collector this operating system."""

    def __init__(self, platform: str, known: Iterable[str]) -> None:
        """Name it, and those that are known."""
        super().__init__(
            f"The collector cannot read {platform}, only {', '.join(known)}; "
            "point another agent at /api/collector/agent (docs/COLLECTORS.md)."
        )


class CollectorTokenError(ShopdbError):
    """There is no token that a collector could send; the message never holds it."""

    def __init__(self, reason: str) -> None:
        """Say what is wrong with it and where it comes from."""
        super().__init__(
            f"SHOPDB_COLLECTOR_TOKEN {reason}; make one on the server's host with "
            "`shopdb token create NAME --scope collector:computers` and set it in the environment or .env."
        )


class ServerAddressError(ShopdbError):
    """The server's address cannot be used; it is not repeated, as a password may stand in it."""

    def __init__(self, reason: str) -> None:
        """Say what is wrong with it."""
        super().__init__(f"The server's address {reason}; write it like http://127.0.0.1:8420 or https://shop.example.")


class CollectorBusyError(ShopdbError):
    """Another collector of this home is at work."""

    def __init__(self, folder: object) -> None:
        """Name the spool that it holds."""
        super().__init__(f"Another `shopdb collect` is at work on the spool {folder}; try again when it is done.")


class SpoolError(ShopdbError):
    """The folder where pushes wait for the server cannot take one."""

    def __init__(self, folder: object, reason: str) -> None:
        """Say which folder and why."""
        super().__init__(f"The spool {folder} cannot be used: {reason}. Mend that or set SHOPDB_HOME, then collect again.")


class PushKeptError(ShopdbError):
    """The server took no push in; it waits in the spool."""

    def __init__(self, server: str, reason: str, folder: object) -> None:
        """Say what the server did, and that nothing is lost."""
        super().__init__(f"{server} {reason}. The push is kept in {folder} and is sent by the next `shopdb collect`.")


class PushRefusedError(ShopdbError):
    """The server read a push and will not have it."""

    def __init__(self, server: str, reasons: Sequence[str], kept: object) -> None:
        """Say why, and where the push lies now."""
        super().__init__(
            f"{server} refused the push: {'; '.join(reasons)}. It lies in {kept}, with the reason beside it."
        )


# --- cli ------------------------------------------------------------------------------------------------


class NoTerminalError(ShopdbError):
    """The terminal program was started where there is no terminal."""

    def __init__(self) -> None:
        """Say what works without one."""
        super().__init__(
            "The terminal program needs a terminal; `shopdb q` prints records, `shopdb serve` answers over HTTP."
        )


class ForeignServerError(ShopdbError):
    """Where this site's server should be, something else answers."""

    def __init__(self, address: str) -> None:
        """Say where, and how to make room."""
        super().__init__(
            f"{address} answers, but not as this site's server; stop what runs there, or choose another SHOPDB_PORT."
        )


class ServerStoppedError(ShopdbError):
    """The server beside this command ended, or did not begin to answer."""

    def __init__(self, reason: str, log: Path | None) -> None:
        """Say how it ended and where it said why."""
        where = f"{log} says why" if log else "the lines above say why"
        super().__init__(f"The server {reason}; {where}.")


# --- tui ------------------------------------------------------------------------------------------------
