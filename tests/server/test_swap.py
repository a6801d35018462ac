"""A generation is entered, left, exchanged and closed, and no request is lost between two."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shopdb.boot import Shop
from shopdb.server.app import make_app
from shopdb.server.swap import Generation, Swap
from tests.server.live import until
from tests.threads import in_threads

ENVIRON = {"REQUEST_METHOD": "GET", "PATH_INFO": "/"}


def answering(shop: Shop, answer: Any) -> Generation:
    """Return a generation whose application answers with this, or raises it."""
    generation = Generation(make_app(shop), shop.plugins)

    def app(_environ: Any, start_response: Any) -> Any:
        if isinstance(answer, BaseException):
            raise answer
        start_response("200 OK", [])
        return answer

    vars(generation.app)["wsgi_app"] = app
    return generation


def asked(swap: Swap) -> Any:
    return swap(dict(ENVIRON), lambda *_told: None)


def test_a_request_is_in_its_generation_until_its_answer_is_closed(shop: Shop) -> None:
    swap = Swap(answering(shop, [b"old"]))
    body = asked(swap)
    former = swap.exchange(answering(shop, [b"new"]))
    assert not former.close_if_empty()
    assert list(body) == [b"old"]
    assert not former.close_if_empty()
    body.close()
    assert former.close_if_empty()
    assert list(asked(swap)) == [b"new"]


def test_a_request_that_fails_leaves_its_generation(shop: Shop) -> None:
    swap = Swap(answering(shop, ValueError("broken")))
    with pytest.raises(ValueError, match="broken"):
        asked(swap)
    assert swap.current.close_if_empty()


def test_an_answer_whose_closing_fails_leaves_its_generation(shop: Shop) -> None:
    class Body(list[bytes]):
        def close(self) -> None:
            raise ValueError("broken")

    swap = Swap(answering(shop, Body([b"old"])))
    with pytest.raises(ValueError, match="broken"):
        asked(swap).close()
    assert swap.current.close_if_empty()


def test_nobody_enters_a_generation_that_is_closed(shop: Shop) -> None:
    """Who read the former generation just before the exchange, and comes to it late, is answered by the next one."""
    former, following = answering(shop, [b"old"]), answering(shop, [b"new"])
    swap = Swap(former)
    assert former.close_if_empty()
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(asked, swap)
        swap.exchange(following)
        assert list(late.result(30)) == [b"new"]
    assert following.close() == 1
    assert not following.enter()


def test_who_holds_the_shop_keeps_its_generation(shop: Shop) -> None:
    swap = Swap(answering(shop, [b"old"]))
    with swap.held() as held:
        assert held is shop
        assert not swap.current.close_if_empty()
    assert swap.current.close_if_empty()


def test_exchanges_lose_none_of_those_who_come_and_go(shop: Shop) -> None:
    app = make_app(shop)
    generations = [Generation(app, shop.plugins) for _ in range(200)]
    swap = Swap(generations[0])

    def work(turn: int) -> int:
        if turn == 0:
            return sum(_is_empty_soon(swap.exchange(following)) for following in generations[1:])
        for _ in range(1000):
            with swap.held():
                pass
        return 1000

    assert in_threads(work, 4) == [199, 1000, 1000, 1000]
    assert [one.close() for one in generations] == [0] * 200


def _is_empty_soon(former: Generation) -> bool:
    until(former.close_if_empty)
    return True
