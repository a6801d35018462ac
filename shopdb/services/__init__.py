"""The use cases of the shop: each takes a session first, checks, writes, and never commits."""
