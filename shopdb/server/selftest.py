"""Whether an application that was just built answers as it must: asked before anybody else asks it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import orjson
from flask import g
from werkzeug.test import Client
from werkzeug.wrappers import Response

from shopdb.domain.access import SYSTEM
from shopdb.exceptions import DatabaseUnreachableError, SelfTestFailedError
from shopdb.server.application import Application

PAGES = {"/api/health": "status", "/api/openapi.json": "paths"}
"""What needs neither token nor database, with a member that each answer has."""
CORE = "core"


def self_test(app: Application, suspects: Sequence[str]) -> None:
    """Ask for health, the description and a line of every list.

    Raises `SelfTestFailedError` naming all that fails, `DatabaseUnreachableError` if nothing can be said now. What is
    core's and fails is the fault of the ``suspects``.
    """
    problems: defaultdict[str, list[str]] = defaultdict(list)

    def fails(owner: str, path: str, answer: Response) -> None:
        for name in suspects if owner == CORE and suspects else (owner,):
            problems[name].append(f"GET {path} answers {answer.status_code}")

    for path, member in PAGES.items():
        page = Client(app).get(path)
        if page.status_code != HTTPStatus.OK or member not in _object(page):
            fails(CORE, path, page)
    for name, resource in app.shop.catalog.items():
        path = f"/api/{name}"
        answer = _as_system(app, f"{path}?limit=1")
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            raise DatabaseUnreachableError(app.shop.settings.database_label, "it is busy or away")
        if answer.status_code != HTTPStatus.OK or "items" not in _object(answer):
            fails(resource.plugin, path, answer)
    if problems:
        raise SelfTestFailedError(problems)


def _as_system(app: Application, path: str) -> Response:
    with app.test_request_context(path):
        g.origin = SYSTEM
        return app.full_dispatch_request()


def _object(answer: Response) -> Mapping[str, object]:
    try:
        document = orjson.loads(answer.get_data())
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
