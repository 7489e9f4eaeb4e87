"""The number of connections follows from the limit on open files."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from search_api.open_files import max_connections
soft = int(sys.argv[1])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(max_connections())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.parametrize(("soft", "connections"), [(40, 8), (96, 16), (256, 96), (1024, 480)])
def test_connections_leave_files_for_the_rest(soft: int, connections: int) -> None:
    """(96 - 64) / 2 = 16; never fewer than 8."""
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(soft)], capture_output=True, text=True, check=True)
    assert int(run.stdout) == connections
