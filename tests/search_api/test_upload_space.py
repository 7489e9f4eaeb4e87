"""The space of uploads is bounded, and freed after crashes."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from search_api.problems import BusyError
from search_api.upload_space import PREFIX, UPLOADS, NoSpaceError, UploadSpace, open_upload_space

MB = 1 << 20


def test_waiting_uploads_are_bounded_by_bytes(tmp_path: Path) -> None:
    space = UploadSpace(tmp_path, MB)
    with space.reserve(None), space.reserve(10 * MB):  # neither is larger than the largest
        small = [space.reserve(MB // 4) for _ in range(4 * (UPLOADS - 2))]
        for each in small:
            each.__enter__()
        with pytest.raises(BusyError), space.reserve(MB // 4):
            pass
        for each in small:
            each.__exit__(None, None, None)
        with space.reserve(MB):
            pass


def test_an_upload_that_does_not_fit_is_refused_before_it_is_received(tmp_path: Path) -> None:
    with pytest.raises(NoSpaceError, match="no room"), UploadSpace(tmp_path, 1 << 60).reserve(1 << 59):
        pass


def test_a_disk_that_becomes_full_is_said(tmp_path: Path) -> None:
    space = UploadSpace(tmp_path, MB)
    with pytest.raises(NoSpaceError), space.reserve(1):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match="another"), space.reserve(1):
        raise OSError(errno.EIO, "another fault")
    with space.reserve(MB) as own:
        (own / "upload.mp3").write_bytes(b"x")
    assert not any(tmp_path.iterdir())


def test_a_directory_that_was_cleaned_up_is_made_again(tmp_path: Path) -> None:
    with UploadSpace(tmp_path / "gone", MB).reserve(1) as own:
        assert own.is_dir()


KILLED = """
import sys, time
from search_api.upload_space import open_upload_space
with open_upload_space(1 << 20) as space, space.reserve(10) as own:
    (own / "upload.mp3").write_bytes(b"left")
    print(space.directory, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_what_a_killed_service_left_is_deleted_and_what_is_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    command = [sys.executable, "-c", KILLED]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        left = Path(other.stdout.readline().strip())
        with open_upload_space(MB):
            assert left.is_dir()
        other.send_signal(signal.SIGKILL)
    assert left.is_dir()
    with open_upload_space(MB) as space:
        assert [*tmp_path.glob(f"{PREFIX}*")] == [space.directory]
    assert not any(tmp_path.glob(f"{PREFIX}*"))
