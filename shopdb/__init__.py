"""shopdb: what stands in the shop, in a terminal and on the LAN."""

__version__ = "0.3.0"
__contract_version__ = "0.3.0"
