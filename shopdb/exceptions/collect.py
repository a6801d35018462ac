"""Errors of the program that observes its own host."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shopdb.exceptions.base import ShopdbError


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
        super().__init__(
            f"The spool {folder} cannot be used: {reason}. Mend that or set SHOPDB_HOME, then collect again."
        )


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
