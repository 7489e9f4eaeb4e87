"""Versions of audio files, and where a cover comes from."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.track import FileRef, Track
from polymuse.errors import NotFoundError
from polymuse.indexed_folders import IndexedFolders
from search_api.media.derived import Source, open_cover
from search_api.media.file_answers import OpenFile
from tests.helpers.ids import id_of

PNG = b"\x89PNG\r\n\x1a\n and more"
JPEG = b"\xff\xd8\xff\xe0 and more"


@pytest.fixture
def track(tmp_path: Path) -> Track:
    """Its first file is gone."""
    (tmp_path / "a.ogg").write_bytes(b"OggS")
    status = (tmp_path / "a.ogg").stat()
    files = (tmp_path / "gone.ogg", tmp_path / "a.ogg")
    return Track(
        id_of(1), tuple(FileRef(str(file), status.st_size, status.st_mtime_ns) for file in files), "A", 1.0, "vorbis"
    )


@pytest.fixture
def folders(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> IndexedFolders:
    folders = IndexedFolders(tmp_path_factory.mktemp("home") / "folders.json")
    folders.add([tmp_path])
    return folders


class TestSource:
    def test_it_is_the_first_file_that_is_there(self, track: Track, folders: IndexedFolders, tmp_path: Path) -> None:
        assert Source.of(track, folders).path == tmp_path / "a.ogg"
        assert len(Source.of(track, folders).key) == 32
        (tmp_path / "a.ogg").unlink()
        with pytest.raises(NotFoundError):
            Source.of(track, folders)

    def test_every_version_has_a_key_of_its_own(self, track: Track, folders: IndexedFolders, tmp_path: Path) -> None:
        file = tmp_path / "a.ogg"
        keys = [Source.of(track, folders).key]
        assert Source.of(track, folders).key == keys[0]
        keys.append(Source.of(replace(track, id=id_of(2)), folders).key)
        os.utime(file, ns=(0, 10**18))
        keys.append(Source.of(track, folders).key)
        file.write_bytes(b"OggS and more")
        os.utime(file, ns=(0, 10**18))
        keys.append(Source.of(track, folders).key)
        assert len(set(keys)) == 4


class TestCover:
    def cover(self, folder: Path, embedded: bytes) -> tuple[str, str]:
        """Name and media type; checks that it is read from its start on."""
        (folder / "embedded").write_bytes(embedded)
        found, kind = open_cover(OpenFile.open(folder / "embedded"), Source(folder / "a.ogg", "key"))
        with found:
            assert found.file.read() == found.path.read_bytes()
            return found.path.name, kind

    def test_the_embedded_picture_comes_first(self, tmp_path: Path) -> None:
        (tmp_path / "cover.jpg").write_bytes(JPEG)
        assert self.cover(tmp_path, PNG) == ("embedded", "image/png")

    def test_then_those_of_the_folder_in_their_order(self, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match="no cover"):
            self.cover(tmp_path, b"")
        (tmp_path / "front.png").write_bytes(PNG)
        assert self.cover(tmp_path, b"") == ("front.png", "image/png")
        (tmp_path / "cover.png").write_bytes(JPEG)  # the content decides
        assert self.cover(tmp_path, b"") == ("cover.png", "image/jpeg")
        (tmp_path / "cover.jpg").write_bytes(b"<svg/>")
        assert self.cover(tmp_path, b"") == ("cover.png", "image/jpeg")
