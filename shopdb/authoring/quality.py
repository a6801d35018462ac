"""What a good plugin has and no rule asks for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from shopdb import __contract_version__
from shopdb.plugins.archive import Archive
from shopdb.plugins.manifest import PluginMeta
from shopdb.plugins.survey_source import TESTS, UNREADABLE

FEWEST_WORDS = 3


def quality_hints(archive: Archive) -> Iterator[str]:
    """Yield what would make a plugin easier to know and to trust."""
    yield from _manifest_hints(archive.meta)
    if not any(PurePosixPath(path).stem.upper() == "README" for path in archive.files):
        yield "there is no README that says what it is for and what to do after installing it"
    if not tests_of(archive.files):
        yield "there are no tests: put them into tests/test_*.py, `shopdb.testing` has fixtures for them"
    for path in _silent_modules(archive.files):
        yield f"{path} has no docstring that says what is in it"


def tests_of(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the files of a plugin's own tests."""
    paths = map(PurePosixPath, files)
    return tuple(sorted(str(path) for path in paths if path.parts[0] == TESTS and path.match("test_*.py")))


def _manifest_hints(meta: PluginMeta) -> Iterator[str]:
    if not meta.core_version:
        major, minor = (int(part) for part in __contract_version__.split(".")[:2])
        span = f">={major}.{minor},<{major}.{minor + 1}"
        yield f'the manifest names no core_version, so that it counts as written for every contract: say "{span}"'
    if not meta.author:
        yield "the manifest names no author"
    if len(meta.description.split()) < FEWEST_WORDS:
        yield f"the description {meta.description!r} says little, and is all that people see of it in a list"


def _silent_modules(files: Mapping[str, bytes]) -> Iterator[str]:
    for path, raw in sorted(files.items()):
        if not path.endswith(".py") or path.startswith(f"{TESTS}/") or not raw.strip():
            continue
        try:
            tree = ast.parse(raw, path)
        except UNREADABLE:
            continue  # that is a fault already
        if ast.get_docstring(tree) is None:
            yield path
