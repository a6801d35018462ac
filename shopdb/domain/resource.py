"""What people can do with a record type: its fields, and the one gate that every door calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shopdb.domain.kinds import Kind, value_from_json
from shopdb.exceptions import RefusedValuesError, UnknownFieldError, ValueRefusedError

ObservedPolicy = Literal["manual", "collector", "newest"]
UNSORTABLE = frozenset({Kind.LONG_TEXT, Kind.LINKS, Kind.POSITION, Kind.JSON})
UNFILTERABLE = frozenset({Kind.POSITION, Kind.JSON})
BLANK: tuple[Any, ...] = (None, "", ())
Problems = dict[str, list[str]]
"""Why values are refused, by field name."""


@dataclass(frozen=True, slots=True)
class Field:
    """All about one field, in one place.

    What the mapped column already says (kind, length, precision, whether it may be empty, what it links to) is
    filled in by ``describe``; an author writes it only to narrow it, such as a text column that holds an IP address.

    ``path`` follows foreign keys from the record's table ("version.application.name") and is read-only.
    ``relation`` names a relationship type whose other ends a LINKS field shows; "~drives" is the inverse direction.
    ``words`` are integers that are no amounts, such as -2 for "unknown": people read and type the word, programs the
    number.
    ``observed`` says who wins when a collector sees another value than a person typed.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    listed: bool = False
    searched: bool = False
    editable: bool = True
    required: bool = False
    help: str = ""
    choices: tuple[str, ...] = ()
    target: str = ""
    path: str = ""
    relation: str = ""
    observed: ObservedPolicy = "manual"
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    largest: int | None = None
    words: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Resource:
    """How people meet one record type; made by ``describe``, never by hand.

    ``extends`` is the resource whose record this one completes (an asset's), sharing its id.
    ``parent`` names the LINK field that points at the owning record: such a resource is a tab of its owner.
    ``model`` is the mapped class, opaque to everybody but the store.
    """

    name: str
    title: str
    singular: str
    model: type[Any]
    fields: tuple[Field, ...]
    label_field: str
    key_field: str
    default_sort: str
    extends: Resource | None = None
    parent: str = ""
    plugin: str = "core"
    writable: bool = True
    fields_by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the fields by name."""
        object.__setattr__(self, "fields_by_name", {one.name: one for one in self.fields})

    def __hash__(self) -> int:
        """A resource is known by its name and model."""
        return hash((self.name, self.model))

    @property
    def listed_fields(self) -> tuple[Field, ...]:
        """The fields that a list shows, in order."""
        return tuple(one for one in self.fields if one.listed)

    @property
    def searched_fields(self) -> tuple[Field, ...]:
        """The fields in which free words are looked for."""
        return tuple(one for one in self.fields if one.searched)

    @property
    def edited_fields(self) -> tuple[Field, ...]:
        """The fields of the form, in order."""
        return tuple(one for one in self.fields if one.editable and self.writable)

    def field(self, name: str, use: str = "described") -> Field:
        """Return the field; `UnknownFieldError` names what there is."""
        try:
            return self.fields_by_name[name]
        except KeyError:
            raise UnknownFieldError(self.name, name, use, self.fields_by_name) from None

    def sort_field(self, name: str) -> Field:
        """Return the field if lists can be sorted by it."""
        found = self.fields_by_name.get(name)
        if found is None or found.kind in UNSORTABLE:
            sortable = [one.name for one in self.fields if one.kind not in UNSORTABLE]
            raise UnknownFieldError(self.name, name, "sorted", sortable)
        return found

    def filter_field(self, name: str) -> Field:
        """Return the field if lists can be filtered by it."""
        found = self.fields_by_name.get(name)
        if found is None or found.kind in UNFILTERABLE:
            filterable = [one.name for one in self.fields if one.kind not in UNFILTERABLE]
            raise UnknownFieldError(self.name, name, "filtered", filterable)
        return found

    def check(self, values: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
        """Return the values as they are saved, by field name; decoded values stay what they are.

        Raises `RefusedValuesError` naming every value that may not be saved, with all its reasons. A ``partial`` set
        may leave required fields out, but not blank.
        """
        checked, problems = self.sift(values, partial=partial)
        if problems:
            raise RefusedValuesError(self.name, problems)
        return checked

    def sift(self, values: Mapping[str, Any], *, partial: bool = False) -> tuple[dict[str, Any], Problems]:
        """Return the values that may be saved, as they are saved, and why the others may not; as `check` does."""
        checked: dict[str, Any] = {}
        problems: Problems = {}
        for name, raw in values.items():
            found = self.fields_by_name.get(name)
            if found is None:
                problems[name] = [f"is not a field of {self.name}"]
            elif not found.editable:
                problems[name] = ["is read-only"]
            else:
                try:
                    checked[name] = value_from_json(raw, found)
                except ValueRefusedError as refused:
                    problems[name] = [refused.reason]
        for one in self.edited_fields:
            missing = not partial if one.name not in values else checked.get(one.name, "refused") in BLANK
            if one.required and missing:
                problems[one.name] = ["is required"]
        return {name: value for name, value in checked.items() if name not in problems}, problems
