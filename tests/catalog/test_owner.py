"""The lock of a store, and what the owner says about itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import portalocker
import pytest

from catalog import owner
from catalog.owner import InUseError, Owner
from tests.helpers.paths import ROOT


def test_there_is_one_owner(tmp_path: Path) -> None:
    with owner.lock(tmp_path, shared=False), pytest.raises(InUseError, match=f"in use by process {os.getpid()}"):
        owner.lock(tmp_path, shared=True)
    owner.lock(tmp_path, shared=True).close()


def test_the_description_is_private(tmp_path: Path) -> None:
    with owner.lock(tmp_path, shared=True):
        assert Owner.of(tmp_path).shared
        assert Owner.of(tmp_path).address is None
        owner.announce(tmp_path, shared=True, address={"port": 1, "secret": "s"})
        assert Owner.of(tmp_path).address == {"port": 1, "secret": "s"}
        assert (tmp_path / "owner.json").stat().st_mode & 0o777 == 0o600
        owner.withdraw(tmp_path)
        assert not (tmp_path / "owner.json").exists()


def test_one_of_an_earlier_version_does_not_share(tmp_path: Path) -> None:
    about = {"pid": 7, "command": "polymuse serve", "since": "2026-01-01 00:00:00+00:00"}
    (tmp_path / "owner.json").write_text(json.dumps(about))
    assert Owner.of(tmp_path) == Owner("process 7 (polymuse serve), since 2026-01-01 00:00:00+00:00")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": 1'])
def test_one_that_has_not_written_yet(tmp_path: Path, text: str) -> None:
    (tmp_path / "owner.json").write_text(text)
    assert Owner.of(tmp_path) == Owner("another process", shared=True)


def test_one_on_another_machine_is_named_with_it(tmp_path: Path) -> None:
    about = {"pid": 7, "command": "polymuse serve", "since": "today", "host": "na\x1b[31ms", "shared": True}
    (tmp_path / "owner.json").write_text(json.dumps(about))
    found = Owner.of(tmp_path)
    assert found.host == "na\x1b[31ms"
    assert found.name.startswith("process 7 (polymuse serve) on na")
    assert "\x1b" not in found.name
    with (tmp_path / "owner.lock").open("a") as held:
        portalocker.lock(held, portalocker.LOCK_EX)
        with pytest.raises(InUseError, match=r"on na.*Several machines cannot share"):
            owner.lock(tmp_path, shared=True)
    with owner.lock(tmp_path, shared=True):
        assert Owner.of(tmp_path).host == ""


def test_a_file_system_without_locks(tmp_path: Path) -> None:
    """The system call fails as on such a file system, in a process of its own."""
    script = f"""
import errno, fcntl
from pathlib import Path
import portalocker.portalocker

def flock(file, flags):
    raise OSError(errno.ENOLCK, "No locks available")

portalocker.portalocker.LOCKER = flock
from catalog import owner
from polymuse.errors import UserError
try:
    owner.lock(Path({str(tmp_path)!r}), shared=True)
except UserError as error:
    print(type(error).__name__, error)
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.startswith(f"UnavailableError The store {tmp_path} cannot be locked: No locks available")
    assert "in use" not in run.stdout
