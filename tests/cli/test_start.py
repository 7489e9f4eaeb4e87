"""Signals before the commands are imported."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# The signal is sent when Python first searches for `cli.main`.
PROGRAM = """
import os, sys
from cli.start import main

class Early:
    def find_spec(self, name, *_):
        if name == "cli.main":
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Early())
sys.argv = ["polymuse", "--version"]
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs signals of Unix")
def test_an_early_signal_ends_it_in_one_line(number: signal.Signals, ignored: bool) -> None:
    """`ignored`: SIGINT is ignored, as in background jobs of a shell without job control."""

    def prepare() -> None:
        signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL)

    command = [sys.executable, "-c", PROGRAM.format(number=int(number))]
    result = subprocess.run(command, capture_output=True, text=True, preexec_fn=prepare, timeout=120)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "polymuse: interrupted\n")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a shell of Unix")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_leads_nowhere(closed: str, tmp_path: Path) -> None:
    """A file that is opened next would take its place, and be written into."""
    program = f"{sys.executable} -m indexer config show --json {closed}"
    result = subprocess.run(["sh", "-c", program], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0
    assert "Traceback" not in result.stderr
    assert (result.stdout == "") == (">&-" in closed.split() or closed.startswith("<&- >&-"))
