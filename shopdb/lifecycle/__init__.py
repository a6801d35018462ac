"""The life of a plugin over an opened shop: tried, installed, switched on and off, upgraded, taken back, removed.

Knows neither Flask nor Textual: whatever must be tried with them is tried in a process of its own.
"""
