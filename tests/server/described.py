"""Holding every answer against the OpenAPI document that the server gives of itself."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

VARIABLE = re.compile(r"\{(\w+)\}")


class Described:
    """One server's document, asked whether an answer is what it says."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._templates = sorted(document["paths"], key=lambda path: path.count("{"))
        self._patterns = {path: re.compile(VARIABLE.sub("[1-9][0-9]*", path)) for path in self._templates}
        self._validators: dict[tuple[str, str, str, str], Any] = {}

    def assert_true(self, method: str, path: str, answer: Any) -> None:
        """Fail if the document has this operation and says nothing of such an answer."""
        operation = self._operation(method, path)
        if operation is None:
            return
        template, described = operation
        status, kind = str(answer.status_code), answer.mimetype
        place = f"{method} {template} -> {status} {kind}"
        assert status in described["responses"], f"{place} is not described"
        content = described["responses"][status].get("content")
        if content is None or method == "HEAD":
            assert not answer.data, place
            return
        assert kind in content, place
        if kind == "application/json":
            validator = self._validator(template, method, status, content[kind]["schema"])
            problems = [error.message for error in validator.iter_errors(answer.json)]
            assert problems == [], (place, problems[:3])

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        asked = path.partition("?")[0]
        for template in self._templates:
            if self._patterns[template].fullmatch(asked):
                described = self._document["paths"][template].get(method.lower())
                return None if described is None else (template, described)
        return None

    def _validator(self, template: str, method: str, status: str, schema: dict[str, Any]) -> Any:
        key = (template, method, status, "")
        if key not in self._validators:
            whole = {**schema, "components": self._document["components"]}
            self._validators[key] = jsonschema_rs.validator_for(whole, validate_formats=True)
        return self._validators[key]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield method and path template of everything that the document describes."""
    for path, methods in document["paths"].items():
        for method in methods:
            yield method.upper(), path
