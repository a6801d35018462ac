"""The server with the tried plugin in it: built as it is served, and asked."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, RequestRedirect, Rule

from shopdb.authoring.attempts import Attempts
from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM
from shopdb.exceptions import PluginContractError
from shopdb.plugins.registry import Registry
from shopdb.plugins.rules import fault
from shopdb.server.app import make_app
from shopdb.services import tokens

LOG = logging.getLogger("shopdb.server")
CORE_PAGES = ("/api/health", "/api/openapi.json")
GENERIC = "records."
LOUD = ("GET", "POST", "PUT", "PATCH", "DELETE")


class _Told(logging.Handler):
    """Keeps what the server tells its log alone: why it answers 500, and what it goes on without."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.reason: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self.reason = record.exc_info[1] if record.exc_info else None


@dataclass(frozen=True, slots=True)
class Served:
    """The application with the plugin in it, a token that may ask for all of it, and the plugin's own rules."""

    app: Flask
    token: str
    rules: tuple[Rule, ...]

    @property
    def routes(self) -> tuple[str, ...]:
        """The plugin's endpoints, as "GET /api/gauges/count"."""
        return tuple(f"{method} {rule.rule}" for rule in self.rules for method in _methods(rule))

    @property
    def askable(self) -> tuple[str, ...]:
        """The paths of the plugin's own that a GET can ask for without knowing anything."""
        paths = (rule.rule for rule in self.rules if "GET" in _methods(rule) and not rule.arguments)
        return tuple(dict.fromkeys(paths))


def served(attempts: Attempts, shop: Shop, without: Shop) -> Served:
    """Return the application of a shop; ``without`` is the same shop lacking the plugin.

    Raises `PluginError` if it cannot be built, or takes what is another's.
    """
    usual = make_app(without)
    shop = _sound(attempts.plugin, shop, without.plugins, usual.shop.plugins)
    app: Flask = attempts.call("P083", "mounting its endpoints", lambda: make_app(shop))
    known = {(rule.rule, rule.endpoint) for rule in usual.url_map.iter_rules()}
    own = tuple(rule for rule in app.url_map.iter_rules() if (rule.rule, rule.endpoint) not in known)
    problems = [*_taken(usual, app, [resource.name for resource in shop.catalog.values()]), *_hidden(app, own)]
    if problems:
        raise PluginContractError(attempts.plugin, problems)
    name = f"trial of {attempts.plugin}"
    token = without.write(
        SYSTEM.doing(name), lambda session: tokens.make_token(session, name, ["admin"], collectors=())
    )
    return Served(app, token, own)


def _sound(plugin: str, shop: Shop, before: Registry, usual: Registry) -> Shop:
    """Return the shop without the plugins that do not get into the server in any case: that is not this one's fault.

    ``before`` are those that there are without it, ``usual`` those of them that the server takes in. Raises
    `PluginContractError` if it needs one of them.
    """
    lost = {name: usual.left_out[name].reasons for name in before.plugins if name not in usual.plugins}
    registry = shop.plugins.without(lost) if lost else shop.plugins
    if plugin not in registry.plugins:
        reasons = registry.left_out[plugin].reasons
        raise PluginContractError(plugin, [fault("P021", reason) for reason in reasons])
    return shop.narrowed(registry)


def ask(attempts: Attempts, site: Served, path: str) -> None:
    """Ask for a page; raises `PluginError` (P084) if the fault is the server's."""

    def get() -> int:
        # The body is not read to its end: an endpoint may well answer for as long as somebody listens.
        with site.app.test_client() as client:
            response = client.get(path, headers={"Authorization": f"Bearer {site.token}"})
            response.close()
            return response.status_code

    told = _Told()
    LOG.addHandler(told)
    try:
        status = attempts.call("P084", f"GET {path}", get)
    finally:
        LOG.removeHandler(told)
    if told.reason is not None:
        problem = attempts.told(f"GET {path} answers {status}: it", told.reason)
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        problem = f"GET {path} answers {status}"
    else:
        return
    raise PluginContractError(attempts.plugin, [fault("P084", problem)])


def _taken(usual: Flask, app: Flask, resources: Iterable[str]) -> Iterator[str]:
    """Yield a fault for each path that no longer leads to whom it led without the plugin."""
    names = tuple(resources)
    before, after = usual.url_map.bind("localhost"), app.url_map.bind("localhost")
    seen = set()
    for rule in usual.url_map.iter_rules():
        for path in _samples(rule, names if rule.endpoint.startswith(GENERIC) else ("x",)):
            for method in _methods(rule):
                if (method, path) in seen:
                    continue
                seen.add((method, path))
                if (now := _endpoint(after, path, method)) != _endpoint(before, path, method):
                    yield fault("P083", f"{method} {path} is answered by {now}, not by {rule.endpoint}")


def _hidden(app: Flask, own: Iterable[Rule]) -> Iterator[str]:
    """Yield a fault for each of the plugin's endpoints that nobody reaches, because another one has its path."""
    adapter = app.url_map.bind("localhost")
    for rule in own:
        for path in _samples(rule, ("x",)):
            for method in _methods(rule):
                if (now := _endpoint(adapter, path, method)) != rule.endpoint:
                    yield fault("P083", f"{method} {path} is answered by {now}, never by {rule.endpoint}")


def _samples(rule: Rule, texts: Iterable[str]) -> Iterator[str]:
    """Yield paths that a rule answers."""
    for text in texts:
        values = {
            name: 1 if isinstance(converter, IntegerConverter) else text
            for name, converter in rule._converters.items()  # noqa: SLF001 werkzeug tells it in no other way
        }
        built = rule.build(values)
        if built is not None:
            yield built[1]
        if not values:
            return


def _endpoint(adapter: Any, path: str, method: str) -> str:
    try:
        return str(adapter.match(path, method)[0])
    except RequestRedirect as elsewhere:
        return f"a way to {elsewhere.new_url}"
    except HTTPException as refused:
        return f"nobody ({refused.code})"


def _methods(rule: Rule) -> tuple[str, ...]:
    return tuple(method for method in LOUD if method in (rule.methods or ()))
