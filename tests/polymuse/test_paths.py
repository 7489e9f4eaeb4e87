import os
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.failing_disk import Fault, failing
from benchmarks.recording_disk import can_record
from polymuse.paths import is_absent, is_file, is_folder, normal, printable, spelled


def test_bytes_that_are_no_utf8_are_shown() -> None:
    assert printable("/music/卡农\udcff.ogg") == r"/music/卡农\xff.ogg"


def test_one_form_of_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lib" / "in").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "lib" / "in")
    for path in (
        "..",
        "../../lib",
        "./../in/..",
        tmp_path / "lib",
        f"{tmp_path}//lib/",
        tmp_path / "no" / ".." / "lib",
    ):
        assert normal(path) == tmp_path / "lib"
    assert normal("/..") == Path("/")


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
def test_links_stay_but_a_step_up_from_one_leads_where_it_leads_for_the_system(tmp_path: Path) -> None:
    (tmp_path / "disk" / "music").mkdir(parents=True)
    link = tmp_path / "music"
    link.symlink_to(tmp_path / "disk" / "music")
    assert normal(link / "a.mp3") == link / "a.mp3"
    assert normal(f"{link}/../b.mp3") == tmp_path / "disk" / "b.mp3"
    assert normal(f"{link}/x/../b.mp3") == link / "b.mp3"


def test_a_name_is_spelled_as_it_is_listed() -> None:
    decomposed = unicodedata.normalize("NFD", "Café")
    assert spelled("CAFÉ", ["x", decomposed]) == decomposed
    assert spelled("Music", ["music", "Music"]) == "Music"
    assert spelled("Music", ["muzic"]) == "Music"


@pytest.mark.skipif(os.name == "nt", reason="Windows ignores case")
def test_names_that_differ_in_case_are_different(tmp_path: Path) -> None:
    (tmp_path / "Music").mkdir()
    (tmp_path / "mUSIC").mkdir()
    assert normal(tmp_path / "Music").name == "Music"
    assert normal(tmp_path / "mUSIC").name == "mUSIC"
    (tmp_path / "a.mp3").touch()
    (tmp_path / "A.MP3").hardlink_to(tmp_path / "a.mp3")
    assert normal(tmp_path / "A.MP3").name == "A.MP3"


@pytest.fixture
def failing_folder(tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A folder, and what makes all that is in it answer with an error, as a share whose server has gone."""
    if not can_record():
        pytest.skip("this system lets this user mount no file system")
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "file").touch()
    (mount := tmp_path / "mount").mkdir()
    with failing(tmp_path / "disk", mount) as disk:
        yield mount, lambda: disk.fail(Fault("ENOTCONN"))


def test_an_error_of_the_disk_is_no_proof_that_nothing_is_there(
    failing_folder: tuple[Path, Callable[[], None]],
) -> None:
    folder, fail = failing_folder
    assert (is_folder(folder), is_file(folder / "file")) == (True, True)
    assert (is_absent(folder / "file"), is_absent(folder / "none"), is_absent(folder / "file" / "x")) == (
        False,
        True,
        True,
    )
    fail()
    assert (is_folder(folder), is_file(folder / "file")) == (False, False)
    assert not is_absent(folder / "none")
