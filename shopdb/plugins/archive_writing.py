"""Writes a plugin's files as a zip: the same files are the same bytes, whoever packs them and when."""

from __future__ import annotations

import io
import stat
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_UNIX = 3  # ZipInfo would name the system that packs
_BEST = 9


def zipped(root: str, files: Mapping[str, bytes]) -> bytes:
    """Return a zip of the files by path, in a folder of the name ``root``."""
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for path in sorted(files):
            entry = ZipInfo(f"{root}/{path}", _FIRST_DAY)
            entry.create_system = _UNIX
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[path], ZIP_DEFLATED, _BEST)
    return packed.getvalue()
