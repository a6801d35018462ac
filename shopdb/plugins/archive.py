"""A plugin as one file: read whole into memory, held to every rule at once, and never written anywhere.

Whether the plugin suits this site (its contract, its dependencies, who signed it) is for others to say.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from shopdb.exceptions import ArchiveRefusedError
from shopdb.plugins.archive_entries import unpacked
from shopdb.plugins.archive_folder import folder_contents, read_bounded
from shopdb.plugins.archive_names import HASHES, below, name_problems, root_of
from shopdb.plugins.archive_rules import LARGEST_PACKED, fault, summed
from shopdb.plugins.archive_seal import hashes_file, hashes_of, read_seal
from shopdb.plugins.archive_writing import zipped
from shopdb.plugins.importing import digest_of
from shopdb.plugins.manifest import MANIFEST, PluginMeta, manifest_of
from shopdb.plugins.signing import Signature

PLUGIN_FILE = "plugin.py"
_CODES = {"P001": "A050", "P003": "A051"}  # what a fault of the manifest is here; any other is A052
_BYTES = "an archive in memory"


@dataclass(frozen=True, slots=True)
class Archive:
    """A plugin that breaks no rule of archives; ``raw`` is the zip.

    ``files`` are all that belong into the installed folder, by path: also .shopdb/hashes.json, written here if the
    archive came without, and .shopdb/signature.json if it is signed. ``hashes`` are the SHA-256 of each other file.
    ``digest`` is what `content_digest` returns for the folder, ``archive_sha256`` that of the zip. A ``signature``
    was verified; whether its key is trusted was not asked.
    """

    name: str
    meta: PluginMeta
    files: Mapping[str, bytes] = field(repr=False, hash=False)
    hashes: Mapping[str, str] = field(repr=False, hash=False)
    digest: bytes
    archive_sha256: str
    signature: Signature | None
    raw: bytes = field(repr=False)


def read_archive(path: Path) -> Archive:
    """Return the plugin in a zip, or in a folder, which is packed in memory first.

    Raises `ArchiveRefusedError` with every rule that is broken.
    """
    if path.is_dir():
        return packed_folder(path, sealed=True)
    try:
        raw = read_bounded(path, LARGEST_PACKED)
    except OSError as unreadable:
        told = fault("A001", f"it cannot be read ({unreadable.strerror or unreadable})")
        raise ArchiveRefusedError(str(path), [told]) from unreadable
    return archive_of(raw, str(path))


def archive_of(raw: bytes, where: str = _BYTES) -> Archive:
    """Return the plugin in the bytes of a zip, which an error calls ``where``; raises as `read_archive`."""
    if len(raw) > LARGEST_PACKED:
        raise ArchiveRefusedError(where, [fault("A002", f"it has more than {LARGEST_PACKED} bytes")])
    found = unpacked(raw)
    problems = [*found.problems, *name_problems(found.names)]
    root = root_of(found.names)
    if root is None:
        if not problems:
            problems.append(fault("A050", f"{MANIFEST} is missing: the archive is empty"))
        raise ArchiveRefusedError(where, summed(problems))
    files = below(root, found.files)
    paths = below(root, dict.fromkeys(found.names))
    hashes = hashes_of(files)
    meta, faults = _identity(root, files, paths)
    signature, differences = read_seal(files, hashes, paths.keys() - files.keys())
    problems += [*faults, *differences]
    if problems or meta is None:
        raise ArchiveRefusedError(where, summed(problems))
    return Archive(
        name=meta.name,
        meta=meta,
        files={HASHES: hashes_file(hashes)} | files,
        hashes=hashes,
        digest=digest_of({path: bytes.fromhex(one) for path, one in hashes.items()}),
        archive_sha256=sha256(raw).hexdigest(),
        signature=signature,
        raw=raw,
    )


def packed_folder(folder: Path, *, sealed: bool) -> Archive:
    """Return the plugin in a folder as an archive, with hashes of its own unless ``sealed`` keeps those that are there.

    A signature is kept or left out with them. Raises as `read_archive`.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 resolve() would name the folder that a link leads to
    found = folder_contents(folder, sealed=sealed)
    files = below(folder.name, found.files)
    if found.problems and not files:
        raise ArchiveRefusedError(str(folder), summed(found.problems))
    try:
        archive = archive_of(zipped(folder.name, {HASHES: hashes_file(hashes_of(files))} | files), str(folder))
    except ArchiveRefusedError as refused:
        raise ArchiveRefusedError(str(folder), summed([*found.problems, *refused.problems])) from refused
    if found.problems:
        raise ArchiveRefusedError(str(folder), summed(found.problems))
    return archive


def _identity(root: str, files: Mapping[str, bytes], paths: Container[str]) -> tuple[PluginMeta | None, list[str]]:
    """Return what the manifest says, and what is wrong with it and with the file that every plugin has."""
    missing = [
        fault(code, f"{name} is missing")
        for code, name in (("A050", MANIFEST), ("A053", PLUGIN_FILE))
        if name not in paths
    ]
    if MANIFEST not in files:
        return None, missing
    manifest = manifest_of(files[MANIFEST], Path(root))
    faults = [fault(_CODES.get(one.partition(" ")[0], "A052"), f"in the manifest: {one}") for one in manifest.problems]
    return manifest.meta, [*missing, *faults]
