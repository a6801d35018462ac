"""Callers of the server: a test client with a token, and how to make one."""

from itertools import count
from typing import Any

from flask.testing import FlaskClient

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM
from shopdb.services import tokens
from tests.server.described import Described

_NUMBERS = count(1)


def make_token(shop: Shop, *scopes: str, **more: Any) -> str:
    """Return the text of a new token with these scopes."""
    name = f"token {next(_NUMBERS)}"
    collectors = shop.plugins.collector_schemas
    return shop.write(SYSTEM, lambda session: tokens.make_token(session, name, scopes, collectors=collectors, **more))


class Caller:
    """A test client that sends a token, if it has one; every answer must be as the server describes itself."""

    def __init__(self, client: FlaskClient, token: str = "", described: Described | None = None) -> None:
        self.client = client
        self.token = token
        self._described = described

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Return the answer to one request; ``json``, ``data``, ``headers`` ... as Flask's client takes them."""
        headers = dict(options.pop("headers", {}))
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        response = self.client.open(path, method=method, headers=headers, buffered=True, **options)
        response.close()
        if self._described is not None:
            self._described.assert_true(method, path, response)
        return response

    def get(self, path: str, **options: Any) -> Any:
        """Return the answer to a GET."""
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """Return the answer to a POST of a JSON body."""
        return self.ask("POST", path, **({"json": body} if body is not None else {}), **options)

    def patch(self, path: str, body: Any, **options: Any) -> Any:
        """Return the answer to a PATCH with a JSON body."""
        return self.ask("PATCH", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> Any:
        """Return the answer to a DELETE."""
        return self.ask("DELETE", path, **options)

    def made(self, path: str, body: Any) -> Any:
        """Return the record that a POST created."""
        response = self.post(path, body)
        assert response.status_code == 201, response.text
        return response.json

    def push(self, plugin: str, payload: Any, **headers: str) -> Any:
        """Return the answer to a collector's push."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(f"/api/collector/{plugin}", payload, headers=named)
