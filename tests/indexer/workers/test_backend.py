"""What the layouts share."""

import pytest

from indexer.workers.backend import worker_memory
from polymuse.memory import total_memory

GIB = 2**30


@pytest.mark.skipif(total_memory() is None, reason="the system does not say how much memory it has")
def test_workers_share_four_fifths_of_the_memory_and_have_4_gib_at_least() -> None:
    total = total_memory()
    assert total is not None
    for jobs, share in ((1, 0.8), (2, 0.4), (8, 0.1)):
        assert worker_memory(jobs) == max(4 * GIB, round(share * total))
    assert worker_memory(10**6) == 4 * GIB
