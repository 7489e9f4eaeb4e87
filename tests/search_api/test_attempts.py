"""Wrong keys are counted per client."""

import pytest

from search_api.attempts import FORGET_SECONDS, MAX_CLIENTS, MAX_WRONG, Attempts, TooManyAttemptsError


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(clock)


def guess(attempts: Attempts, client: str, times: int) -> None:
    for _ in range(times):
        attempts.check(client)
        attempts.record_wrong(client)


def test_the_next_one_waits(attempts: Attempts, clock: Clock) -> None:
    guess(attempts, "192.0.2.1", MAX_WRONG)
    with pytest.raises(TooManyAttemptsError) as refused:
        attempts.check("192.0.2.1")
    assert refused.value.retry_after == FORGET_SECONDS
    attempts.check("192.0.2.2")
    clock.now += FORGET_SECONDS
    guess(attempts, "192.0.2.1", 1)
    with pytest.raises(TooManyAttemptsError):
        attempts.check("192.0.2.1")
    clock.now += MAX_WRONG * FORGET_SECONDS
    guess(attempts, "192.0.2.1", MAX_WRONG)


def test_an_ipv6_network_is_one_client(attempts: Attempts) -> None:
    for last in range(MAX_WRONG):
        guess(attempts, f"2001:db8:0:1::{last:x}", 1)
    with pytest.raises(TooManyAttemptsError):
        attempts.check("2001:db8:0:1:ffff::")
    attempts.check("2001:db8:0:2::")
    guess(attempts, "::ffff:192.0.2.1", MAX_WRONG)
    attempts.check("::ffff:192.0.2.2")


def test_its_memory_is_bounded(attempts: Attempts) -> None:
    guess(attempts, "192.0.2.1", MAX_WRONG)
    for number in range(MAX_CLIENTS):
        guess(attempts, f"client {number}", 1)
    attempts.check("192.0.2.1")  # forgotten: the oldest goes first
