"""What an author vouches for: the hash of every file, and a signature over the hashes.

Both lie in ``.shopdb/`` and stay in the installed folder, so that it can be said later which files were changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import Any

from shopdb.plugins.archive_names import HASHES, SIGNATURE
from shopdb.plugins.archive_rules import fault, shown
from shopdb.plugins.signing import Signature, verify

FORMAT = 1
_HASH = re.compile(r"[0-9a-f]{64}")


def hashes_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each file by path, in hexadecimal; hashes and signature themselves have none."""
    return {path: sha256(files[path]).hexdigest() for path in sorted(files) if path not in (HASHES, SIGNATURE)}


def hashes_file(hashes: Mapping[str, str]) -> bytes:
    """Return what ``.shopdb/hashes.json`` holds."""
    return _written({"format": FORMAT, "files": dict(hashes)})


def signature_file(signature: Signature) -> bytes:
    """Return what ``.shopdb/signature.json`` holds."""
    return _written({"format": FORMAT, "key": signature.key, "signature": signature.value})


def read_seal(
    files: Mapping[str, bytes], hashes: Mapping[str, str], unread: AbstractSet[str]
) -> tuple[Signature | None, list[str]]:
    """Return who signed the files, and all that is not as it was packed.

    ``hashes`` are what the files have now; of ``unread`` ones nothing is said, since they are refused already.
    """
    problems: list[str] = []
    vouched = hashes
    if HASHES in files:
        try:
            vouched = _vouched(files[HASHES])
        except ValueError as unreadable:
            return None, [fault("A060", f"{HASHES} {unreadable}")]
        problems += _differences(vouched, hashes, unread)
    if SIGNATURE not in files:
        return None, problems
    if HASHES not in files:
        return None, [fault("A060", f"{HASHES} is missing or damaged, and there is a signature")]
    try:
        signature = _signature(files[SIGNATURE])
    except ValueError as unreadable:
        return None, [*problems, fault("A064", f"{SIGNATURE} {unreadable}")]
    if not verify(vouched, signature):
        problems.append(fault("A065", f"the signature is not over these files by the key {shown(signature.key)}"))
    return signature, problems


def _differences(vouched: Mapping[str, str], hashes: Mapping[str, str], unread: AbstractSet[str]) -> Iterator[str]:
    for path in sorted((vouched.keys() | hashes.keys()) - unread):
        if path not in vouched:
            yield fault("A062", f"{shown(path)} was added after packing")
        elif path not in hashes:
            yield fault("A063", f"{shown(path)} was taken out after packing")
        elif vouched[path] != hashes[path]:
            yield fault("A061", f"{shown(path)} was changed after packing")


def _vouched(raw: bytes) -> dict[str, str]:
    files = _document(raw, {"files"})["files"]
    if not isinstance(files, dict) or not all(isinstance(one, str) and _HASH.fullmatch(one) for one in files.values()):
        message = "does not give each path a SHA-256 in hexadecimal"
        raise ValueError(message)
    return files


def _signature(raw: bytes) -> Signature:
    document = _document(raw, {"key", "signature"})
    key, value = document["key"], document["signature"]
    if not isinstance(key, str) or not isinstance(value, str):
        message = "has a key or a signature that is no text"
        raise ValueError(message)  # noqa: TRY004 the file is wrong, not a caller's type
    return Signature(key, value)


def _document(raw: bytes, members: set[str]) -> dict[str, Any]:
    """Return the one object of the known format in the file; ValueError says why it holds none."""
    try:
        document = json.loads(raw.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as unreadable:
        message = f"cannot be read ({unreadable})"
        raise ValueError(message) from unreadable
    if not isinstance(document, dict) or document.keys() != {"format", *members}:
        message = f"is not one object of format, {', '.join(sorted(members))}"
        raise ValueError(message)
    if document["format"] != FORMAT:
        message = f"is in the format {document['format']!r}, and this shopdb reads {FORMAT}"
        raise ValueError(message)
    return document


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, of which readers would differ about a member that is there twice."""
    named = dict(members)
    if len(named) < len(members):
        message = "a member is there twice"
        raise ValueError(message)
    return named


def _written(document: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(document, indent=1, sort_keys=True)}\n".encode()
