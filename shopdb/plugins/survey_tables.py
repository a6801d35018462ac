"""The tables, records and migrations that a plugin's source describes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from shopdb.plugins.survey_source import API, Source, Sources, argument, cut, shown

MIXED_IN = {
    "Numbered": {"id": "BigId", "version": "int"},
    "Versioned": {"version": "int"},
}
_COLUMNS = frozenset({"mapped_column", "Column"})


@dataclass(frozen=True, slots=True)
class Described:
    """One field of a described record type."""

    name: str
    is_searched: bool


def tables(sources: Sources) -> dict[str, Mapping[str, str]]:
    """Return the columns of each table by name, with their types as they are written."""
    found: dict[str, Mapping[str, str]] = {
        name: dict(_columns(model, source, sources)) for name, model, source in _models(sources)
    }
    for source in sources.described:
        for call in source.nodes(ast.Call):
            if source.full_name(call.func) in ("sqlalchemy.Table", "sqlalchemy.schema.Table"):
                columns = (one for one in call.args if isinstance(one, ast.Call) and _makes_a_column(one, source))
                named = ((_named("", one, source, sources), _type("", one)) for one in columns)
                found.setdefault(sources.text(argument(call, 0, "name"), source), dict(named))
    return found


def resources(sources: Sources) -> dict[str, tuple[Described, ...]]:
    """Return the described record types by name, each with its fields; a name is that of the model's table."""
    named = {model.name: name for name, model, _ in _models(sources)}
    found: dict[str, tuple[Described, ...]] = {}
    for source in sources.described:
        for call in source.calls("describe"):
            model = argument(call, 0, "model")
            if model is not None:
                name = named.get(source.full_name(model).rpartition(".")[2], shown(model))
                found[name] = tuple(_fields(argument(call, len(call.args), "fields"), source, sources))
    return found


def searched(sources: Sources, described: Mapping[str, tuple[Described, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the fields that the global search looks in, by resource, as far as the source names them."""
    found = {name: {one.name: None for one in fields if one.is_searched} for name, fields in described.items()}
    for source in sources.described:
        for resource, weights in _returned(source, "get_searchable_fields", sources):
            if isinstance(weights, ast.Dict):
                names = (sources.text(key, source) for key in weights.keys if key is not None)
                found.setdefault(resource, {}).update(dict.fromkeys(names))
    return {resource: tuple(names) for resource, names in found.items() if names}


def services(sources: Sources) -> tuple[str, ...]:
    """Return the names of the functions that other plugins may ask for."""
    return tuple(name for source in sources.described for name, _ in _returned(source, "get_services", sources))


def revisions(sources: Sources) -> tuple[tuple[str, str], ...]:
    """Return the id and the title of each step of the migrations, in the order of their files."""
    found = []
    for source in sources.loaded:
        if source.is_revision and "revision" in source.assigned:
            title = (ast.get_docstring(source.tree) or PurePosixPath(source.path).stem).splitlines()[0]
            found.append((sources.text(source.assigned["revision"], source), cut(title)))
    return tuple(found)


def _models(sources: Sources) -> Iterator[tuple[str, ast.ClassDef, Source]]:
    for source in sources.described:
        for model in source.nodes(ast.ClassDef):
            name = next((value for target, value in _class_body(model) if target == "__tablename__"), None)
            if name is not None:
                yield sources.text(name, source), model, source


def _class_body(model: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for statement in model.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(value := getattr(statement, "value", None), ast.expr):
                yield target.id, value


def _columns(model: ast.ClassDef, source: Source, sources: Sources) -> Iterator[tuple[str, str]]:
    for base in model.bases:
        yield from MIXED_IN.get(source.full_name(base).removeprefix(f"{API}."), {}).items()
    for statement in model.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name, kind, value = statement.target.id, _mapped(statement.annotation), statement.value
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name, kind, value = statement.targets[0].id, "", statement.value
        else:
            continue
        call = value if isinstance(value, ast.Call) else None
        if (kind and value is None) or (call is not None and _makes_a_column(call, source)):
            yield _named(name, call, source, sources), _type(kind, call)


def _makes_a_column(call: ast.Call, source: Source) -> bool:
    return source.full_name(call.func).rpartition(".")[2] in _COLUMNS


def _named(name: str, call: ast.Call | None, source: Source, sources: Sources) -> str:
    """Return the name that a column has in the database: another than its attribute's if one is given first."""
    first = sources.value(call.args[0], source) if call and call.args else None
    return cut(first) if isinstance(first, str) else name


def _type(kind: str, call: ast.Call | None) -> str:
    given = [shown(one) for one in call.args if not isinstance(one, ast.Constant)] if call else []
    return cut(", ".join([kind, *given] if kind else given) or "unknown")


def _mapped(annotation: ast.expr) -> str:
    """Return what stands in ``Mapped[...]``; "" for other annotations, which are no columns."""
    if isinstance(annotation, ast.Subscript) and shown(annotation.value).rpartition(".")[2] == "Mapped":
        return shown(annotation.slice)
    return ""


def _fields(given: ast.expr | None, source: Source, sources: Sources) -> Iterator[Described]:
    for node in ast.walk(given) if given is not None else ():
        if isinstance(node, ast.Call) and source.full_name(node.func) in (f"{API}.Field", "Field"):
            is_searched = sources.value(argument(node, 4, "searched"), source) is True
            yield Described(sources.text(argument(node, 0, "name"), source), is_searched)


def _returned(source: Source, hook: str, sources: Sources) -> Iterator[tuple[str, ast.expr]]:
    """Yield the keys and values of the mapping that a hook returns, as far as it is written out."""
    for function in source.nodes(ast.FunctionDef):
        if function.name != hook:
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
                for key, value in zip(node.value.keys, node.value.values, strict=True):
                    if key is not None:
                        yield sources.text(key, source), value
