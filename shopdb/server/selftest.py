"""Whether an application that was just built answers as it must: asked before anybody else asks it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from http import HTTPStatus

import orjson
from flask import g
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from werkzeug.test import Client
from werkzeug.wrappers import Response

from shopdb.domain.access import SYSTEM
from shopdb.exceptions import SelfTestFailedError
from shopdb.server.application import Application
from shopdb.store.engine import is_transient

PAGES = {"/api/health": "status", "/api/openapi.json": "paths"}
"""What needs neither token nor database, with a member that each answer has."""
CORE = "core"
LISTS_SECONDS = 0.2
"""For so long, lists of plugins whose code is not new are asked for as well."""


def self_test(app: Application, suspects: Sequence[str]) -> None:
    """Ask for health, the description and a line of lists, and whether tables are what the ``suspects`` say.

    These are the plugins whose code is new: all of theirs is tried, of the others' what there is time for, and what is
    core's and fails is their fault. Raises `SelfTestFailedError` naming all that fails, or what the database raises if
    it is away.
    """
    problems: defaultdict[str, list[str]] = defaultdict(list)
    for owner, told in (*_tables(app, suspects), *_pages(app), *_lists(app, suspects)):
        for name in suspects if owner == CORE and suspects else (owner,):
            problems[name].append(told)
    if problems:
        raise SelfTestFailedError(problems)


def _tables(app: Application, plugins: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield whose table is wrong, and how: the list of an empty one asks for few of its columns."""
    with app.shop.engine.connect() as connection:
        for plugin in plugins:
            for name in app.shop.plugins.tables_of(plugin):
                try:
                    connection.execute(select(app.shop.schema.tables[name]).limit(0))
                except DBAPIError as error:
                    if is_transient(error):
                        raise
                    yield plugin, f"the table {name} cannot be read: {error.orig}"


def _pages(app: Application) -> Iterator[tuple[str, str]]:
    for path, member in PAGES.items():
        answer = Client(app).get(path)
        if not _holds(answer, member):
            yield CORE, f"GET {path} answers {answer.status_code}"


def _lists(app: Application, suspects: Collection[str]) -> Iterator[tuple[str, str]]:
    until = time.monotonic() + LISTS_SECONDS
    for resource in sorted(app.shop.catalog.values(), key=lambda one: one.plugin not in suspects):
        if resource.plugin not in suspects and time.monotonic() > until:
            return
        path = f"/api/{resource.name}?limit=1"
        answer = _as_system(app, path)
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            with app.shop.engine.connect() as connection:
                connection.execute(select(1))  # raises if it is for the database
            answer = _as_system(app, path)
        if not _holds(answer, "items"):
            yield resource.plugin, f"GET {path} answers {answer.status_code}"


def _as_system(app: Application, path: str) -> Response:
    with app.test_request_context(path):
        g.origin = SYSTEM
        return app.full_dispatch_request()


def _holds(answer: Response, member: str) -> bool:
    """Whether an answer is well, and an object with this member."""
    if answer.status_code != HTTPStatus.OK:
        return False
    try:
        document = orjson.loads(answer.get_data())
    except orjson.JSONDecodeError:
        return False
    return isinstance(document, dict) and member in document
