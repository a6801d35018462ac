"""Column types that mean the same on SQLite, MariaDB and MySQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import (
    BINARY,
    BigInteger,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

DIGEST_BYTES = 32

BigId = BigInteger().with_variant(Integer, "sqlite")
"""Ids: SQLite counts only INTEGER primary keys up by itself."""

Digest = LargeBinary(DIGEST_BYTES).with_variant(BINARY(DIGEST_BYTES), "mysql", "mariadb")
"""SHA-256 as bytes: text digests compare equal to other cases, trailing blanks and the number 0 in MariaDB."""

Prose = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
"""Long text, up to 16 MB in bytes."""

Blob = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
"""Bytes of a size that the caller bounds."""


def line(length: int = 255) -> String:
    """Return a one-line text type that ignores case when it compares and sorts, on either engine."""
    return String(length).with_variant(String(length, collation="NOCASE"), "sqlite")


class Code(String):
    """ASCII text of which every character counts."""


def code(length: int) -> Code:
    """Return a text type for tokens, digests in text and other codes: every character counts."""
    return Code(length).with_variant(String(length, collation="ascii_bin"), "mysql", "mariadb")


class Moment(TypeDecorator[datetime]):
    """A moment in UTC to the microsecond; naive values are refused, so that no zone is ever guessed."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Ask MariaDB and MySQL for microseconds, which they do not keep by default."""
        return dialect.type_descriptor(mysql.DATETIME(fsp=6) if dialect.name in ("mysql", "mariadb") else DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment as the database keeps it: UTC without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a moment needs a time zone"
            raise ValueError(message)
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment aware of its zone."""
        return None if value is None else value.replace(tzinfo=UTC)


class Document(TypeDecorator[Any]):
    """A JSON document kept as text: the engines' own JSON types reorder members and differ in their functions."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Ask MariaDB and MySQL for more than 64 kB."""
        return dialect.type_descriptor(mysql.LONGTEXT() if dialect.name in ("mysql", "mariadb") else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the text; None stays NULL."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return the document."""
        return None if value is None else orjson.loads(value)
