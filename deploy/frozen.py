"""Runs in the bundle before shopdb does: programs of the host that it starts get the host's own libraries."""

import os

# The bundle's start puts its folder here, for itself, and keeps what was there before.
BEFORE = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
os.environ.pop("LD_LIBRARY_PATH", None)
if BEFORE is not None:
    os.environ["LD_LIBRARY_PATH"] = BEFORE
