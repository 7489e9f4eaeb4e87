"""Who gets a place, and who is displaced."""

from dataclasses import dataclass

import pytest

from search_api.middleware.places import Places
from search_api.problems import BusyError


@dataclass(eq=False)
class Request:
    client: str
    displaced: bool = False

    def displace(self) -> None:
        self.displaced = True


def test_one_client_leaves_a_quarter_to_others() -> None:
    places = Places(8, 8)
    first = [Request("a") for _ in range(6)]
    for each in first:
        places.work(each)
    with pytest.raises(BusyError, match="6 requests of this address"):
        places.work(Request("a"))
    places.work(Request("b"))
    places.leave(first[0])
    places.work(Request("a"))
    places.work(Request("c"))
    with pytest.raises(BusyError, match="8 requests are in progress"):
        places.work(Request("d"))


def test_requests_that_wait_take_no_place_from_those_that_are_worked_on() -> None:
    places = Places(1, 2)
    for _ in range(2):
        places.wait(Request("a"))
    places.work(Request("b"))


def test_the_oldest_of_the_client_with_the_most_is_displaced() -> None:
    places = Places(1, 3)
    honest, slow = Request("b"), [Request("a"), Request("a")]
    for each in (honest, *slow):
        places.wait(each)
    places.wait(Request("c"))
    assert [each.displaced for each in (honest, *slow)] == [False, True, False]


def test_a_request_that_starts_its_response_frees_its_place() -> None:
    places = Places(1, 1)
    sending = Request("a")
    places.work(sending)
    places.wait(sending)
    places.work(Request("b"))
