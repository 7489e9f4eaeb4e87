import json
from pathlib import Path

import pytest

from polymuse.errors import UnavailableError
from polymuse.indexed_folders import IndexedFolders


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "folders.json"


def test_what_is_below_a_folder(file: Path) -> None:
    folders = IndexedFolders(file)
    assert not folders.hold("/music/a.ogg")
    folders.add([Path("/music"), Path("/caf\udce9"), Path("/one/song.ogg")])
    held = ["/music", "/music/a.ogg", "/music/in/a.ogg", "/caf\udce9/a.ogg", "/one/song.ogg"]
    assert [path for path in held if not folders.hold(path)] == []
    others = ["/", "/etc/passwd", "/music2/a.ogg", "/music/../etc/passwd", "music/a.ogg", "/one/other.ogg", "", "/caf"]
    assert [path for path in others if folders.hold(path)] == []


def test_another_process_adds_folders(file: Path) -> None:
    folders, other = IndexedFolders(file), IndexedFolders(file)
    assert not folders.hold("/music/a.ogg")
    other.add([Path("/music")])
    assert folders.hold("/music/a.ogg")
    folders.add([Path("/more")])
    assert other.hold("/more/a.ogg")
    assert other.hold("/music/a.ogg")


def test_folders_in_known_ones_are_not_written_again(file: Path) -> None:
    folders = IndexedFolders(file)
    folders.add([Path("/music")])
    file.chmod(0o400)
    before = file.stat().st_mtime_ns, file.stat().st_ino
    folders.add([Path("/music/in"), Path("/music/a.ogg"), Path("/music")])
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before
    assert json.loads(file.read_text()) == {"folders": ["/music"]}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"folders": 7}', "\x00"])
def test_a_damaged_file_holds_nothing_and_is_replaced(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)
    folders = IndexedFolders(file)
    assert not folders.hold("/music/a.ogg")
    folders.add([Path("/music")])
    assert folders.hold("/music/a.ogg")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(UnavailableError, match=r"folders\.json cannot be written: .*"):
        IndexedFolders(tmp_path / "home" / "folders.json").add([Path("/music")])


def test_folders_that_people_may_name(file: Path, tmp_path: Path) -> None:
    music = tmp_path / "music"
    for folder in ("Jazz", "Folk", ".hidden"):
        (music / folder).mkdir(parents=True)
    (music / "song.ogg").touch()
    folders = IndexedFolders(file)
    folders.add([music, tmp_path / "gone"])
    assert folders.named() == (str(music), str(music / "Folk"), str(music / "Jazz"))
