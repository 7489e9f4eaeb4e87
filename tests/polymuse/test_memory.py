import os
import subprocess
import sys

import pytest

from polymuse.errors import UserError
from polymuse.memory import memory_of, shortage_as, total_memory

SIZE = 100 * 2**20  # bytes


def test_memory_of_a_process_is_measured() -> None:
    script = f"x = b'x' * {SIZE}; print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        found = memory_of(process.pid)
        process.stdin.write(b"\n")
        process.stdin.close()
    if sys.platform == "linux":
        assert found is not None
        assert SIZE < found < SIZE + 50 * 2**20  # an interpreter takes about 6 MiB


def test_a_process_uses_less_than_the_machine_has() -> None:
    assert (memory_of(os.getpid()) or 0) < (total_memory() or 1)


def test_memory_of_an_ended_process_is_unknown() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert memory_of(process.pid) is None


@pytest.mark.parametrize("shortage", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_a_shortage_has_the_words_of_the_caller(shortage: Exception) -> None:
    with pytest.raises(UserError, match="too big"), shortage_as(UserError("It is too big")):
        raise shortage


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="shapes differ"), shortage_as(UserError("It is too big")):
        raise RuntimeError("shapes differ")
