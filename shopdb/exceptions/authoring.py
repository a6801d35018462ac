"""Errors of whoever writes a plugin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shopdb.exceptions.base import ShopdbError


class NoPluginAboveError(ShopdbError):
    """A test that asks for a shop is in no plugin's folder."""

    def __init__(self, test: Path) -> None:
        """Say where a plugin's tests are."""
        super().__init__(
            f"{test} belongs to no plugin: there is no manifest.json in a folder above it. "
            "A plugin's tests are in its folder, tests/test_*.py."
        )


class NewPluginRefusedError(ShopdbError):
    """A plugin cannot be begun; nothing was written."""

    def __init__(self, name: str, reasons: Sequence[str]) -> None:
        """Join the reasons, one a line."""
        super().__init__("\n  ".join((f"A plugin {name!r} cannot be begun:", *reasons)))
