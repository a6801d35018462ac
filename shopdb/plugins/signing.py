"""Signs the hashes of a plugin's files with Ed25519 (RFC 8032), and keeps the key that does so in a file.

Every start of shopdb passes here on its way to the archives: the library is loaded by whoever signs or verifies.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from base64 import b32encode, b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from shopdb.exceptions import KeyFileError, KeyFileOpenError, PublicKeyRefusedError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = 32
SIGNATURE_BYTES = 64
LARGEST_KEY_FILE = 16 * 1024
_FINGERPRINT_BYTES = 10  # 80 bits: four groups that people compare, and nobody finds a second key for
_BINARY: int = getattr(os, "O_BINARY", 0)  # Windows alone tells bytes from text


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, and what came of it: a public key and a signature, both in base64."""

    key: str
    value: str


def new_key(path: Path) -> str:
    """Write a new private key to a file that is not there yet, for its owner alone; return the public key.

    Raises `KeyFileError` if the file is there or cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = Ed25519PrivateKey.generate()
    written = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
    except FileExistsError as there:
        raise KeyFileError(path, "is there already and is never written over; choose another name") from there
    except OSError as refused:
        raise KeyFileError(path, f"cannot be written ({refused.strerror})") from refused
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(written)
            file.flush()
            os.fsync(descriptor)
    except OSError as refused:
        path.unlink(missing_ok=True)
        raise KeyFileError(path, f"cannot be written ({refused.strerror})") from refused
    return public_key(private)


def load_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key in a file.

    Raises `KeyFileOpenError` if others may read the file, and `KeyFileError` if there is no such key in it.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            written = file.read(LARGEST_KEY_FILE)
    except OSError as refused:
        raise KeyFileError(path, f"cannot be read ({refused.strerror})") from refused
    if sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileOpenError(path, stat.S_IMODE(mode))
    try:
        private = load_pem_private_key(written, password=None)
    except TypeError:
        raise KeyFileError(path, "has a passphrase, which shopdb does not ask for") from None
    except (ValueError, UnsupportedAlgorithm):
        # What the library says of the file could repeat some of it.
        raise KeyFileError(path, "holds no private key in PEM") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFileError(path, "holds a private key that is not Ed25519")
    return private


def public_key(private: Ed25519PrivateKey) -> str:
    """Return the public half of a key, as base64."""
    return b64encode(private.public_key().public_bytes_raw()).decode()


def checked_key(text: str) -> str:
    """Return a public key as it was given, without spaces around it; raises `PublicKeyRefusedError` if it is none."""
    key = text.strip()
    if _decoded(key, KEY_BYTES) is None:
        raise PublicKeyRefusedError
    return key


def fingerprint(key: str) -> str:
    """Return a short name of a public key for people to compare: VK7X-2LQA-J4SP-D3MB."""
    digest = sha256(b64decode(checked_key(key))).digest()
    letters = b32encode(digest[:_FINGERPRINT_BYTES]).decode()
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def sign(hashes: Mapping[str, str], private: Ed25519PrivateKey) -> Signature:
    """Return the key's signature over the hashes of a plugin's files."""
    return Signature(public_key(private), b64encode(private.sign(canonical(hashes))).decode())


def verify(hashes: Mapping[str, str], signature: Signature) -> bool:
    """Tell whether the signature is its key's, over just these hashes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key, value = _decoded(signature.key, KEY_BYTES), _decoded(signature.value, SIGNATURE_BYTES)
    if key is None or value is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(value, canonical(hashes))
    except (InvalidSignature, ValueError):
        return False
    return True


def canonical(hashes: Mapping[str, str]) -> bytes:
    """Return what is signed: one JSON object, ASCII alone, members by name, no spaces."""
    return json.dumps(dict(hashes), ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def _decoded(text: str, size: int) -> bytes | None:
    """Return the bytes in base64, or None unless they are of this size and could be written in no other way."""
    try:
        decoded = b64decode(text, validate=True)
    except ValueError:
        return None
    return decoded if len(decoded) == size and b64encode(decoded).decode() == text else None
