import pytest

from plugins.printers.resources import SUPPLIES, TRAYS
from shopdb.api import Resource
from shopdb.domain.kinds import value_to_text


@pytest.mark.parametrize("resource", [SUPPLIES, TRAYS], ids=lambda resource: resource.name)
@pytest.mark.parametrize("name", ["level", "capacity"])
def test_lists_show_words_for_what_is_no_amount(resource: Resource, name: str) -> None:
    field = resource.field(name)
    shown = [value_to_text(value, field) for value in (-1, -2, -3, 0, 42)]
    assert shown == ["no limit", "unknown", "some left", "0", "42"]
