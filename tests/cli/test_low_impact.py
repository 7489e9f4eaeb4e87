import os
import subprocess
import sys

import pytest

SCRIPT = """
import os, subprocess, sys
from cli.low_impact import lower_priority
from polymuse.cpu import usable_cores
before = usable_cores()
lower_priority()
child = "import os; print(os.nice(0), len(os.sched_getaffinity(0)))"
print(before, usable_cores(), *subprocess.check_output([sys.executable, "-c", child], text=True).split())
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="other systems cannot restrict cores")
def test_the_run_and_its_workers_have_the_lowest_priority_and_half_of_the_cores() -> None:
    printed = subprocess.check_output([sys.executable, "-c", SCRIPT], text=True)
    before, after, nice_of_child, cores_of_child = map(int, printed.split())
    assert nice_of_child == 19
    assert after == cores_of_child == max(1, before // 2)
