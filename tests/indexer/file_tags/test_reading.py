import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from mutagen.id3 import COMM, TALB, TIT2, TXXX, UFID, USLT, Frame, Frames

from indexer.file_tags.reading import read_tags
from indexer.file_tags.tag_info import TagInfo
from polymuse.text import clean
from tests.helpers.audio_files import encode, sweep
from tests.helpers.paths import ROOT
from tests.helpers.searching import examples
from tests.helpers.tagged_files import ape, asf, audio, id3, id3_bytes, id3v1, info, mp4, riff, vorbis

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


# Field -> a value for the table in docs/indexing.md, and what is read
UUID = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"
SAMPLES: dict[str, tuple[str, object]] = {
    "title": ("Säätö", "Säätö"),
    "artist": ("夜", "夜"),
    "artists": ("A", ("A",)),
    "album": ("Best: of", "Best: of"),
    "album_artist": ("B", "B"),
    "track_number": ("3", 3),
    "disc_number": ("2", 2),
    "year": ("2004-05-06", 2004),
    "original_year": ("1971", 1971),
    "genres": ("Rock; Jazz/Fusion", ("Rock", "Jazz", "Fusion")),
    "compilation": ("1", True),
    "composers": ("C", ("C",)),
    "label": ("D", "D"),
    "isrcs": ("GBAYE7500101", ("GBAYE7500101",)),
    "tag_bpm": ("97", 97.0),
    "tag_key": ("Am", "Am"),
    "lyrics": ("One\nTwo", "One\nTwo"),
    "comment": ("E", "E"),
    "replay_gain.track_gain_db": ("-7.5 dB", -7.5),
    "replay_gain.track_peak": ("0.5", 0.5),
    "replay_gain.album_gain_db": ("+1.5 dB", 1.5),
    "replay_gain.album_peak": ("0.75", 0.75),
}
ROW = re.compile(r"^\| ([a-z_.]+) \| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)
TABLE = ROW.findall((ROOT / "docs" / "indexing.md").read_text("utf-8"))


def write_id3(path: Path, tags: Sequence[tuple[str, str]]) -> Path:
    return id3(path, *(id3_frame(name, value) for name, value in tags))


def id3_frame(name: str, value: str) -> Frame:
    if name == "UFID":
        return UFID("http://musicbrainz.org", value.encode())
    if name in ("USLT", "COMM"):
        return {"USLT": USLT, "COMM": COMM}[name](3, "eng", "", value)
    return Frames[name](3, value) if name in Frames else TXXX(3, name, value)


def write_mp4(path: Path, tags: Sequence[tuple[str, str]]) -> Path:
    values = {"trkn": [(3, 0)], "disk": [(2, 0)], "cpil": True, "tmpo": [97]}
    atoms: dict[str, object] = {}
    for name, value in tags:
        if name in values:
            atoms[name] = values[name]
        elif name.startswith("©") or name == "aART":
            atoms[name] = [value]
        else:
            atoms[f"----:com.apple.iTunes:{name}"] = [value.encode()]
    return mp4(path, atoms)


WRITERS: dict[str, tuple[int, Callable[[Path, Sequence[tuple[str, str]]], Path]]] = {  # name -> column, writer
    "a.flac": (1, lambda path, tags: vorbis(path, *tags)),
    "a.ogg": (1, lambda path, tags: vorbis(path, *tags)),
    "a.opus": (1, lambda path, tags: vorbis(path, *tags)),
    "a.wv": (1, lambda path, tags: ape(path, **dict(tags))),
    "b.mp3": (1, lambda path, tags: ape(path, **dict(tags))),
    "a.mka": (1, lambda path, tags: audio(path, dict(tags))),
    "a.mp3": (2, write_id3),
    "a.wav": (2, lambda path, tags: riff(path, (b"id3 ", id3_bytes(*(id3_frame(*each) for each in tags))))),
    "a.m4a": (3, write_mp4),
    "a.wma": (4, lambda path, tags: asf(path, {name: [value] for name, value in tags})),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_field_of_the_table_in_the_documentation_is_read(name: str, tmp_path: Path) -> None:
    column, write = WRITERS[name]
    samples = SAMPLES | {row[0]: (UUID, (UUID,)) for row in TABLE if row[0].startswith("musicbrainz.")}
    tags = read_tags(write(tmp_path / name, [(row[column], samples[row[0]][0]) for row in TABLE]))
    found = {row[0]: getattr(tags, row[0].partition(".")[0]) for row in TABLE}
    parts = {field: value[field.partition(".")[2]] if "." in field else value for field, value in found.items()}
    assert parts == {row[0]: samples[row[0]][1] for row in TABLE}


def test_the_table_in_the_documentation_has_all_fields() -> None:
    assert {row[0].partition(".")[0] for row in TABLE} == {field.name for field in fields(TagInfo)}


class TestPrecedence:
    """Two systems in a file: the first one counts, the other fills in."""

    def test_vorbis_comments_before_id3_in_flac(self, tmp_path: Path) -> None:
        path = vorbis(tmp_path / "a.flac", ("TITLE", "Дорога"))
        tags = read_tags(id3(path, TIT2(3, "??????"), TALB(3, "Album")))
        assert (tags.title, tags.album) == ("Дорога", "Album")

    def test_id3_before_info_in_wav(self, tmp_path: Path) -> None:
        path = riff(tmp_path / "a.wav", info(INAM=b"info", IART=b"artist"), (b"id3 ", id3_bytes(TIT2(3, "id3"))))
        tags = read_tags(path)
        assert (tags.title, tags.artist) == ("id3", "artist")

    def test_id3v2_before_apev2_before_id3v1_in_mp3(self, tmp_path: Path) -> None:
        path = ape(tmp_path / "a.mp3", Title="ape", Artist="ape")
        path.write_bytes(path.read_bytes() + id3v1(b"v1", b"v1", b"v1"))
        tags = read_tags(path)
        assert (tags.title, tags.artist, tags.album) == ("ape", "ape", "v1")
        path.write_bytes(id3_bytes(TIT2(3, "v2")) + path.read_bytes())
        tags = read_tags(path)
        assert (tags.title, tags.artist, tags.album) == ("v2", "ape", "v1")

    def test_apev2_before_id3_in_wavpack(self, tmp_path: Path) -> None:
        path = ape(tmp_path / "a.wv", Title="ape")
        path.write_bytes(path.read_bytes() + id3v1(b"v1", b"v1"))
        tags = read_tags(path)
        assert (tags.title, tags.artist) == ("ape", "v1")

    def test_lyrics_beside_the_file(self, tmp_path: Path) -> None:
        path = vorbis(tmp_path / "a.flac", ("LYRICS", "inside"))
        assert read_tags(path).lyrics == "inside"
        (tmp_path / "a.lrc").write_bytes("[00:01.00]Группа крови\n[00:02.00]на рукаве".encode("cp1251"))
        assert read_tags(path).lyrics == "[00:01.00]Группа крови\n[00:02.00]на рукаве"


def test_one_encoding_for_all_texts_of_a_file(tmp_path: Path) -> None:
    """The title alone would be too little evidence."""
    path = audio(tmp_path / "a.mp3")
    path.write_bytes(path.read_bytes() + id3v1("Я".encode("cp1251"), "Земфира".encode("cp1251")))
    assert (read_tags(path).title, read_tags(path).artist) == ("Я", "Земфира")


def test_a_wrong_guess_can_be_overruled(tmp_path: Path) -> None:
    path = audio(tmp_path / "a.mp3")
    path.write_bytes(path.read_bytes() + id3v1("Я".encode("cp1251")))
    assert (read_tags(path).title, read_tags(path, "cp1251").title) == ("ß", "Я")


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp3")
    assert read_tags(tmp_path / "a.mp3") == TagInfo("a")
