"""A plugin's Python files as syntax trees, for the survey: read, never run, whatever is in them."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from shopdb.plugins.rules import fault

LARGEST_SOURCE = 1_000_000
LARGEST_SOURCES = 3_000_000
LONGEST_TEXT = 200
LONGEST_EXPRESSION = 400
DEEPEST = 20
TESTS = "tests"
API = "shopdb.api"
# What Python's parser raises for sources that are wrong, too deep, too large, or in no encoding that it knows.
UNREADABLE = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError)


@dataclass(frozen=True, slots=True)
class Imported:
    """One imported name: of which module, ``level`` folders up, under which ``local`` name."""

    module: str
    name: str
    local: str
    level: int
    line: int


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its tree, what it imports, and the names that it assigns outside of functions."""

    path: str
    tree: ast.Module
    all_nodes: tuple[ast.AST, ...] = field(repr=False)
    imports: tuple[Imported, ...]
    assigned: Mapping[str, ast.expr]
    full_names: Mapping[str, str] = field(repr=False)

    @property
    def is_test(self) -> bool:
        """Whether only pytest runs it."""
        return PurePosixPath(self.path).parts[0] == TESTS

    @property
    def is_revision(self) -> bool:
        """Whether it is a step of a migration."""
        return PurePosixPath(self.path).parts[:-1] == ("migrations", "versions")

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[Any]:
        """Yield the nodes of these kinds, as they are written."""
        return (node for node in self.all_nodes if isinstance(node, kinds))

    def full_name(self, node: ast.expr) -> str:
        """Return a dotted name with its import written out ("shopdb.api.Field"); "" for anything else."""
        root, parts = _dotted(node)
        return ".".join([self.full_names.get(root, root), *parts]) if root else ""

    def imported_name(self, node: ast.expr) -> str:
        """Return the `full_name` of what comes from outside of the plugin; "" for anything else."""
        root, parts = _dotted(node)
        full = self.full_names.get(root, "")
        return "" if not full or full.startswith(".") else ".".join([full, *parts])

    def calls(self, name: str) -> Iterator[ast.Call]:
        """Yield the calls of something in shopdb's API."""
        for call in self.nodes(ast.Call):
            if self.full_name(call.func) in (f"{API}.{name}", name):
                yield call


@dataclass(frozen=True, slots=True)
class Sources:
    """Every file of a plugin that could be read, and why others could not."""

    files: Mapping[str, Source]
    problems: tuple[str, ...]

    @property
    def loaded(self) -> tuple[Source, ...]:
        """The files that shopdb may run: all but the tests."""
        return tuple(source for source in self.files.values() if not source.is_test)

    @property
    def described(self) -> tuple[Source, ...]:
        """The files in which a plugin says what it brings: neither tests nor revisions."""
        return tuple(source for source in self.loaded if not source.is_revision)

    def text(self, node: ast.expr | None, source: Source) -> str:
        """Return the text that an expression is; what only running it could tell is shown as it is written."""
        value = self.value(node, source)
        if isinstance(value, str):
            return cut(value)
        return "" if node is None else shown(node)

    def value(self, node: ast.expr | None, source: Source, depth: int = 0) -> Any:
        """Return a constant, also one that has a name here or in another file; None if it is none."""
        if isinstance(node, ast.Constant):
            return node.value
        if not isinstance(node, ast.Name) or depth > DEEPEST:
            return None
        if node.id in source.assigned:
            return self.value(source.assigned[node.id], source, depth + 1)
        found = next((one for one in source.imports if one.local == node.id and one.level), None)
        other = self.file_of(source, found) if found else None
        if found is None or other is None:
            return None
        return self.value(ast.Name(found.name), other, depth + 1)

    def file_of(self, source: Source, found: Imported) -> Source | None:
        """Return the plugin's file that a relative import names."""
        place = within(source.path, found)
        if place is None:
            return None
        return self.files.get(f"{place}.py") or self.files.get(f"{place}/__init__.py".removeprefix("/"))


def read_sources(files: Mapping[str, bytes]) -> Sources:
    """Return the Python files among a plugin's files."""
    read: dict[str, Source] = {}
    problems: list[str] = []
    size = 0
    for path, raw in sorted(files.items()):
        if not path.endswith(".py"):
            continue
        size += len(raw)
        try:
            read[path] = _read(path, raw, is_too_much=len(raw) > LARGEST_SOURCE or size > LARGEST_SOURCES)
        except UNREADABLE as unreadable:
            problems.append(fault("P009", f"{path} cannot be read ({_reason(unreadable)})"))
    return Sources(read, tuple(problems))


def within(path: str, found: Imported) -> str | None:
    """Return where in the plugin a relative import leads, without a suffix; None if it leads out of it."""
    folders = PurePosixPath(path).parts[:-1]
    if found.level > len(folders) + 1:
        return None
    kept = folders[: len(folders) + 1 - found.level]
    return "/".join((*kept, *(found.module.split(".") if found.module else ())))


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """Return an argument of a call, given by position or by name; None if it is not given."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if position < len(call.args) and not any(isinstance(one, ast.Starred) for one in call.args[: position + 1]):
        return call.args[position]
    return None


def shown(node: ast.AST) -> str:
    """Return an expression as it is written, in one line and not longer than people read."""
    lines = getattr(node, "end_lineno", 0) - getattr(node, "lineno", 0)
    width = getattr(node, "end_col_offset", 0) - getattr(node, "col_offset", 0)
    if lines > DEEPEST or (not lines and width > LONGEST_EXPRESSION):
        return "…"
    try:
        return cut(" ".join(ast.unparse(node).split()))
    except UNREADABLE:
        return "…"


def cut(text: str) -> str:
    """Return a text not longer than people read, in characters that can be written."""
    text = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
    return text.encode("utf-8", "replace").decode()


def place(source: Source, node: Any) -> str:
    """Return where something stands."""
    return f"{source.path} line {node.lineno}"


def _dotted(node: ast.expr) -> tuple[str, list[str]]:
    """Return the name that a dotted name begins with, and the rest; "" if it is none, or too long for one."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < DEEPEST:
        parts.append(node.attr)
        node = node.value
    return (node.id, parts[::-1]) if isinstance(node, ast.Name) else ("", [])


def _read(path: str, raw: bytes, *, is_too_much: bool) -> Source:
    if is_too_much:
        message = f"a file may have {LARGEST_SOURCE:,} bytes, and all of them {LARGEST_SOURCES:,}"
        raise ValueError(message)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd escapes and the like, which would be written over the terminal
        tree = ast.parse(raw, path)
    nodes = tuple(sorted(ast.walk(tree), key=lambda node: getattr(node, "lineno", 0)))
    imports = tuple(_imports(nodes))
    full_names = {one.local: _full_name(one) for one in imports}
    return Source(path, tree, nodes, imports, dict(_assigned(tree)), full_names)


def _imports(nodes: Iterable[ast.AST]) -> Iterator[Imported]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for one in node.names:
                yield Imported(one.name, "", one.asname or one.name.partition(".")[0], 0, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            for one in node.names:
                yield Imported(node.module or "", one.name, one.asname or one.name, node.level, node.lineno)


def _full_name(found: Imported) -> str:
    if found.name:
        return f"{'.' * found.level}{found.module}.{found.name}"
    return found.module if found.local != found.module.partition(".")[0] else found.local


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and statement.value is not None:
                yield target.id, statement.value


def _reason(unreadable: BaseException) -> str:
    if isinstance(unreadable, SyntaxError):
        return cut(f"line {unreadable.lineno}: {unreadable.msg}" if unreadable.lineno else str(unreadable.msg))
    if isinstance(unreadable, RecursionError | MemoryError):
        return "it is nested too deeply"
    return cut(str(unreadable))
