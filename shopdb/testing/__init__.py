"""Fixtures of pytest for the tests of plugins: a shop of their own, asked as people and programs ask it.

A plugin's ``tests/conftest.py`` says ``pytest_plugins = ["shopdb.testing"]``; docs/PLUGIN-HOOKS.md is the reference.
Nothing here asserts in pytest's way, so it may be imported before pytest loads it: PYTEST_DONT_REWRITE.
"""

from shopdb.testing.client import Answer, Client, Push
from shopdb.testing.shops import Command, Plugin, Shop
from shopdb.testing.terminal import Terminal

__all__ = ["Answer", "Client", "Command", "Plugin", "Push", "Shop", "Terminal"]

pytest_plugins = ["shopdb.testing.fixtures"]
