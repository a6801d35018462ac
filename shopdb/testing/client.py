"""Asking the server of a test's shop, without a socket between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Flask

from shopdb.services.accounts import Account
from shopdb.testing.people import PASSWORD, People


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered; ``json`` is its body as values, None if that is no JSON."""

    status: int
    json: Any
    text: str
    headers: Mapping[str, str]


class Client:
    """Somebody who is signed in and asks the server."""

    def __init__(self, app: Flask, people: People, account: Account) -> None:
        """Sign in."""
        self._app, self._people = app, people
        signing_in = {"name": account.name, "password": PASSWORD}
        self._token: str = asked(app, "POST", "/api/auth/login", "", json=signing_in).json["access_token"]

    def get(self, path: str, **options: Any) -> Answer:
        """Return the answer to a GET; options are those of Flask's test client, such as ``query_string``."""
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Return the answer to a POST with a JSON body."""
        return self.ask("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Return the answer to a PATCH with a JSON body."""
        return self.ask("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        """Return the answer to a DELETE."""
        return self.ask("DELETE", path, **options)

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Return the answer to any request."""
        return asked(self._app, method, path, self._token, **({"json": body} if body is not None else {}), **options)

    def as_role(self, role: str, *permissions: str) -> Client:
        """Return the client of somebody of a role, who may do what ``permissions`` say beside."""
        return Client(self._app, self._people, self._people.somebody(role, permissions))


class Push(Protocol):
    """Pushes what a collector sends."""

    def __call__(self, document: Any, /) -> Answer:
        """Return the answer to a document, or to a list of them."""


def asked(app: Flask, method: str, path: str, token: str, **options: Any) -> Answer:
    """Return the answer to one request; "" is the token of nobody."""
    headers = dict(options.pop("headers", {}))
    if token:
        headers.setdefault("Authorization", f"Bearer {token}")
    response = app.test_client().open(path, method=method, headers=headers, **options)
    try:
        return Answer(response.status_code, response.get_json(silent=True), response.text, dict(response.headers))
    finally:
        response.close()
