"""Finding records by any piece of their text, on either engine, without reading the table.

Text is compared in a normal form: no case, no accents, nothing but letters and digits, so that "ws cmm1" finds
"WS-CMM1". Three characters or more go through a trigram index (FTS5 on SQLite, a full-text index over three-letter
words on MariaDB and MySQL); one or two match the beginning of a title.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, column, or_, select, table, text
from sqlalchemy.orm import Session

from shopdb.domain.resource import Resource
from shopdb.store.engine import is_mysql
from shopdb.store.models.assets import Asset
from shopdb.store.models.operation import SearchEntry
from shopdb.store.schema import key_column, root_table

GRAM = 3
RANKED_CANDIDATES = 400
LONGEST_TEXT = 4000
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
    """Return the distinct three-letter pieces of blank-separated normal texts, blank-separated."""
    pieces = {part[at : at + GRAM] for part in value.split() for at in range(len(part) - GRAM + 1)}
    return " ".join(sorted(pieces))


def is_indexed(resource: Resource) -> bool:
    """Whether the resource's records have entries of their own."""
    return bool(resource.searched_fields) and not resource.parent


def words_condition(session: Session, resource: Resource, words: Sequence[str]) -> ColumnElement[bool] | None:
    """Return the condition that a record's text holds every word; None if the index cannot tell."""
    wanted = [normal(word) for word in words]
    if not all(wanted) or not is_indexed(resource):
        return None
    root = root_table(resource)
    found = select(SearchEntry.record_id).where(SearchEntry.root == root.name, *_all_held(session, wanted))
    return key_column(root).in_(found)


def hits(session: Session, words: str, *, resources: Collection[str] | None = None, limit: int = 50) -> list[Hit]:
    """Return the best matches over all records, exact keys first; every word must be found.

    ``resources`` are those that may be seen, None for all. At most 400 candidates are ranked, so a common word
    gives good answers, not every answer.
    """
    wanted = [word for word in (normal(part) for part in words.split()) if word]
    whole = normal(words)
    if not whole:
        return []
    seen = [] if resources is None else [SearchEntry.resource.in_(resources)]
    entries = _entries(session, _candidates([*_all_held(session, wanted), *seen]).limit(RANKED_CANDIDATES))
    entries |= _entries(session, _candidates([_is_exactly(words, whole), *seen]).limit(limit))
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


def _entries(session: Session, statement: Select[Any]) -> dict[int, Any]:
    return {row.id: row for row in session.connection().execute(statement)}


def _is_exactly(typed: str, whole: str) -> ColumnElement[bool]:
    stripped = typed.strip()
    keyed = select(Asset.id).where(or_(Asset.asset_number == stripped, Asset.serial_number == stripped))
    return or_(
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
    long = [_holds(session, word) for word in words if len(word) >= GRAM]
    short = [word for word in words if len(word) < GRAM]
    if long:
        return [*long, *(SearchEntry.text.contains(word, autoescape=True) for word in short)]
    # No trigram narrows the search down, so only the beginning of a title can be looked up by an index.
    return [SearchEntry.title_key.startswith(word, autoescape=True) for word in short]


def _holds(session: Session, wanted: str) -> ColumnElement[bool]:
    if is_mysql(session.connection()):
        grams = " ".join(f"+{gram}" for gram in trigrams(wanted).split())
        matched = text("MATCH (search_entries.trigrams) AGAINST (:grams IN BOOLEAN MODE)").bindparams(grams=grams)
        return and_(matched.self_group(), SearchEntry.text.contains(wanted, autoescape=True))
    return SearchEntry.id.in_(select(_FTS.c.rowid).where(_FTS.c.search_fts.op("MATCH")(f'"{wanted}"')))
