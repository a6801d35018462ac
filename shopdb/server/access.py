"""Who is asking? Tokens of programs and short-lived JWTs of people, both turned into an `Origin`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from flask import g, request
from flask_jwt_extended import get_jwt_identity, verify_jwt_in_request
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException
from jwt.exceptions import PyJWTError

from shopdb.boot import Shop
from shopdb.domain.access import Door, Origin
from shopdb.exceptions import CsrfTokenMissingError, NotSignedInError
from shopdb.services import accounts, tokens
from shopdb.store.base import utc_now

MARK = "shp_"
"""What a token's text begins with; a JWT never does."""
COLLECTORS = "/api/collector/"
REMEMBERED_SECONDS = 5.0
MOST_REMEMBERED = 2000
Kept = TypeVar("Kept")


class Remembered(Generic[Kept]):
    """Answers that stay true for a few seconds, so that a push does not ask for its token again and again.

    A token that is switched off stops working within five seconds.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._kept: dict[object, tuple[float, Kept]] = {}
        self._lock = threading.Lock()

    def get(self, key: object, ask: Callable[[], Kept]) -> Kept:
        """Return the answer to ``key``, asking again when it is older than five seconds."""
        now = time.monotonic()
        with self._lock:
            known = self._kept.get(key)
        if known is not None and known[0] > now:
            return known[1]
        answer = ask()
        with self._lock:
            if len(self._kept) >= MOST_REMEMBERED:
                self._kept.clear()
            self._kept[key] = (now + REMEMBERED_SECONDS, answer)
        return answer


class Doorkeeper:
    """Tells who makes a request, by token or JWT."""

    def __init__(self, shop: Shop) -> None:
        """Keep the shop to look accounts and tokens up."""
        self._shop = shop
        self._tokens: Remembered[Origin] = Remembered()
        self._people: Remembered[Origin] = Remembered()

    def origin(self, door: Door = "rest") -> Origin:
        """Return who makes this request; `NotSignedInError` if nobody says so.

        A token comes as bearer or as the password of HTTP Basic; where collectors push also as ``?token=``, for
        agents that know no better.
        """
        known: Origin | None = g.get("origin")
        if known is None:
            text = _token_text()
            known = self._of_token(text) if text else self._of_person()
            g.origin = known
        return known if known.door == door else replace(known, door=door)

    def _of_token(self, text: str) -> Origin:
        address = request.remote_addr or ""
        return self._tokens.get((text, address), lambda: self._checked(text, address))

    def _checked(self, text: str, address: str) -> Origin:
        now = utc_now()
        with self._shop.reading() as session:
            facts = tokens.check_token(session, text, address=address, now=now)
        origin = facts.origin("rest")
        if facts.use_is_news:
            self._shop.write(origin, lambda session: tokens.note_use(session, facts.id, now))
        return origin

    def _of_person(self) -> Origin:
        try:
            verify_jwt_in_request()
            user_id = int(get_jwt_identity())
        except CSRFError as refused:
            raise CsrfTokenMissingError from refused
        except (JWTExtendedException, PyJWTError, ValueError) as refused:
            raise NotSignedInError from refused
        return self._people.get(user_id, lambda: self._account(user_id))

    def _account(self, user_id: int) -> Origin:
        with self._shop.reading() as session:
            return accounts.origin_for_user(session, user_id, "rest")


def _token_text() -> str:
    given = request.authorization
    if given is None:
        return request.args.get("token", "") if request.path.startswith(COLLECTORS) else ""
    text = (given.token if given.type == "bearer" else given.password) or ""
    return text if given.type == "basic" or text.startswith(MARK) else ""
