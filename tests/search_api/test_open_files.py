"""The number of connections follows from the limit on open files."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from search_api.open_files import max_connections, raise_limit
soft = int(sys.argv[1])
hard = int(sys.argv[2]) or resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
if sys.argv[2] != "0":
    raise_limit()
print(max_connections())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.parametrize(("soft", "connections"), [(40, 8), (96, 16), (256, 96), (1024, 480)])
def test_connections_leave_files_for_the_rest(soft: int, connections: int) -> None:
    """(96 - 64) / 2 = 16; never fewer than 8."""
    assert found(soft, 0) == connections


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.parametrize(("soft", "hard", "connections"), [(96, 96, 16), (96, 256, 96), (256, 1024, 480)])
def test_the_soft_limit_is_raised_to_the_hard_one(soft: int, hard: int, connections: int) -> None:
    assert found(soft, hard) == connections


def found(soft: int, hard: int) -> int:
    """How many connections a process has that starts with these limits and raises the first; 0: it does not."""
    command = [sys.executable, "-c", PROGRAM, str(soft), str(hard)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
