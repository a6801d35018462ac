"""Finding records by any piece of their text, on either engine, without reading the table.

Text is compared in a normal form: no case, no accents, nothing but letters and digits, so that "ws cmm1" finds
"WS-CMM1". Three characters or more go through a trigram index (FTS5 on SQLite, a full-text index over three-letter
words on MariaDB and MySQL); one or two match the beginning of a title, or anything beside a longer word.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, column, select, table, union
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import InstrumentedAttribute, Session

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
_SHOWN: tuple[Any, ...] = (
    SearchEntry.id,
    SearchEntry.resource,
    SearchEntry.record_id,
    SearchEntry.title,
    SearchEntry.detail,
    SearchEntry.title_key,
    SearchEntry.keys,
)


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
    held = _entries_with(session, wanted, [SearchEntry.record_id])
    return key_column(root).in_(held.where(_unindexed(SearchEntry.root) == root.name))


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
    seen = [] if resources is None else [_unindexed(SearchEntry.resource).in_(resources)]
    held = _entries_with(session, wanted, _SHOWN).where(*seen).limit(RANKED_CANDIDATES)
    exact = union(*(select(*_SHOWN).where(one, *seen) for one in _exactly(typed, whole))).limit(limit)
    entries = {row.id: row for found in (held, exact) for row in session.connection().execute(found)}
    ranked = [
        Hit(entry.resource, entry.record_id, entry.title, entry.detail, _score(entry, whole))
        for entry in entries.values()
    ]
    return sorted(ranked, key=lambda hit: (-hit.score, hit.title.casefold(), hit.id))[:limit]


def _unindexed(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    # Few entries hold a word, and most are of the one root and of resources that everybody sees: an index on those,
    # which SQLite would take, means to read them all.
    return column.concat("")


def _exactly(typed: str, whole: str) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of entries that are called just so, each of which has an index."""
    yield SearchEntry.title_key == whole
    for key in (Asset.asset_number, Asset.serial_number):
        keyed = select(Asset.id).where(key == typed)
        yield and_(SearchEntry.root == Asset.__tablename__, SearchEntry.record_id.in_(keyed))


def _score(entry: Any, whole: str) -> int:
    if f" {whole} " in f" {entry.exact_keys} ":
        return 100
    if entry.title_key == whole:
        return 90
    if entry.title_key.startswith(whole):
        return 50
    return 20 if whole in entry.title_key else 1


def _entries_with(session: Session, words: Sequence[str], shown: Sequence[Any]) -> Select[Any]:
    """Return the select of entries that hold all of these words in normal form."""
    found = select(*shown)
    long = [word for word in words if len(word) >= GRAM]
    short = [word for word in words if len(word) < GRAM]
    if not long:
        # No trigram narrows the search down, so only the beginning of a title can be looked up by an index.
        return found.where(*(_begins(session, word) for word in short))
    if is_mysql(session.connection()):
        grams = " ".join(f"+{gram}" for gram in trigrams(" ".join(long)).split()[:MOST_GRAMS])
        found = found.where(mysql.match(table_of(SearchEntry).c.trigrams, against=grams).in_boolean_mode())
        return found.where(*(SearchEntry.text.contains(word, autoescape=True) for word in words))
    phrases = " ".join(f'"{word}"' for word in long)
    found = found.select_from(_FTS.join(table_of(SearchEntry), SearchEntry.id == _FTS.c.rowid))
    found = found.where(_FTS.c.search_fts.op("MATCH")(phrases))
    return found.where(*(SearchEntry.text.contains(word, autoescape=True) for word in short))


def _begins(session: Session, word: str) -> ColumnElement[bool]:
    if is_mysql(session.connection()):
        return SearchEntry.title_key.startswith(word, autoescape=True)
    # SQLite uses no index for a pattern that is a parameter.
    return and_(SearchEntry.title_key >= word, SearchEntry.title_key < f"{word}{chr(sys.maxunicode)}")
