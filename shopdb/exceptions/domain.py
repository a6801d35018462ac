"""Errors about values, filters and descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from shopdb.exceptions.base import ShopdbError


class ValueRefusedError(ShopdbError):
    """One value does not fit its kind; the reason is a clause that can stand beside a field."""

    def __init__(self, reason: str) -> None:
        """Keep the reason alone, so that a door can put it beside the field."""
        self.reason = reason
        super().__init__(reason)


class RefusedValuesError(ShopdbError):
    """A record's values were refused; ``problems`` names every refused field with its reasons."""

    def __init__(self, resource: str, problems: Mapping[str, Sequence[str]]) -> None:
        """Join all problems into one message."""
        self.resource = resource
        self.problems = {name: tuple(reasons) for name, reasons in problems.items()}
        told = "; ".join(f"{name}: {', '.join(reasons)}" for name, reasons in self.problems.items())
        super().__init__(f"{resource}: {told}")


class UnknownFieldError(ShopdbError):
    """A field was named that the resource does not have, or not for this use."""

    def __init__(self, resource: str, name: str, use: str, known: Iterable[str]) -> None:
        """Name the nearest fields, or all that would do."""
        choices = sorted(known)
        near = _near(name, choices)
        super().__init__(f"{resource} cannot be {use} by {name}; try {', '.join(near)}.")


class FilterSyntaxError(ShopdbError):
    """A filter text cannot be read."""

    def __init__(self, text: str, column: int, reason: str) -> None:
        """Say where in the text, counted from 1."""
        self.column = column
        super().__init__(f"The filter stops at column {column} ({text[column - 1 : column + 20]!r}): {reason}.")


class UnknownResourceError(ShopdbError):
    """No record type bears this name in this shop."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name the nearest record types, or all."""
        choices = sorted(known)
        near = _near(name, choices)
        super().__init__(f"There is no resource {name!r}; try {', '.join(near)}.")


class ResourceDescriptionError(ShopdbError):
    """Descriptions of record types contradict their tables; every problem at once, each with its code."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Join the problems, one a line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class SchemaUnreadableError(ShopdbError):
    """A collector schema does not say what shopdb needs to take a push in."""

    def __init__(self, plugin: str, problems: Sequence[str]) -> None:
        """Join the problems."""
        self.problems = tuple(problems)
        super().__init__(f"The collector schema of {plugin} cannot be used: {'; '.join(self.problems)}.")


class ResourceReadOnlyError(ShopdbError):
    """Records of this type are not made or changed by hand."""

    def __init__(self, resource: str) -> None:
        """Name the record type."""
        super().__init__(f"{resource} cannot be created, changed or deleted here; the program keeps them by itself.")


class NotPermittedError(ShopdbError):
    """Somebody asked for what their role does not allow."""

    def __init__(self, actor: str, permission: str) -> None:
        """Say who and which permission is missing."""
        self.permission = permission
        super().__init__(f"{actor} lacks the permission {permission}; an admin can grant it to a role.")


def _near(name: str, choices: Sequence[str]) -> Sequence[str]:
    """Return what may have been meant: what begins alike or is spelt alike, else everything."""
    begun = [choice for choice in choices if choice.startswith(name)] if name else []
    return list(dict.fromkeys([*begun, *get_close_matches(name, choices, n=3)])) or choices
