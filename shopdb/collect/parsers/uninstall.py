"""Installed programs, by the values that their uninstallers left in Windows' registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shopdb.collect.inventory import Software

UPDATES = frozenset({"Hotfix", "Security Update", "Service Pack", "Update", "Update Rollup"})


def software(entries: Iterable[Mapping[str, object]]) -> list[Software]:
    """The programs that Windows' own list of installed programs would show."""
    return [
        Software(
            name=_text(values, "DisplayName"),
            version=_text(values, "DisplayVersion"),
            publisher=_text(values, "Publisher"),
        )
        for values in entries
        if _is_program(values)
    ]


def _is_program(values: Mapping[str, object]) -> bool:
    """Parts of another program and updates of one are no program."""
    return bool(
        _text(values, "DisplayName")
        and values.get("SystemComponent") != 1
        and not values.get("ParentKeyName")
        and _text(values, "ReleaseType") not in UPDATES
    )


def _text(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""
