"""Fixtures of the tests of the use cases."""

from tests.gauges import gauge_shop

__all__ = ["gauge_shop"]
