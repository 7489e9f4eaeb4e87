"""How a signal ends a process."""

import os
import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, signal
from polymuse.signals import end_on_signals
signal.signal({number}, signal.SIG_IGN)
end_on_signals()
try:
    os.kill(os.getpid(), {number})
finally:
    print("nothing is tidied up")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_with_a_line(number: signal.Signals) -> None:
    """Also where the process was started with the signal ignored."""
    command = [sys.executable, "-c", PROGRAM.format(number=int(number))]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "polymuse: interrupted\n")
