"""What the record of a file says about it."""

import os
from pathlib import Path

import pytest

from models.weights.manifest import CheckpointInWheel, Download, InstalledPackage, RemoteFile, Wheel
from models.weights.records import (
    IMPORTED,
    Record,
    State,
    converted_state,
    download_state,
    file_state,
    forget,
    hash_of,
    installed,
    known_intact,
    package_state,
    read_record,
    record_path,
    write_record,
)

# sha256("abc") as in FIPS 180-2, appendix B.1
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
URL = "https://host/abc.bin"
REMOTE = RemoteFile(URL, 3, ABC)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "abc.bin"
    path.write_bytes(b"abc")
    os.utime(path, (1, 1))  # long before its record
    return path


def recorded(target: Path, source: str = URL, sha256: str = ABC) -> Path:
    write_record(target, Record(sha256, sha256, 3, source))
    return target


@pytest.mark.parametrize("source", ["", URL])
def test_a_record_comes_back_as_it_was_written(target: Path, source: str) -> None:
    record = Record("1" * 64, ABC, 3, source)
    write_record(target, record)
    assert read_record(target) == record
    assert record_path(target).name == "abc.bin.json"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"sha256": "0"}', b"\xff", None])
def test_a_record_that_cannot_be_understood_is_none(target: Path, content: bytes | None) -> None:
    if content is not None:
        record_path(target).write_bytes(content)
    assert read_record(target) is None
    assert file_state(target, REMOTE, thorough=False) is State.MISSING


def test_a_file_is_missing_once_its_record_is_forgotten(target: Path) -> None:
    recorded(target)
    forget(target)
    forget(target)
    assert file_state(target, REMOTE, thorough=False) is State.MISSING


class TestFileState:
    @pytest.mark.parametrize("thorough", [False, True])
    @pytest.mark.parametrize("source", [URL, IMPORTED])
    def test_present(self, target: Path, source: str, thorough: bool) -> None:
        assert file_state(recorded(target, source), REMOTE, thorough=thorough) is State.PRESENT

    def test_of_another_address_or_hash_than_the_one_wanted(self, target: Path) -> None:
        recorded(target)
        assert file_state(target, RemoteFile(URL + "?2", 3, ABC), thorough=False) is State.MISSING
        assert file_state(target, RemoteFile(URL, 3, "2" * 64), thorough=False) is State.MISSING
        assert file_state(target, RemoteFile(URL, 3, None), thorough=False) is State.PRESENT

    def test_what_was_imported_may_be_another_file(self, target: Path) -> None:
        assert file_state(recorded(target, IMPORTED), RemoteFile(URL, 3, "2" * 64), thorough=True) is State.PRESENT

    def test_the_size_shows_without_reading_and_the_rest_by_reading(self, target: Path) -> None:
        recorded(target)
        target.write_bytes(b"abd")
        assert file_state(target, REMOTE, thorough=False) is State.PRESENT
        assert file_state(target, REMOTE, thorough=True) is State.DAMAGED
        target.write_bytes(b"ab")
        assert file_state(target, REMOTE, thorough=False) is State.DAMAGED
        target.unlink()
        assert file_state(target, REMOTE, thorough=False) is State.MISSING


def test_a_converted_file_belongs_to_one_wheel(target: Path) -> None:
    record = Record(source_sha256="1" * 64, sha256=ABC, size=3)
    write_record(target, record)
    for sha256, state in (("1" * 64, State.PRESENT), ("2" * 64, State.MISSING)):
        source = CheckpointInWheel(Wheel("net", "1.0", "net.whl", 9, sha256), "net/", "abc.bin")
        assert converted_state(target, source, thorough=True) is state


def test_a_download_is_as_good_as_its_worst_file(target: Path) -> None:
    source = Download(".", (REMOTE, RemoteFile("https://host/config.yaml", 0, None)))
    recorded(target)
    assert download_state(target.parent, source, thorough=False) is State.MISSING
    config = target.with_name("config.yaml")
    config.write_bytes(b"abc")
    recorded(config, "https://host/config.yaml")
    assert download_state(target.parent, source, thorough=False) is State.PRESENT
    config.write_bytes(b"")
    assert download_state(target.parent, source, thorough=False) is State.DAMAGED


class TestIntact:
    def test_a_record_newer_than_its_file_saves_reading_it(self, target: Path) -> None:
        recorded(target, sha256="1" * 64)  # not that of the content, to tell which of the two it is
        assert known_intact(target)
        assert hash_of(target) == "1" * 64
        os.utime(record_path(target), (0, 0))
        assert not known_intact(target)
        assert hash_of(target) == ABC

    def test_reading_it_dates_the_record(self, target: Path) -> None:
        recorded(target)
        os.utime(record_path(target), (0, 0))
        assert file_state(target, REMOTE, thorough=True) is State.PRESENT
        assert known_intact(target)
        target.write_bytes(b"abd")
        os.utime(target, (1, 1))
        assert file_state(target, REMOTE, thorough=True) is State.DAMAGED
        assert not known_intact(target)

    def test_without_a_file_or_a_record_nothing_is_known(self, target: Path) -> None:
        assert not known_intact(target)
        recorded(target).unlink()
        assert not known_intact(target)
        with pytest.raises(FileNotFoundError):
            hash_of(target)


class TestInstalledPackage:
    SOURCE = InstalledPackage("net==1.0", "net", "resources", {"abc.bin": ABC})

    def test_states(self, target: Path) -> None:
        assert package_state(None, self.SOURCE, thorough=True) is State.MISSING
        assert package_state(target.parent, self.SOURCE, thorough=True) is State.PRESENT
        target.write_bytes(b"abd")
        assert package_state(target.parent, self.SOURCE, thorough=False) is State.PRESENT
        assert package_state(target.parent, self.SOURCE, thorough=True) is State.DAMAGED
        target.unlink()
        assert package_state(target.parent, self.SOURCE, thorough=False) is State.DAMAGED

    def test_is_found_without_running_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "tinyresources").mkdir()
        (tmp_path / "tinyresources" / "__init__.py").write_text("raise SystemExit('was run')")
        monkeypatch.syspath_prepend(tmp_path)
        source = InstalledPackage("tinyresources==1.0", "tinyresources", "resources", {})
        assert installed(source) == tmp_path / "tinyresources" / "resources"
        assert installed(InstalledPackage("no==1.0", "no_such_package", "resources", {})) is None
        assert installed(InstalledPackage("no==1.0", "json.decoder", "resources", {})) is None  # a module, no folder
