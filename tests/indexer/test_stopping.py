import os
import subprocess
import sys
import threading
import time as clock
from datetime import time

import pytest

from indexer.stopping import Stop
from polymuse.pause import Pause


class TestStop:
    def test_a_run_ends_with_its_time(self) -> None:
        assert Stop(seconds=0).requested
        assert not Stop(seconds=3600).requested
        assert not Stop().requested

    def test_a_run_that_should_end_does_not_pause(self) -> None:
        all_day = Pause(time(0, 0), time.max)
        stop = Stop(pause=all_day)
        assert stop.paused
        stop.signalled = True
        assert not stop.paused
        assert not Stop(seconds=0, pause=all_day).paused

    def test_a_pause_ends_with_a_stop_and_is_not_working_time(self, caplog: pytest.LogCaptureFixture) -> None:
        stop = Stop(pause=Pause(time(0, 0), time(23, 59, 59, 999_999)))

        def end_it() -> None:
            while "Paused until 23:59" not in caplog.text:
                clock.sleep(0.01)
            clock.sleep(0.2)
            stop.signalled = True

        threading.Thread(target=end_it, daemon=True).start()
        began, before = clock.monotonic(), stop.working_clock()
        stop.wait()
        worked, passed = stop.working_clock() - before, clock.monotonic() - began
        assert stop.paused_seconds >= 0.2
        assert worked <= passed - stop.paused_seconds + 1e-6


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs signals of Unix")
class TestSignals:
    """Each in a separate process."""

    PROGRAM = """
import os, signal, sys, threading, time
import cli.main as cli, indexer.stopping as stopping
from cli.step_progress import step_progress

def interrupt():
    os.kill(os.getpid(), signal.SIGTERM)
    print("still here")

@cli.app.command()
def pages():
    with step_progress("Reading", 2) as step:
        step(1)
        interrupt()
        step(1)
        print("not here")

@cli.app.command()
def last_page():
    with stopping.deferred():
        interrupt()
    print("not here")

@cli.app.command()
def stuck_page():
    with stopping.deferred():
        interrupt()
        time.sleep(600)

@cli.app.command()
def thread_that_stays():
    threading.Thread(target=time.sleep, args=(600,)).start()
    sys.stdout.reconfigure(write_through=False)
    print("still here")
    os.kill(os.getpid(), signal.SIGTERM)

@cli.app.command()
def swallows():
    try:
        interrupt()
    except BaseException:
        print("still here")
        time.sleep(600)

stopping.MAX_SHUTDOWN_SECONDS = float(sys.argv.pop())
sys.stdout.reconfigure(write_through=True)
cli.main()
"""

    @pytest.mark.parametrize(
        ("command", "patience"),
        [
            ("pages", 600),
            ("last-page", 600),
            pytest.param("stuck-page", 3, marks=pytest.mark.slow),
            ("thread-that-stays", 600),
            pytest.param("swallows", 3, marks=pytest.mark.slow),
        ],
    )
    def test_a_signal_is_deferred_but_not_forever(self, command: str, patience: float) -> None:
        program = [sys.executable, "-c", self.PROGRAM, command, str(patience)]
        result = subprocess.run(program, capture_output=True, text=True, timeout=120)
        assert (result.returncode, result.stdout, result.stderr) == (130, "still here\n", "polymuse: interrupted\n")
