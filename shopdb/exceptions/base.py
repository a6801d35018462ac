"""The base of every error that shopdb raises on purpose."""

from __future__ import annotations


class ShopdbError(Exception):
    """What a person can be told: where it happened, what is wrong, what to do now."""
