"""Letting go of plugins whose code is not used any more, so that nothing of it stays in this process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable

from sqlalchemy import Engine

from shopdb.plugins.importing import forget_plugin
from shopdb.plugins.registry import Registry


def let_go(engine: Engine, former: Registry, current: Registry, *others: Registry) -> tuple[str, ...]:
    """Forget the code of every plugin that neither ``current`` nor the others use; return what each leaves running.

    To be called when nothing works with ``former`` any more: mapped classes stop working, modules are dropped.
    """
    left: list[str] = []
    modules = set()
    used = {type(plugin).__module__ for registry in (current, *others) for plugin in registry.plugins.values()}
    for name, plugin in former.plugins.items():
        module = type(plugin).__module__
        if module in used:
            continue
        for model in former.contributions[name].models:
            model.registry.dispose()
        modules.add(module)
        running = threads_of(module)
        if running:
            left.append(f"{name} leaves {len(running)} threads running ({', '.join(running)}) until this program ends")
    if modules:
        # Compiled statements name the tables and classes that they were made of.
        engine.clear_compiled_cache()
        for module in modules:
            forget_plugin(module)
    return tuple(left)


def threads_of(module: str) -> list[str]:
    """Return the names of the threads that run code of a plugin, given any module of it."""
    package = module.rpartition(".")[0]
    frames = sys._current_frames()  # noqa: SLF001 the only way to see what a thread runs
    return sorted(
        thread.name
        for thread in threading.enumerate()
        if thread is not threading.current_thread() and thread.ident in frames and _runs(frames[thread.ident], package)
    )


def _runs(frame: object, package: str) -> bool:
    return any(str(name).startswith(package) for name in _modules(frame))


def _modules(frame: object) -> Iterable[object]:
    while frame is not None:
        yield getattr(frame, "f_globals", {}).get("__name__", "")
        frame = getattr(frame, "f_back", None)
