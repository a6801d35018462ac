"""Errors of the command line."""

from __future__ import annotations

from pathlib import Path

from shopdb.exceptions.base import ShopdbError


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
