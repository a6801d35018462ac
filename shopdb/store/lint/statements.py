"""What a statement in plain SQL does: the table that it writes to, and whether something is gone afterwards."""

from __future__ import annotations

import re

_NOISE = re.compile(r"'(?:[^'\\]|''|\\.)*'|--[^\n]*|#[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r"(?:IF (?:NOT )?EXISTS )?[`\"\[]?(\w+)"
_DEFINES = re.compile(r"(?:ALTER|CREATE|DROP|RENAME|TRUNCATE)\b", re.IGNORECASE)
_WRITES = re.compile(r"(?:DELETE|INSERT|REPLACE|UPDATE|WITH)\b", re.IGNORECASE)
_TARGETS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^CREATE\b(?: \w+)* (?:INDEX|TRIGGER)\b.*? ON {_NAME}",
        rf"\b(?:INSERT|REPLACE)\b.*?\bINTO {_NAME}",
        rf"\bDELETE FROM {_NAME}",
        rf"\b(?:CREATE|DROP|ALTER|TRUNCATE|RENAME)\b(?: \w+)*? TABLE {_NAME}",
        rf"\bTRUNCATE {_NAME}",
        rf"\bUPDATE (?:OR \w+ )?{_NAME}",
    )
)
_LOSES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bDROP (?:TEMPORARY )?(?:TABLE|DATABASE|SCHEMA)\b",
        r"\bTRUNCATE\b",
        r"\bDELETE (?:\w+ )*?FROM\b",
        r"^REPLACE\b|\bINSERT OR REPLACE\b|\bCREATE OR REPLACE TABLE\b",
        r"^ALTER TABLE\b.*?\bDROP (?!INDEX|KEY|CONSTRAINT|FOREIGN|PRIMARY|CHECK|DEFAULT)",
        r"^ALTER TABLE\b.*?\b(?:MODIFY|CHANGE)\b",
        r"^ALTER TABLE\b.*?\bRENAME COLUMN\b",
        r"^UPDATE\b(?!.*\bWHERE\b)",
    )
)
_RENAMES = re.compile(r"^RENAME TABLE\b|^ALTER TABLE \S+ RENAME (?!COLUMN|INDEX|KEY)", re.IGNORECASE)


def changes(statement: str) -> bool:
    """Whether the statement changes rows or tables, and not only reads or sets how the session works."""
    return defines(statement) or _WRITES.match(_bare(statement)) is not None


def defines(statement: str) -> bool:
    """Whether the statement changes tables, for which MariaDB and MySQL commit all that went before it."""
    return _DEFINES.match(_bare(statement)) is not None


def target(statement: str) -> str:
    """Return the table that the statement writes to, "" for none."""
    for pattern in _TARGETS:
        if found := pattern.search(_bare(statement)):
            return found[1]
    return ""


def inserts(statement: str) -> bool:
    """Whether the statement adds rows."""
    return _bare(statement).upper().startswith(("INSERT", "REPLACE", "WITH"))


def renames(statement: str) -> bool:
    """Whether a table has another name afterwards."""
    return _RENAMES.search(_bare(statement)) is not None


def loses(statement: str) -> bool:
    """Whether rows, columns or values that were there may be gone afterwards.

    An UPDATE without WHERE overwrites what was written before it was cut off and run again.
    """
    bare = _bare(statement)
    if bare.upper().startswith(("CREATE TRIGGER", "CREATE DEFINER")):
        return False
    return any(pattern.search(bare) for pattern in _LOSES)


def shown(statement: str) -> str:
    """Return the beginning of the statement, on one line and without its values."""
    bare = _bare(statement)
    return f"{bare[:60]}..." if len(bare) > 60 else bare


def _bare(statement: str) -> str:
    """Return the statement on one line, without comments and quoted values."""
    return " ".join(_NOISE.sub(lambda found: "''" if found[0].startswith("'") else " ", statement).split())
