"""What an author does with a plugin's folder: makes one file of it, and signs that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from shopdb.plugins import signing
from shopdb.plugins.archive import archive_of, packed_folder
from shopdb.plugins.archive_names import SIGNATURE
from shopdb.plugins.archive_seal import signature_file
from shopdb.plugins.archive_writing import zipped
from shopdb.plugins.manifest import PluginMeta

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def pack(folder: Path) -> bytes:
    """Return the archive of a plugin's folder with the hashes of its files; the same content is the same bytes.

    Hidden files and what Python caches are left out, and so is an older signature. Raises `ArchiveRefusedError` with
    all that would keep the archive from being installed.
    """
    return packed_folder(folder, sealed=False).raw


def packed_name(meta: PluginMeta) -> str:
    """Return what the file of a packed plugin is called: gauges-1.2.0.zip."""
    return f"{meta.name}-{Version(meta.version)}.zip"


def sign(raw: bytes, private: Ed25519PrivateKey) -> bytes:
    """Return the archive with the key's signature, in place of an older one; raises as `archive_of`."""
    archive = archive_of(raw)
    signature = signing.sign(archive.hashes, private)
    return zipped(archive.name, {**archive.files, SIGNATURE: signature_file(signature)})
