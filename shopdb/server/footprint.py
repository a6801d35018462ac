"""What a plugin adds to the whole application: it takes nothing's place, and fails alone.

A plugin gets the application itself, as Flask's extensions do. What it registers for everybody's requests runs in its
own name: if it raises or takes too long, the request goes on as if it were not there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from flask import Response, has_request_context, request
from werkzeug.exceptions import HTTPException
from werkzeug.utils import cached_property as made_when_asked

from shopdb.exceptions import PluginBusyError, PluginContractError, ShopdbError
from shopdb.plugins.containment import reason_of
from shopdb.plugins.rules import fault
from shopdb.server.application import Application
from shopdb.server.errors import status_of
from shopdb.server.front import HEALTH

LOG = logging.getLogger(__name__)
Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One sort of functions that Flask calls: what they are called to an author, and what is so without them.

    ``also_own``: those for the plugin's own requests fail alone, too. ``may_refuse``: an answer of theirs stands.
    """

    name: str
    otherwise: Function
    also_own: bool = False
    may_refuse: bool = False


def _nothing(*_given: Any) -> None:
    return None


def _as_given(response: Response) -> Response:
    return response


KINDS = {
    "url_value_preprocessors": _Kind("url_value_preprocessor", _nothing),
    "url_default_functions": _Kind("url_defaults", _nothing),
    "before_request_funcs": _Kind("before_request", _nothing, may_refuse=True),
    "after_request_funcs": _Kind("after_request", _as_given, also_own=True),
    "teardown_request_funcs": _Kind("teardown_request", _nothing, also_own=True),
    "template_context_processors": _Kind("context_processor", dict),
}
"""By the attribute of the application that holds them, for each blueprint, and under None for all requests."""
APP_TEARDOWN = _Kind("teardown_appcontext", _nothing)


@contextmanager
def footprint(app: Application, plugin: str, blueprint: str) -> Iterator[None]:
    """Let a plugin register what it likes while the block lasts; what it adds fails alone from then on.

    Raises `PluginContractError` if something is not as it was.
    """
    before = _Before(app)
    yield
    problems = [fault("P083", f"it replaces {what}") for what in before.replaced(app, plugin)]
    if problems:
        raise PluginContractError(plugin, problems)
    app.owners.update(dict.fromkeys(app.view_functions.keys() - before.views.keys(), plugin))
    for attribute, kind in KINDS.items():
        for scope, functions in getattr(app, attribute).items():
            if kind.also_own or scope is None or scope in before.blueprints:
                _set_apart(functions, before.functions.get((attribute, scope), ()), kind, app, plugin)
    _set_apart(app.teardown_appcontext_funcs, before.app_teardown, APP_TEARDOWN, app, plugin)
    _keep_error_handlers(app, before, plugin, blueprint)


class _Before:
    """The application as it was before a plugin got hold of it."""

    def __init__(self, app: Application) -> None:
        self.attributes = dict(vars(app))
        self.config = dict(app.config)
        self.extensions = dict(app.extensions)
        self.converters = dict(app.url_map.converters)
        self.views = dict(app.view_functions)
        self.blueprints = dict(app.blueprints)
        self.rules = tuple(app.url_map.iter_rules())
        self.functions = {
            (attribute, scope): tuple(functions)
            for attribute in KINDS
            for scope, functions in getattr(app, attribute).items()
        }
        self.app_teardown = tuple(app.teardown_appcontext_funcs)
        self.error_handlers = {
            (scope, code, kind): handler
            for scope, codes in app.error_handler_spec.items()
            for code, handlers in codes.items()
            for kind, handler in handlers.items()
        }

    def replaced(self, app: Application, plugin: str) -> Iterator[str]:
        """Yield what is not as it was, apart from error handlers."""
        mappings: tuple[tuple[str, dict[Any, Any], Any], ...] = (
            ("app.config[{!r}]", self.config, app.config),
            ("app.extensions[{!r}]", self.extensions, app.extensions),
            ("the URL converter {!r}", self.converters, app.url_map.converters),
            ("the view {}", self.views, app.view_functions),
            ("the blueprint {}", self.blueprints, app.blueprints),
        )
        for what, former, current in mappings:
            yield from (what.format(key) for key, value in former.items() if current.get(key) is not value)
        for name, value in vars(app).items():
            if self.attributes[name] is not value if name in self.attributes else _is_overridden(name):
                yield f"app.{name}"
        for (attribute, scope), former_functions in self.functions.items():
            kept = set(map(id, getattr(app, attribute)[scope]))
            if any(id(function) not in kept for function in former_functions):
                yield f"a {KINDS[attribute].name} that is not its own"
        known_rules = set(map(id, self.rules))
        for rule in app.url_map.iter_rules():
            if id(rule) not in known_rules and not _is_free(rule.rule, plugin):
                yield f"the path {rule.rule}; its paths begin with /api/{plugin}/"


def _is_overridden(name: str) -> bool:
    """Whether an attribute of the application itself hides one of its class that is no value made when asked for."""
    former = getattr(Application, name, None)
    return former is not None and not isinstance(former, cached_property | made_when_asked)


def _is_free(path: str, plugin: str) -> bool:
    return path.startswith(f"/api/{plugin}/") or path == f"/api/{plugin}"


def _set_apart(
    functions: list[Function], former: tuple[Function, ...], kind: _Kind, app: Application, plugin: str
) -> None:
    known = set(map(id, former))
    functions[:] = [one if id(one) in known else _alone(one, kind, app, plugin) for one in functions]


def _alone(function: Function, kind: _Kind, app: Application, plugin: str) -> Function:
    """Return a function that does what the plugin's does, or what is so without it."""
    doing = f"its {kind.name}"

    def contained(*given: Any) -> Any:
        if has_request_context() and _is_health(request.path):
            return kind.otherwise(*given)  # whoever asks whether the server is alive asks not for a plugin
        try:
            with app.visits.inside(plugin, doing):
                return _fitting(app.ensure_sync(function)(*given), kind, app)
        except PluginBusyError:
            return kind.otherwise(*given)
        except BaseException as failure:
            if kind.may_refuse and _is_refusal(failure):
                raise
            if app.visits.failed(plugin, f"{doing}: {reason_of(failure)}"):
                LOG.exception("plugin %s: %s failed; the request goes on without", plugin, doing)
            return kind.otherwise(*given)

    return contained


def _is_health(path: str) -> bool:
    return path == HEALTH or path.startswith(f"{HEALTH}/")


def _fitting(answer: Any, kind: _Kind, app: Application) -> Any:
    """Return what a function answered; raises a TypeError if Flask could do nothing with it."""
    if kind.may_refuse:
        return None if answer is None else app.make_response(answer)
    if kind.otherwise is _as_given and not isinstance(answer, Response):
        raise TypeError(f"returned {type(answer).__name__}, not the response")
    return answer


def _is_refusal(failure: BaseException) -> bool:
    """Whether somebody means to refuse a request, as opposed to failing."""
    if isinstance(failure, HTTPException):
        return (failure.code or 0) < HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(failure, ShopdbError) and status_of(failure) < HTTPStatus.INTERNAL_SERVER_ERROR


def _keep_error_handlers(app: Application, before: _Before, plugin: str, blueprint: str) -> None:
    """Give the plugin's error handlers its own requests, and leave those of others to whom they were with."""
    spec = app.error_handler_spec
    for scope in [scope for scope in spec if scope is None or scope in before.blueprints]:
        for code, handlers in spec[scope].items():
            for kind, handler in list(handlers.items()):
                former = before.error_handlers.get((scope, code, kind))
                if former is handler:
                    continue
                LOG.warning("plugin %s: its handler of %s answers its own requests alone", plugin, kind.__name__)
                if former is None:
                    del handlers[kind]
                else:
                    handlers[kind] = former
                spec[blueprint][code].setdefault(kind, handler)
