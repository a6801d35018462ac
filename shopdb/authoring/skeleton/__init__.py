"""A plugin to begin with: it does little, and all of it works."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from getpass import getuser
from pathlib import Path
from string import Template

from shopdb import __contract_version__
from shopdb.exceptions import NewPluginRefusedError
from shopdb.plugins.loader import bundled_folder, load
from shopdb.plugins.manifest import CORE_COMMANDS, CORE_PATHS
from shopdb.store.base import Base
from shopdb.store.core_resources import CORE_RESOURCES

TEMPLATES = Path(__file__).parent
SUFFIX = ".tmpl"
NAME = "NAME"
"""Stands in a file's name where the plugin's belongs; pytest must not meet two files of one name."""
SINGULARS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ss", "ss"), ("s", ""))
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def skeleton(name: str) -> Mapping[str, str]:
    """Return the files of a new plugin by their paths in its folder; raises `NewPluginRefusedError`."""
    if reasons := [*_reasons_against(name)]:
        raise NewPluginRefusedError(name, reasons)
    words = _words(name)
    templates = {path.relative_to(TEMPLATES).as_posix(): path for path in sorted(TEMPLATES.rglob(f"*{SUFFIX}"))}
    return {
        path.removesuffix(SUFFIX).replace(NAME, name): Template(template.read_text("utf-8")).substitute(words)
        for path, template in templates.items()
    }


def place(name: str, into: Path) -> Path:
    """Return the folder that a new plugin gets; raises `NewPluginRefusedError` where something is there."""
    folder = into / name
    if folder.exists() or folder.is_symlink():
        raise NewPluginRefusedError(name, [f"{folder} is there already, and nothing is written over"])
    return folder


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write the files into a folder that is not there yet; raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Half a plugin would be taken for a whole one.
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as waiting:
        whole = Path(waiting) / folder.name
        for path, text in files.items():
            (whole / path).parent.mkdir(parents=True, exist_ok=True)
            (whole / path).write_text(text, "utf-8", newline="\n")
        whole.rename(folder)


def _reasons_against(name: str) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield "a name is at most 40 of a-z, 0-9 and _, a letter first"
        return
    if name in CORE_PATHS | CORE_COMMANDS:
        yield "it is a word that core uses, in paths or as a command"
    if name in {*Base.metadata.tables, *(one.name for one in CORE_RESOURCES)}:
        yield "it is a table or record type of core"
    bundled = load([bundled_folder()], strict=False)
    for other in (*bundled.plugins, *bundled.left_out):
        if name == other:
            yield "it is a plugin that comes with shopdb"
        elif other in bundled.plugins and name in bundled.tables_of(other):
            yield f"it is a table of {other}, which comes with shopdb"


def _words(name: str) -> Mapping[str, str]:
    major, minor = (int(part) for part in __contract_version__.split(".")[:2])
    words = name.replace("_", " ").strip()
    ending, instead = next(((old, new) for old, new in SINGULARS if words.endswith(old) and words != old), ("", ""))
    singular = words.removesuffix(ending) + instead
    return {
        "name": name,
        "words": words,
        "title": words.capitalize(),
        "singular": singular.capitalize(),
        "kind": singular.title().replace(" ", ""),
        "plugin": words.title().replace(" ", ""),
        "constant": name.upper(),
        "contract": f">={major}.{minor},<{major}.{minor + 1}",
        "author": json.dumps(_author())[1:-1],
    }


def _author() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # the user of a container often has no name
        return "somebody"
