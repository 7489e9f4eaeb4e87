import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from indexer.file_tags.reading import read_tags
from indexer.file_tags.tag_info import TagInfo
from indexer.file_tags.text import MAX_TEXT, clean
from tests.helpers.audio_files import encode, sweep
from tests.helpers.searching import examples

TAGS = {"title": "Säätö", "artist": "夜", "album": "Best: of", "date": "2004-05-06", "genre": "Rock; Jazz/Fusion"}


@pytest.fixture(scope="module", params=["a.mp3", "a.flac", "a.ogg", "a.opus", "a.m4a", "a.wma", "a.mka"])
def tagged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name = request.param
    codec = {"mp3": "libmp3lame", "ogg": "vorbis", "opus": "libopus", "m4a": "aac", "wma": "wmav2"}
    rate = 48_000 if name == "a.opus" else 44_100
    kind = codec.get(name.partition(".")[2], "flac")
    tags = TAGS | ({"WM/Year": "2004"} if name == "a.wma" else {})  # FFmpeg does not rename the field when it writes
    return encode(tmp_path_factory.mktemp("t") / name, kind, sweep(1, rate), rate, tags=tags, bit_rate=128_000)


def tag_mp3(path: Path, **tags: str) -> Path:
    return encode(path, "libmp3lame", sweep(0.1, 44_100), tags=tags)


class TestFiles:
    def test_all_fields(self, tagged: Path) -> None:
        tags = read_tags(tagged)
        assert (tags.title, tags.artist, tags.album, tags.year) == ("Säätö", "夜", "Best: of", 2004)
        assert tags.genres == ("Rock", "Jazz", "Fusion")

    def test_codec_that_only_ffmpeg_reads(self, tmp_path: Path) -> None:
        # WavPack carries an APEv2 tag behind the audio
        path = encode(tmp_path / "a.wv", "wavpack", sweep(1, 44_100), sample_format="s16p", tags=TAGS)
        tags = read_tags(path)
        assert (tags.title, tags.artist, tags.album) == ("Säätö", "夜", "Best: of")

    def test_file_name_replaces_a_missing_title(self, tmp_path: Path) -> None:
        assert read_tags(tag_mp3(tmp_path / "01 Ouverture.mp3")).title == "01 Ouverture"
        assert read_tags(tag_mp3(tmp_path / "b.mp3", title=" \t ")).title == "b"

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems need file names to be text")
    def test_title_from_a_name_that_is_not_text_can_be_stored(self, tmp_path: Path) -> None:
        title = read_tags(tag_mp3(tmp_path / "plain.mp3").rename(tmp_path / "caf\udce9.mp3")).title
        assert title == r"caf\xe9"

    @pytest.mark.parametrize("content", [b"", b"Dear diary", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f", bytes(1_000)])
    def test_broken_file_has_its_file_name_as_title(self, content: bytes, tmp_path: Path) -> None:
        path = tmp_path / "a.mp3"
        path.write_bytes(content)
        assert read_tags(path) == TagInfo(title="a")

    def test_missing_file_has_its_file_name_as_title(self, tmp_path: Path) -> None:
        assert read_tags(tmp_path / "gone.mp3") == TagInfo(title="gone")

    @examples(30, HealthCheck.function_scoped_fixture)
    @given(data=st.data())
    def test_never_raises(self, tagged: Path, tmp_path: Path, data: st.DataObject) -> None:
        content = bytearray(tagged.read_bytes())
        head = st.integers(0, min(1_500, len(content) - 1))
        for position in data.draw(st.lists(head, min_size=1, max_size=20), "positions"):
            content[position] = data.draw(st.integers(0, 255), "byte")
        path = tmp_path / tagged.name
        path.write_bytes(content[: data.draw(head | st.just(len(content)), "end")])
        tags = read_tags(path)
        assert tags.title
        for text in (tags.title, tags.artist, tags.album, *tags.genres):
            assert text == clean(text)
            text.encode()  # no lone surrogates: the text can be stored


class TestFields:
    @pytest.mark.parametrize(
        ("genre", "expected"),
        [
            ("Rock", ("Rock",)),
            ("Rock;Pop, Jazz / Soul", ("Rock", "Pop", "Jazz", "Soul")),
            ("rock; Rock; ROCK", ("rock",)),
            (" ; / ,", ()),
            ("(17)", ("Rock",)),
        ],
    )
    def test_genres(self, genre: str, expected: tuple[str, ...], tmp_path: Path) -> None:
        assert read_tags(tag_mp3(tmp_path / "a.mp3", genre=genre)).genres == expected

    @pytest.mark.parametrize(
        ("date", "expected"),
        [("1987", 1987), ("2004-05-06", 2004), ("20040506", 2004), ("6.5.2004", 2004), ("0", None), ("12345", None)],
    )
    def test_year(self, date: str, expected: int | None, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.flac", "flac", sweep(0.1, 44_100), tags={"date": date})
        assert read_tags(path).year == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \t b\r\n", "a b"),
        ("a\x00b\x1bc\x7f", "a b c"),
        ("Cafe\u0301", "Café"),  # NFD -> NFC
        ("abc\u202egpj.", "abcgpj."),  # right-to-left override
        ("👨‍👩‍👧", "👨‍👩‍👧"),  # the joiners inside an emoji stay
        ("a\udcffb", "a\ufffdb"),
        ("x" * 10_000, "x" * MAX_TEXT),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected
