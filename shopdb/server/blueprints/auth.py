"""Signing in and out: a short-lived JWT, in the answer for programs or in cookies for browsers."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_jwt_extended import create_access_token, set_access_cookies, unset_jwt_cookies

from shopdb.boot import Shop
from shopdb.exceptions import RequestRefusedError, SignInRefusedError
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer
from shopdb.server.reading import json_object, only_parameters
from shopdb.server.routes import mounted
from shopdb.services import accounts
from shopdb.services.accounts import Account
from shopdb.store.base import utc_now


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    views = _Views(shop, doorkeeper)
    routes = (("POST", "/login", views.login), ("POST", "/logout", views.logout), ("GET", "/me", views.me))
    return mounted("auth", routes, prefix="/api/auth")


class _Views:
    def __init__(self, shop: Shop, doorkeeper: Doorkeeper) -> None:
        self._shop = shop
        self._doorkeeper = doorkeeper

    def login(self) -> Response:
        """Take name and password; ``"cookies": true`` keeps the token out of the answer and in HttpOnly cookies."""
        only_parameters()
        asked = json_object()
        name, password, cookies = asked.get("name"), asked.get("password"), asked.get("cookies", False)
        if not isinstance(name, str) or not isinstance(password, str) or not isinstance(cookies, bool):
            raise RequestRefusedError("name and password", "must both be texts, and cookies true or false")
        account = self._account(name, password)
        token = create_access_token(identity=str(account.id))
        who = {"name": account.name, "role": account.role, "permissions": sorted(account.permissions)}
        if cookies:
            response = json_answer({"user": who})
            set_access_cookies(response, token)
            return response
        return json_answer({"access_token": token, "token_type": "Bearer", "user": who})

    def _account(self, name: str, password: str) -> Account:
        with self._shop.reading() as session:
            tried = accounts.attempt(session, name, password, address=request.remote_addr or "", now=utc_now())
        account = self._shop.write(accounts.signing_in("rest"), lambda session: accounts.sign_in(session, tried))
        if account is None:
            raise SignInRefusedError
        return account

    def logout(self) -> Response:
        """Take the cookies away."""
        only_parameters()
        response = json_answer({"signed_out": True})
        unset_jwt_cookies(response)
        return response

    def me(self) -> Response:
        """Say who is signed in and what they may do."""
        origin = self._doorkeeper.origin()
        only_parameters()
        permissions = sorted(origin.permissions or ())
        return json_answer({"name": origin.actor, "permissions": permissions, "is_token": origin.token_id is not None})
