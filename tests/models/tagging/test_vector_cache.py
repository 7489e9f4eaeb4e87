import logging
import sys
from pathlib import Path

import numpy as np
import pytest

from models.tagging.vector_cache import read_vectors, write_vectors
from tests.helpers.full_disk import full_disk

VECTORS = np.eye(50, dtype=np.float32)


def test_vectors_are_read_back(tmp_path: Path) -> None:
    write_vectors(tmp_path / "cache" / "a.npy", VECTORS)
    found = read_vectors(tmp_path / "cache" / "a.npy", (None, 50))
    assert found is not None
    np.testing.assert_array_equal(found, VECTORS)


def test_a_full_disk_is_reported_and_leaves_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with full_disk(1_000), caplog.at_level(logging.WARNING):
        write_vectors(tmp_path / "a.npy", VECTORS)
    assert "Cannot write vectors" in caplog.text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such mode there")
def test_others_may_read_them_as_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    write_vectors(tmp_path / "a.npy", VECTORS)
    assert (tmp_path / "a.npy").stat().st_mode == (tmp_path / "any").stat().st_mode
