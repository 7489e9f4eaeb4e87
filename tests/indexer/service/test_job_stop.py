"""Pauses of a job."""

import threading
from datetime import time

from indexer.service.job_stop import JobStop
from polymuse.pause import Pause


def test_it_is_paused_while_held_and_that_time_does_not_count() -> None:
    held = threading.Event()
    held.set()
    stop = JobStop(None, held.is_set)
    assert stop.paused
    assert not stop.requested
    waiting = threading.Thread(target=stop.wait)
    waiting.start()
    held.clear()
    waiting.join()
    assert not stop.paused
    assert stop.paused_seconds > 0


def test_the_hours_of_the_settings_pause_it_as_well() -> None:
    assert JobStop(Pause(time(0), time.max), lambda: False).paused


def test_a_stopped_job_does_not_wait() -> None:
    stop = JobStop(None, lambda: True)
    stop.signalled = True
    assert not stop.paused
    stop.wait()
