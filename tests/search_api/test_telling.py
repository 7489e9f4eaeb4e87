"""The tags that set a part of the library apart."""

import numpy as np

from search_api.telling import telling

# Score is share x ln(share / everywhere): .9 ln 9 = 1.98, .8 ln 2 = .55, .5 ln 5 = .80, and .2 is not common.
SHARE, EVERYWHERE = np.array([0.9, 0.8, 0.5, 0.2, 0.95, 0.0]), np.array([0.1, 0.4, 0.1, 0.01, 0.9, 0.0])


def test_the_most_telling_come_first_and_further_ones_only_if_they_tell_nearly_as_much() -> None:
    assert telling(SHARE, EVERYWHERE) == [0]
    assert telling(SHARE, EVERYWHERE, further=0.3) == [0, 2]
    assert telling(SHARE, EVERYWHERE, 5, further=0) == [0, 2, 1]


def test_rarer_ones_may_count_and_what_is_everywhere_never_does() -> None:
    assert telling(SHARE, EVERYWHERE, 5, common=0.1, further=0) == [0, 2, 3, 1]  # .2 ln 20 = .60
    assert telling(EVERYWHERE, EVERYWHERE) == []
    assert telling(np.empty(0), np.empty(0)) == []
