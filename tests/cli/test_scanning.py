"""What `index` and `watch` look at."""

import os
from pathlib import Path

import pytest

from cli.scanning import all_patterns, read_list
from polymuse.errors import UserError
from polymuse.settings import Settings
from tests.helpers.audio_files import touch


@pytest.mark.parametrize("content", [b"a b.mp3\n\n c.mp3", b"a b.mp3\r\n c.mp3\r\n", b"a b.mp3\0 c.mp3\0"])
def test_a_list_has_lines_or_nul(content: bytes, tmp_path: Path) -> None:
    assert read_list(touch(tmp_path / "list", content)) == [Path("a b.mp3"), Path(" c.mp3")]


def test_with_nul_names_may_contain_anything(tmp_path: Path) -> None:
    listed = read_list(touch(tmp_path / "list", b"new\nline.mp3\0caf\xe9.mp3\0"))
    assert [os.fsencode(path) for path in listed] == [b"new\nline.mp3", b"caf\xe9.mp3"]


def test_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere: No such file"):
        read_list(tmp_path / "nowhere")


def test_patterns_of_the_setting_and_the_option_are_joined(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, exclude=("*.wav",))
    assert all_patterns(["a/"], settings) == ("*.wav", "a/")
    with pytest.raises(UserError, match="'!' is not a pattern"):
        all_patterns(["!"], settings)
