import os
import subprocess
import sys

import pytest

from polymuse.cpu import usable_cores


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no other system gives a process some of the cores")
def test_cores_that_a_process_may_not_use_do_not_count() -> None:
    one = min(os.sched_getaffinity(0))
    script = f"import os, polymuse.cpu; os.sched_setaffinity(0, [{one}]); print(polymuse.cpu.usable_cores())"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "1\n"
    assert usable_cores() >= 1
