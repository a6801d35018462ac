from datetime import UTC, date, datetime
from decimal import Decimal
from ipaddress import ip_address, ip_network
from itertools import count
from random import Random

import pytest

from shopdb.domain.demo import PURPOSES, DemoFloor, DemoPerson, DemoPlace
from shopdb.domain.kinds import Kind, value_from_text
from shopdb.domain.resource import Field

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
PLACES = {
    purpose: (DemoPlace(number, purpose, purpose, 1, 1, left=10 * number, top=5, width=10, depth=20),)
    for number, purpose in enumerate(PURPOSES)
}


def floor(assets: int = 1000, seed: int = 1, first_host: int = 1) -> DemoFloor:
    return DemoFloor(Random(seed), NOW, assets, PLACES, (DemoPerson(1, "Ana", "20001"),), count(first_host))


@pytest.mark.parametrize(("assets", "percent", "share"), [(1000, 5, 50), (10, 5, 1), (1, 50, 1), (199, 50, 99)])
def test_a_share_is_a_part_of_all_assets_and_at_least_one(assets: int, percent: int, share: int) -> None:
    assert floor(assets).share(percent) == share


def test_the_same_seed_chooses_the_same() -> None:
    def chosen(seed: int) -> list[object]:
        one = floor(seed=seed)
        return [(one.place(*PURPOSES), one.shaped("@@##%%"), one.before_now(days=9)) for _ in range(20)]

    assert chosen(1) == chosen(1) != chosen(2)


def test_a_point_lies_within_its_place() -> None:
    one = floor()
    place = one.place("office")
    for _ in range(200):
        x, y = one.point(place)
        assert place.left <= x < place.left + place.width
        assert place.top <= y < place.top + place.depth
        assert x == round(x, 1)
        assert isinstance(x, Decimal)


def test_a_shape_keeps_what_is_no_sign_of_it() -> None:
    shaped = floor().shaped("CN-##@@%%.x9A")
    assert shaped[:3] == "CN-"
    assert shaped[3:5].isdecimal()
    assert shaped[5:7].isalpha()
    assert int(shaped[7:9], 16) >= 0
    assert shaped[9:] == ".x9A"


def test_moments_lie_before_now_and_days_around_it() -> None:
    one = floor()
    assert all(one.before_now(days=0.5) < NOW for _ in range(100))
    assert one.day(-1) == date(2026, 11, 22)


@pytest.mark.parametrize("is_machine_network", [False, True])
def test_no_two_interfaces_have_the_same_address(is_machine_network: bool) -> None:
    one = floor(first_host=65_000)
    made = [one.address("00:1b:21", "eth0", is_machine_network=is_machine_network).values for _ in range(2000)]
    assert len({values["ip"] for values in made}) == len({values["mac"] for values in made}) == 2000
    network = ip_network("172.16.0.0/12" if is_machine_network else "10.0.0.0/8")
    assert all(ip_address(values["ip"]) in network for values in made)
    assert all(value_from_text(values["mac"], Field("mac", "MAC", kind=Kind.MAC)) == values["mac"] for values in made)


def test_the_addresses_of_the_largest_shop_are_still_addresses() -> None:
    values = floor(first_host=10**9).address("00:1b:21", "eth0", is_machine_network=True).values
    assert ip_address(values["ip"]) in ip_network("172.16.0.0/12")
