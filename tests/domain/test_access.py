import pytest

from shopdb.domain.access import SYSTEM, Origin
from shopdb.exceptions import NotPermittedError


def holding(*permissions: str) -> Origin:
    return Origin(actor="kim", door="rest", permissions=frozenset(permissions))


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("printers.change", "printers.change"),
        ("printers.change", "printers.view"),
        ("printers.*", "printers.view"),
        ("*.view", "printers.view"),
        ("*.change", "printers.view"),
        ("*", "plugins.install"),
        ("*", "admin"),
        ("admin", "admin"),
    ],
)
def test_a_permission_covers_what_it_names(held: str, asked: str) -> None:
    assert holding(held).may(asked)
    holding(held).require(asked)


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("printers.view", "printers.change"),
        ("printers.change", "computers.view"),
        ("*.view", "printers.change"),
        ("*.change", "plugins.install"),
        ("*.view", "admin"),
        ("printers.*", "admin"),
        ("printers", "printers.view"),
        ("", "printers.view"),
    ],
)
def test_a_permission_covers_nothing_else(held: str, asked: str) -> None:
    assert not holding(held).may(asked)
    with pytest.raises(NotPermittedError, match=f"kim lacks the permission {asked}"):
        holding(held).require(asked)


def test_nobody_may_anything_and_the_program_itself_everything() -> None:
    assert not holding().may("printers.view")
    assert SYSTEM.may("printers.change")


def test_an_origin_can_say_what_it_does_now() -> None:
    assert holding("*").doing("edit CMM-1") == Origin("kim", "rest", "edit CMM-1", permissions=frozenset("*"))
