"""The cache of derived files: eviction, and bad source files."""

import os
from pathlib import Path
from typing import Any

import pytest

from polymuse.errors import BadAudioError, UnavailableError
from search_api.media.cache import MediaCache


def write_ten(source: Path, target: Path) -> None:
    target.write_bytes(bytes(10))


def crash(source: Path, target: Path) -> None:
    os._exit(9)


def eat_memory(source: Path, target: Path) -> None:
    target.write_bytes(bytes(2**31))


def hang(source: Path, target: Path) -> None:
    while True:
        pass


class TestCache:
    def test_the_least_recently_used_are_evicted_first(self, tmp_path: Path) -> None:
        with MediaCache(tmp_path / "cache", max_bytes=25) as cache:
            for key in ("a", "b"):
                cache.get(key, write_ten, tmp_path, 120).close()
            used = cache.find("a")
            assert used is not None
            used.close()
            cache.get("c", write_ten, tmp_path, 120).close()
            # three times ten bytes exceed 25, and b was used before a
            assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["a", "c"]

    @pytest.mark.parametrize(("maker", "seconds"), [(crash, 120.0), (eat_memory, 120.0), (hang, 0.5)])
    def test_a_bad_file_affects_no_other(self, tmp_path: Path, maker: Any, seconds: float) -> None:
        with MediaCache(tmp_path / "cache", max_bytes=25) as cache:
            with pytest.raises(BadAudioError):
                cache.get("bad", maker, tmp_path, seconds)
            assert cache.find("bad") is None
            assert list((tmp_path / "cache").iterdir()) == []
            cache.get("good", write_ten, tmp_path, 120).close()

    def test_a_directory_that_cannot_be_created(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with (
            MediaCache(tmp_path / "file" / "cache", max_bytes=25) as cache,
            pytest.raises(UnavailableError, match="cannot be written"),
        ):
            cache.get("a", write_ten, tmp_path, 120)
