"""Finding records by any piece of their text, on either engine, without reading the table.

Text is compared in a normal form: no case, no accents, nothing but letters and digits, so that "ws cmm1" finds
"WS-CMM1". Three characters or more go through a trigram index (FTS5 on SQLite, a full-text index over three-letter
words on MariaDB and MySQL); one or two match the beginning of a title, or anything beside a longer word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, column, select, table, union
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Session

from shopdb.domain.resource import Resource
from shopdb.store.engine import is_mysql
from shopdb.store.models.assets import Asset
from shopdb.store.models.operation import SearchEntry
from shopdb.store.schema import key_column, root_table, table_of

GRAM = 3
RANKED_CANDIDATES = 400
LONGEST_TEXT = 4000
LONGEST_QUERY = 200
MOST_GRAMS = 40
_NO_LETTER = {code: None for code in range(128) if not chr(code).isalnum()}
_FTS = table("search_fts", column("rowid"), column("search_fts"))


@dataclass(frozen=True, slots=True)
class Hit:
    """One record that the global search found; a higher ``score`` comes first."""

    resource: str
    id: int
    title: str
    detail: str
    score: int


def normal(value: str) -> str:
    """Return the text as it is compared: letters and digits only, without case and accents."""
    if value.isascii():
        return value.lower().translate(_NO_LETTER)
    decomposed = unicodedata.normalize("NFKD", value).casefold()
    return "".join(character for character in decomposed if character.isalnum())


def trigrams(value: str) -> str:
    """Return the distinct three-letter pieces of blank-separated normal texts as blank-separated words of an index."""
    pieces = {part[at : at + GRAM] for part in value.split() for at in range(len(part) - GRAM + 1)}
    return " ".join(sorted(_index_word(piece) for piece in pieces))


def _index_word(piece: str) -> str:
    # "the" and "www" are words that MariaDB and MySQL leave out of an index, unless each session that ever builds it
    # anew (a restored backup, an ALTER TABLE) says otherwise; no longer word is. And which characters are letters, and
    # which of them are equal, they know otherwise than Python.
    return f"g{piece}" if piece.isascii() else f"u{piece.encode('utf-16-be').hex()}"


def is_indexed(resource: Resource) -> bool:
    """Whether the resource's records have entries of their own."""
    return bool(resource.searched_fields) and not resource.parent


def words_condition(session: Session, resource: Resource, words: Sequence[str]) -> ColumnElement[bool] | None:
    """Return the condition that a record's text holds every word; None if the index cannot tell.

    Words without a letter or a digit are passed over beside others.
    """
    wanted = [found for found in map(normal, words) if found]
    if not wanted or not is_indexed(resource):
        return None
    root = root_table(resource)
    found = select(SearchEntry.record_id).where(SearchEntry.root == root.name, *_all_held(session, wanted))
    return key_column(root).in_(found)


def hits(session: Session, words: str, *, resources: Collection[str] | None = None, limit: int = 50) -> list[Hit]:
    """Return the best matches over all records, exact keys first; every word must be found.

    ``resources`` are those that may be seen, None for all. At most 400 candidates are ranked, so a common word
    gives good answers, not every answer.
    """
    typed = words[:LONGEST_QUERY].strip()
    wanted = [word for word in map(normal, typed.split()) if word]
    if not wanted:
        return []
    whole = "".join(wanted)
    seen = [] if resources is None else [SearchEntry.resource.in_(resources)]
    entries = _entries(session, _candidates([*_all_held(session, wanted), *seen]).limit(RANKED_CANDIDATES))
    entries |= _entries(session, union(*(_candidates([one, *seen]) for one in _exactly(typed, whole))).limit(limit))
    ranked = [
        Hit(entry.resource, entry.record_id, entry.title, entry.detail, _score(entry, whole))
        for entry in entries.values()
    ]
    return sorted(ranked, key=lambda hit: (-hit.score, hit.title.casefold(), hit.id))[:limit]


def _candidates(conditions: Iterable[ColumnElement[bool]]) -> Select[Any]:
    entry = SearchEntry
    shown: list[Any] = [
        entry.id,
        entry.resource,
        entry.record_id,
        entry.title,
        entry.detail,
        entry.title_key,
        entry.keys,
    ]
    return select(*shown).where(*conditions)


def _entries(session: Session, statement: Select[Any] | CompoundSelect[Any]) -> dict[int, Any]:
    return {row.id: row for row in session.connection().execute(statement)}


def _exactly(typed: str, whole: str) -> Sequence[ColumnElement[bool]]:
    """Return the conditions of entries that are called just so, each of which has an index."""
    keyed = union(
        select(Asset.id).where(Asset.asset_number == typed), select(Asset.id).where(Asset.serial_number == typed)
    )
    return (
        SearchEntry.title_key == whole,
        and_(SearchEntry.root == Asset.__tablename__, SearchEntry.record_id.in_(keyed)),
    )


def _score(entry: Any, whole: str) -> int:
    if f" {whole} " in f" {entry.exact_keys} ":
        return 100
    if entry.title_key == whole:
        return 90
    if entry.title_key.startswith(whole):
        return 50
    return 20 if whole in entry.title_key else 1


def _all_held(session: Session, words: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return the conditions that an entry holds all of these words in normal form."""
    long = [word for word in words if len(word) >= GRAM]
    short = [word for word in words if len(word) < GRAM]
    if not long:
        # No trigram narrows the search down, so only the beginning of a title can be looked up by an index.
        return [SearchEntry.title_key.startswith(word, autoescape=True) for word in short]
    if is_mysql(session.connection()):
        grams = " ".join(f"+{gram}" for gram in trigrams(" ".join(long)).split()[:MOST_GRAMS])
        indexed: ColumnElement[bool] = mysql.match(table_of(SearchEntry).c.trigrams, against=grams).in_boolean_mode()
        checked = words
    else:
        phrases = " ".join(f'"{word}"' for word in long)
        indexed = SearchEntry.id.in_(select(_FTS.c.rowid).where(_FTS.c.search_fts.op("MATCH")(phrases)))
        checked = short
    return [indexed, *(SearchEntry.text.contains(word, autoescape=True) for word in checked)]
