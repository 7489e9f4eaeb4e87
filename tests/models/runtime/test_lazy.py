from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pytest

from models.runtime.lazy import Lazy


def test_is_made_once_when_it_is_first_needed() -> None:
    numbers = count(7)
    value = Lazy(lambda: next(numbers))
    assert next(numbers) == 7  # not made yet
    assert [value.get(), value.get(), next(numbers)] == [8, 8, 9]


def test_nothing_is_a_value_too() -> None:
    made: list[None] = []
    value = Lazy(lambda: made.append(None))
    assert (value.get(), value.get(), len(made)) == (None, None, 1)


def test_threads_share_what_the_first_one_makes() -> None:
    numbers, begun, finish = count(), Event(), Event()

    def make() -> int:
        begun.set()
        assert finish.wait(60)
        return next(numbers)

    value = Lazy(make)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(value.get)
        assert begun.wait(60)
        others = [threads.submit(value.get) for _ in range(2)]
        finish.set()
        assert [each.result(60) for each in (first, *others)] == [0, 0, 0]
    assert next(numbers) == 1


def test_after_an_error_it_is_tried_again() -> None:
    divisors = iter([0, 2])
    value = Lazy(lambda: 8 // next(divisors))
    with pytest.raises(ZeroDivisionError):
        value.get()
    assert value.get() == 4
