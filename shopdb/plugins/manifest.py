"""What a plugin says of itself in manifest.json, read without running a line of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from shopdb.exceptions import PluginContractError
from shopdb.plugins.rules import fault

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 64 * 1024
# Taken under /api, where a plugin's blueprint and resources are mounted.
CORE_PATHS = frozenset(
    {
        "auth",
        "batches",
        "changes",
        "collector",
        "files",
        "health",
        "held",
        "labels",
        "metrics",
        "openapi",
        "plugins",
        "search",
        "settings",
    }
)
# Taken as `shopdb <word>`, where a plugin's commands appear.
CORE_COMMANDS = frozenset(
    {
        "backup",
        "collect",
        "db",
        "demo",
        "doctor",
        "export",
        "history",
        "import",
        "init",
        "plugin",
        "q",
        "restore",
        "role",
        "run",
        "search",
        "serve",
        "show",
        "token",
        "undo",
        "upgrade",
        "user",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginMeta:
    """A plugin's identity, as its manifest gives it; ``dependencies`` map names to ranges of versions."""

    name: str
    version: str
    description: str
    core_version: str = ""
    dependencies: Mapping[str, str] = field(default_factory=dict, hash=False)
    author: str = ""
    homepage: str = ""
    icon: str = ""
    permissions: tuple[str, ...] = ()
    folder: Path = field(default=Path(), compare=False)

    @classmethod
    def beside(cls, file: str) -> PluginMeta:
        """Return what the manifest beside ``file`` says; `PluginContractError` names every fault."""
        folder = Path(file).resolve().parent
        manifest = read_manifest(folder)
        if manifest.meta is None:
            raise PluginContractError(folder.name, manifest.problems)
        return manifest.meta


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder's manifest says; without ``meta``, ``problems`` say why it says nothing."""

    meta: PluginMeta | None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a folder with all its problems; a member that nobody knows is a warning."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            raw = file.read(LARGEST_MANIFEST + 1)
    except FileNotFoundError:
        return _unreadable("is missing")
    except OSError as unreadable:
        return _unreadable(f"cannot be read ({unreadable})")
    return manifest_of(raw, folder)


def manifest_of(raw: bytes, folder: Path) -> Manifest:
    """Return the manifest that these bytes are, as that of the folder, which need not exist."""
    try:
        document = _object(raw)
    except ValueError as unreadable:
        return _unreadable(str(unreadable))
    problems = [fault("P002", one) for one in _schema_faults(document)]
    if not problems:
        problems = [*_name_faults(document["name"], folder.name), *_version_faults(document)]
    if problems:
        return Manifest(None, tuple(problems))
    unknown = sorted(set(document) - set(_schema()["properties"]))
    warnings = tuple(f"{MANIFEST} has a member {member!r} that shopdb does not know" for member in unknown)
    return Manifest(_meta(document, folder), (), warnings)


def dependency(text: str) -> tuple[str, str]:
    """Return the name and the range of a dependency; ValueError says why it is none."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement as refused:
        message = f"{text!r} is not a plugin's name with an optional range, such as network>=1.2"
        raise ValueError(message) from refused
    if requirement.extras or requirement.marker or requirement.url:
        message = f"{text!r} says more than a name and a range"
        raise ValueError(message)
    return requirement.name, str(requirement.specifier)


def _unreadable(reason: str) -> Manifest:
    return Manifest(None, (fault("P001", f"{MANIFEST} {reason}"),))


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > LARGEST_MANIFEST:
        message = f"is larger than {LARGEST_MANIFEST} bytes"
        raise ValueError(message)
    try:
        document = json.loads(raw.decode())
        # Half a character, which JSON can spell, is a text that no file, database or terminal takes.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as unreadable:
        message = f"cannot be read ({unreadable})"
        raise ValueError(message) from unreadable
    if not isinstance(document, dict):
        message = "is not one JSON object"
        raise ValueError(message)  # noqa: TRY004 the file is wrong, not a caller's type
    return document


@cache
def _schema() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(Path(__file__).with_name("manifest.schema.json").read_text("utf-8"))
    return document


def _schema_faults(document: Mapping[str, Any]) -> list[str]:
    errors = Draft202012Validator(_schema()).iter_errors(document)
    return [": ".join((*(str(step) for step in error.instance_path), error.message)) for error in errors]


def _name_faults(name: str, folder: str) -> list[str]:
    faults = []
    if name != folder:
        faults.append(fault("P003", f"the manifest says {name!r}, the folder is {folder!r}"))
    if name in CORE_PATHS | CORE_COMMANDS:
        faults.append(fault("P008", f"{name!r} is a name that core uses"))
    return faults


def _version_faults(document: Mapping[str, Any]) -> list[str]:
    faults = []
    try:
        Version(document["version"])
    except InvalidVersion:
        faults.append(fault("P004", f"{document['version']!r} is not a version such as 1.0.2"))
    try:
        SpecifierSet(document.get("core_version", ""))
    except InvalidSpecifier:
        faults.append(fault("P005", f"{document['core_version']!r} is not a range such as >=0.3,<0.4"))
    for text in document.get("dependencies", ()):
        try:
            dependency(text)
        except ValueError as refused:
            faults.append(fault("P006", str(refused)))
    return faults


def _meta(document: Mapping[str, Any], folder: Path) -> PluginMeta:
    return PluginMeta(
        name=document["name"],
        version=document["version"],
        description=document["description"],
        core_version=document.get("core_version", ""),
        dependencies=dict(dependency(text) for text in document.get("dependencies", ())),
        author=document.get("author", ""),
        homepage=document.get("homepage", ""),
        icon=document.get("icon", ""),
        permissions=tuple(document.get("permissions", ())),
        folder=folder,
    )
