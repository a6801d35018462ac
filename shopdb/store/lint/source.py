"""What the file of a revision says before it is run: what it imports, whether it leads back, and what it waives."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from re import compile as pattern
from typing import Any, Final, Literal

from shopdb.store.lint.rules import RULES
from shopdb.store.revisions import CORE, Owner, Revision, assigned

WayBack = Literal["there", "empty", "refused", "missing"]

LINT: Final = "lint"
ROLLBACK: Final = "rollback"
EXPANDED_IN: Final = "expanded_in"
_ID = pattern(r"\d{4}_[a-z0-9_]+")
# What a revision may take: names of types and operations. Models, their bases and everything else move on.
_CORE_MODULES: Final = frozenset({"shopdb.store.operations", "shopdb.store.types"})
_API_NAMES: Final = frozenset(
    {"BigId", "Blob", "Digest", "Document", "Moment", "Prose", "TABLE_OPTIONS", "code", "line", "operations", "utc_now"}
)
_API: Final = "shopdb.api"


@dataclass(frozen=True, slots=True)
class Waivers:
    """The rules that a revision breaks on purpose, with its reasons; ``problems`` are those of what it says."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    rollback: str = ""
    expanded_in: str = ""
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """The file of one revision: findings are pairs of a rule and what breaks it."""

    path: Path
    findings: tuple[tuple[str, str], ...]
    way_back: WayBack
    waivers: Waivers
    asks_which_engine: bool


def sources(owner: Owner, line: Sequence[Revision]) -> Mapping[str, Source]:
    """Return the file of each revision of an owner's history, which `history` has read as this straight line."""
    trees: dict[str, tuple[Path, ast.Module]] = {}
    for path in (owner.script_location / "versions").absolute().glob("*.py"):
        tree = ast.parse(path.read_bytes(), path.name)
        trees[ast.literal_eval(dict(assigned(tree))["revision"])] = path, tree
    ids = [revision.id for revision in line]
    return {id: _source(owner, *trees[id], ids[:number]) for number, id in enumerate(ids)}


def _source(owner: Owner, path: Path, tree: ast.Module, earlier: Collection[str]) -> Source:
    named = dict(assigned(tree))
    revision = ast.literal_eval(named["revision"])
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return Source(
        path=path,
        findings=(*_id_problems(revision), *_import_problems(owner, tree)),
        way_back=_way_back(tree),
        waivers=_waivers(named, earlier),
        asks_which_engine="is_sqlite" in attributes,
    )


def _id_problems(revision: str) -> Iterator[tuple[str, str]]:
    if not _ID.fullmatch(revision):
        yield "M002", f"{revision!r} is not an id such as 0002_colour"


def _import_problems(owner: Owner, tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = f"{'.' * node.level}{node.module or ''}"
            wanted = [(module, alias.name) for alias in node.names]
        else:
            continue
        for module, name in wanted:
            told = f"line {node.lineno} imports {f'{name} from ' if name else ''}{module}"
            if module.partition(".")[0] == "alembic":
                yield "M004", f"{told}; `from {_operations(owner)} import operations as op` has what it needs"
            elif not _is_lasting(owner, module, name):
                yield "M003", told


def _operations(owner: Owner) -> str:
    return "shopdb.store" if owner.name == CORE else _API


def _is_lasting(owner: Owner, module: str, name: str) -> bool:
    top = module.partition(".")[0]
    if top == "sqlalchemy" or top in sys.stdlib_module_names:
        return True
    if owner.name == CORE:
        return module in _CORE_MODULES or f"{module}.{name}" in _CORE_MODULES
    return module == f"{_API}.operations" or (module == _API and name in _API_NAMES)


def _way_back(tree: ast.Module) -> WayBack:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "downgrade":
            body = [one for one in node.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
            if body and isinstance(body[0], ast.Raise):
                return "refused"
            return "empty" if all(isinstance(one, ast.Pass) for one in body) else "there"
    return "missing"


def _waivers(named: Mapping[str, ast.expr], earlier: Collection[str]) -> Waivers:
    problems: list[tuple[str, str]] = []
    reasons = _literal(named, LINT, {}, problems)
    rollback, expanded_in = (_literal(named, name, "", problems) for name in (ROLLBACK, EXPANDED_IN))
    if not isinstance(reasons, dict) or not all(isinstance(one, str) for pair in reasons.items() for one in pair):
        problems.append(("M041", f"{LINT} is not a mapping of rules to reasons, such as {{'M012': 'why'}}"))
        reasons = {}
    for rule, reason in reasons.items():
        if rule not in RULES:
            problems.append(("M041", f"there is no rule {rule!r}"))
        elif not RULES[rule].waivable:
            problems.append(("M041", f"{rule} cannot be waived"))
        elif not reason.strip():
            problems.append(("M041", f"{rule} is waived without a reason"))
    destructive = sorted(rule for rule in reasons if rule in RULES and RULES[rule].destructive)
    if destructive:
        if not rollback.strip():
            problems.append(("M042", f"{', '.join(destructive)} is waived, and {ROLLBACK} says no way back"))
        if expanded_in not in earlier:
            known = f"{expanded_in!r} is no earlier revision" if expanded_in else f"{EXPANDED_IN} names no revision"
            problems.append(("M042", f"{', '.join(destructive)} is waived, and {known}"))
    elif rollback or expanded_in:
        problems.append(("M040", f"{ROLLBACK} and {EXPANDED_IN} belong to a waiver of what is lost; there is none"))
    return Waivers(reasons, rollback, expanded_in, tuple(problems))


def _literal(named: Mapping[str, ast.expr], name: str, without: Any, problems: list[tuple[str, str]]) -> Any:
    if name not in named:
        return without
    try:
        value = ast.literal_eval(named[name])
    except ValueError:
        problems.append(("M041", f"{name} is worked out; it must be written as it is"))
        return without
    if not isinstance(value, type(without)):
        problems.append(("M041", f"{name} is not a {type(without).__name__}"))
        return without
    return value
