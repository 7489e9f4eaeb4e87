"""The lock of a store, and what the owner says about itself."""

import json
import os
from pathlib import Path

import pytest

from catalog import owner
from catalog.owner import InUseError, Owner


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
