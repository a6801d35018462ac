"""How a plugin's endpoint or command reaches the shop: the door that called it grants the way in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from shopdb.exceptions import NoShopHereError, ServiceNotFoundError

T = TypeVar("T")
Work = Callable[[Session], Any]


@dataclass(frozen=True, slots=True)
class ShopAccess:
    """What a door grants: ``read(work)`` and ``write(label, work)`` return what ``work(session)`` returns."""

    read: Callable[[Work], Any]
    write: Callable[[str, Work], Any]


_granted: ContextVar[ShopAccess] = ContextVar("granted")


@contextmanager
def granted(access: ShopAccess) -> Iterator[None]:
    """Let plugin code that runs within reach the shop; for this thread and task alone."""
    token = _granted.set(access)
    try:
        yield
    finally:
        _granted.reset(token)


def read_shop(work: Callable[[Session], T]) -> T:
    """Return what ``work(session)`` returns; the session reads only.

    Raises `NoShopHereError` outside of an endpoint or a command.
    """
    answer: T = _access().read(work)
    return answer


def write_shop(label: str, work: Callable[[Session], T]) -> T:
    """Run ``work(session)`` in one transaction, recorded as one batch under the label, and return its answer.

    The work may run again from its start when the database asks for it. Raises as `read_shop`.
    """
    answer: T = _access().write(label, work)
    return answer


def service(session: Session, name: str) -> Callable[..., Any]:
    """Return the function that a plugin offers as "<plugin>.<name>".

    Raises `ServiceNotFoundError` with the nearest names.
    """
    services = session.info.get("services", {})
    try:
        found: Callable[..., Any] = services[name]
    except KeyError:
        raise ServiceNotFoundError(name, services) from None
    return found


def _access() -> ShopAccess:
    try:
        return _granted.get()
    except LookupError:
        raise NoShopHereError from None
