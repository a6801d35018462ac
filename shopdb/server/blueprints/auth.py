"""Signing in and out: a short-lived JWT, in the answer for programs or in cookies for browsers."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_jwt_extended import create_access_token, set_access_cookies, unset_jwt_cookies

from shopdb.boot import Shop
from shopdb.exceptions import RequestRefusedError, SignInRefusedError
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer
from shopdb.server.reading import json_object
from shopdb.services import accounts
from shopdb.store.base import utc_now


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    blueprint = Blueprint("auth", __name__, url_prefix="/api/auth")

    @blueprint.post("/login")
    def login() -> Response:
        """Take name and password; ``"cookies": true`` keeps the token out of the answer and in HttpOnly cookies."""
        asked = json_object()
        name, password = asked.get("name"), asked.get("password")
        if not isinstance(name, str) or not isinstance(password, str):
            raise RequestRefusedError("name and password", "must both be texts")
        with shop.reading() as session:
            tried = accounts.attempt(session, name, password, address=request.remote_addr or "", now=utc_now())
        account = shop.write(accounts.signing_in("rest"), lambda session: accounts.sign_in(session, tried))
        if account is None:
            raise SignInRefusedError
        token = create_access_token(identity=str(account.id))
        who = {"name": account.name, "role": account.role, "permissions": sorted(account.permissions)}
        if asked.get("cookies") is True:
            response = json_answer({"user": who})
            set_access_cookies(response, token)
            return response
        return json_answer({"access_token": token, "token_type": "Bearer", "user": who})

    @blueprint.post("/logout")
    def logout() -> Response:
        """Take the cookies away."""
        response = json_answer({"signed_out": True})
        unset_jwt_cookies(response)
        return response

    @blueprint.get("/me")
    def me() -> Response:
        """Say who is signed in and what they may do."""
        origin = doorkeeper.origin()
        permissions = sorted(origin.permissions or ())
        return json_answer({"name": origin.actor, "permissions": permissions, "is_token": origin.token_id is not None})

    return blueprint
