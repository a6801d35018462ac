"""What a backup says of itself: when and by what it was made, which tables with how many rows, and their digests."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from jsonschema_rs import Draft202012Validator

from shopdb.store.dump.shapes import ColumnShape, IndexShape, LinkShape, TableShape

FORMAT: Final = 1
Kind = Literal["site", "tables"]


@dataclass(frozen=True, slots=True)
class PluginFacts:
    """A plugin of the site; ``installed`` is false where only its data was kept. The digest is in hex, or empty."""

    name: str
    version: str
    enabled: bool
    installed: bool
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the maker of a file knows of it; ``about`` is free for more, in JSON's types."""

    kind: Kind
    made_at: datetime
    application: str
    contract: str
    site: str
    engine: str = ""
    revisions: Mapping[str, str] = field(default_factory=dict)
    plugins: tuple[PluginFacts, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contents:
    """A table of the file: its shape, and the number, size and SHA-256 of its lines."""

    shape: TableShape
    rows: int
    size: int
    sha256: str

    @property
    def member(self) -> str:
        """The name of its lines within the file."""
        return f"tables/{self.shape.name}.ndjson"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole of it."""

    facts: Facts
    tables: tuple[Contents, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        return {table.shape.name: table.rows for table in self.tables}


def written(manifest: Manifest) -> bytes:
    """Return the document."""
    facts = dataclasses.asdict(manifest.facts)
    about = facts.pop("about")
    facts["made_at"] = manifest.facts.made_at.isoformat()
    tables = [
        {**dataclasses.asdict(table.shape), "rows": table.rows, "bytes": table.size, "sha256": table.sha256}
        for table in manifest.tables
    ]
    document = {"format": FORMAT, **facts, "facts": about, "tables": tables}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def read(raw: bytes) -> Manifest:
    """Return the manifest that these bytes are; ValueError says why they are none."""
    document = json.loads(raw)
    newer = document.get("format") if isinstance(document, dict) else None
    if isinstance(newer, int) and newer > FORMAT:
        message = f"its format {newer} is of a newer shopdb, this one reads {FORMAT}"
        raise ValueError(message)
    fault = next(Draft202012Validator(_schema()).iter_errors(document), None)
    if fault is not None:
        place = "/".join(str(step) for step in fault.instance_path)
        message = f"its manifest is wrong at {place or 'the top'}"
        raise ValueError(message)
    tables = tuple(_contents(one) for one in document["tables"])
    names = [table.shape.name for table in tables]
    if len(set(names)) < len(names):
        message = "its manifest names a table twice"
        raise ValueError(message)
    return Manifest(_facts(document), tables)


def _facts(document: Mapping[str, Any]) -> Facts:
    return Facts(
        kind=document["kind"],
        made_at=datetime.fromisoformat(document["made_at"]),
        application=document["application"],
        contract=document["contract"],
        site=document["site"],
        engine=document["engine"],
        revisions=document["revisions"],
        plugins=tuple(PluginFacts(**one) for one in document["plugins"]),
        about=document["facts"],
    )


def _contents(one: Mapping[str, Any]) -> Contents:
    shape = TableShape(
        one["name"],
        tuple(ColumnShape(**column) for column in one["columns"]),
        tuple(one["key"]),
        tuple(IndexShape(index["name"], tuple(index["columns"]), index["unique"]) for index in one["indexes"]),
        tuple(_link(link) for link in one["links"]),
        one["next_id"],
    )
    if len(set(shape.names)) < len(shape.names):
        message = f"its manifest names a column of {shape.name} twice"
        raise ValueError(message)
    return Contents(shape, one["rows"], one["bytes"], one["sha256"])


def _link(link: Mapping[str, Any]) -> LinkShape:
    return LinkShape(tuple(link["columns"]), link["table"], tuple(link["targets"]), link["on_delete"])


@cache
def _schema() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(Path(__file__).with_name("manifest.schema.json").read_text("utf-8"))
    return document
