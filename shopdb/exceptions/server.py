"""Errors of requests and bodies."""

from __future__ import annotations

from collections.abc import Iterable

from shopdb.exceptions.base import ShopdbError


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
            f"The server cannot listen on {host}:{port} ({reason}). Is one running already? "
            "SHOPDB_PORT chooses another port."
        )


class PlainHttpError(ShopdbError):
    """A request came over the LAN without TLS, which production refuses."""

    def __init__(self, address: str) -> None:
        """Say who asked, and the two ways that are open."""
        super().__init__(
            f"{address} asked over plain HTTP, where passwords and tokens can be read on the way; use the https:// "
            "address (the proxy there must be in SHOPDB_TRUSTED_PROXY and send X-Forwarded-For and X-Forwarded-Proto), "
            "or write SHOPDB_PLAIN_HTTP=accepted."
        )


class UnknownBlueprintError(ShopdbError):
    """A core blueprint is named that the server does not have."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name what there is."""
        super().__init__(f"shopdb.server.blueprints exports no {name!r}; it exports {', '.join(sorted(known))}.")


class PluginBusyError(ShopdbError):
    """All threads that one plugin may take of the server are taken."""

    def __init__(self, plugin: str) -> None:
        """Name the plugin."""
        super().__init__(f"The plugin {plugin} is answering as many requests as it may at once; try again in a moment.")


class RequestEndedError(ShopdbError):
    """What answers a request tried to end the program."""

    def __init__(self, asked: str, reason: str) -> None:
        """Say what was asked for, and how it tried."""
        super().__init__(f"{asked} tried to end the program ({reason}).")


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
