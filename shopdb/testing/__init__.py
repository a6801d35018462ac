"""Fixtures of pytest for the tests of plugins: a shop, a client and a pilot of their own."""
