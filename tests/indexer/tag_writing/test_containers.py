"""Whatever tags a file has: writing others of ours changes nothing else, and damaged files are refused."""

import functools
import random
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.flac import Picture
from mutagen.id3 import APIC, CHAP, COMM, GEOB, ID3, POPM, RVA2, TIT2, TPE1, TXXX, UFID

from benchmarks.mutations import damaged
from indexer.tag_writing.containers import container_of
from indexer.tag_writing.fields import FIELDS, field_of
from indexer.tag_writing.items import RefusedError, UnsupportedError
from indexer.tag_writing.replacing import _understood
from tests.helpers.tagged_files import ape, audio, frame, id3, id3v1, id3v2, info, mp4, riff, vorbis
from tests.indexer.tag_writing.conftest import SUFFIXES

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=300)
CHANGES = st.dictionaries(st.sampled_from([*FIELDS]), st.lists(TEXTS, min_size=1, max_size=3), min_size=1)


def rich(path: Path) -> Path:
    """A file with tags of many kinds that are not ours."""
    if path.suffix == ".m4a":
        free = {"----:com.apple.iTunes:Serato": [b"\0\1"], "\xa9nam": ["Ä"], "trkn": [(1, 2)], "rtng": [4]}
        return mp4(path, {**free, "covr": [b"\x89PNG" + bytes(5000)]})
    if path.suffix in (".flac", ".ogg", ".opus"):
        picture = Picture()
        picture.data = bytes(9000)
        file = vorbis(path, ("TITLE", "Ä"), ("serato_markers_v2", "x" * 4000), ("ARTIST", "A"), ("ARTIST", "B"))
        if path.suffix == ".flac":
            from mutagen.flac import FLAC

            flac = FLAC(file)
            flac.add_picture(picture)
            flac.save()
        return file
    odd = [GEOB(mime="application/octet-stream", desc="Serato Markers2", data=bytes(500)), UFID(owner="x", data=b"1")]
    odd += [CHAP(element_id="1", start_time=0, end_time=9, sub_frames=[TIT2(text="One")]), POPM(email="a", rating=9)]
    odd += [APIC(mime="image/png", data=bytes(3000)), COMM(encoding=1, lang="eng", desc="", text=["Ä"])]
    odd += [RVA2(desc="album", channel=1, gain=1, peak=0), TPE1(encoding=3, text=["A", "B"])]
    if path.suffix == ".mp3":
        return id3(path, *odd)
    from mutagen.aiff import AIFF
    from mutagen.wave import WAVE

    file = (WAVE if path.suffix == ".wav" else AIFF)(audio(path))
    file.add_tags()
    assert file.tags is not None
    for each in odd:
        file.tags.add(each)
    file.save()
    return path


@functools.cache
def content(suffix: str, tmp: Path) -> bytes:
    return rich(tmp / f"rich.{suffix}").read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rich")


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(changes=CHANGES)
def test_nothing_else_changes(folder: Path, suffix: str, changes: dict[str, list[str]]) -> None:
    source = BytesIO(content(suffix, folder))
    container = container_of(Path(f"a.{suffix}"), source)
    area = container.read(source)
    items = [item.raw for item in area.items]
    made = []
    for field, texts in changes.items():
        values = {"bpm": ["120"], "replaygain": ["-1.00 dB", "0.5", "-1536"]}.get(field, texts)
        made += container.render(area.kind, field, values)
    target = BytesIO()
    container.write(source, target, [*items, *made], area.kind)
    again = container.read(target)
    assert [item.raw for item in again.items] == [*items, *made]
    assert {item.field for item in again.items} >= {*changes}
    assert container.outside(source) == container.outside(target)
    back = BytesIO()
    container.write(target, back, items, area.kind)
    assert [item.raw for item in container.read(back).items] == items
    assert container.outside(source) == container.outside(back)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_files_are_refused_or_written_without_other_changes(folder: Path, suffix: str) -> None:
    chance = random.Random(suffix)
    whole = content(suffix, folder)
    for _ in range(60):
        source = BytesIO(damaged(chance, whole, [whole]))
        try:
            container = container_of(Path(f"a.{suffix}"), source)
            area = _understood(lambda c=container, s=source: c.read(s))
            made = [*(item.raw for item in area.items), *container.render(area.kind, "mood", ["Calm"])]
            target = BytesIO()
            _understood(lambda c=container, s=source, t=target, m=made, a=area: c.write(s, t, m, a.kind))
            same = _understood(lambda c=container, s=source: c.outside(s))
            assert same == _understood(lambda c=container, t=target: c.outside(t))
        except (RefusedError, UnsupportedError, OSError):
            continue


REFUSED = {
    "unsynchronised": id3v2(frame("TIT2", b"\0A"), flags=0x80),
    "extended header": id3v2(bytes(10), frame("TIT2", b"\0A"), flags=0x40),
    "version 2.2": id3v2(b"TT2\0\0\2\0A", version=2),
    "encrypted": id3v2(frame("TIT2", b"\0A", flags=0x40)),
    "same frame twice": id3v2(frame("TBPM", b"\x00120"), frame("TBPM", b"\x00121")),
    "compressed": id3v2(frame("TBPM", b"\0\0\0\4x\x9c3426\0\0\1\x93\0\xc4", flags=0x80)),
    "damaged frame": id3v2(frame("TIT2", b"\0A", size=500)),
    "behind its last frame": id3v2(frame("TIT2", b"\0A"), bytes(20), b"x"),
    "two ID3 tags": id3v2(frame("TIT2", b"\0A")) + id3v2(frame("TIT2", b"\0B")),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_tags_that_are_not_understood_are_refused(tmp_path: Path, reason: str) -> None:
    path = audio(tmp_path / "a.mp3")
    path.write_bytes(REFUSED[reason] + path.read_bytes())
    with path.open("rb") as file, pytest.raises(RefusedError, match=reason):
        _understood(lambda: container_of(path, file).read(file))


def test_what_other_tag_systems_of_a_file_say_counts(tmp_path: Path) -> None:
    path = ape(audio(tmp_path / "a.mp3"), BPM="90", Mood="Calm")
    path.write_bytes(path.read_bytes() + id3v1(b"Title"))
    with path.open("rb") as file:
        area = container_of(path, file).read(file)
        assert area.elsewhere == {"bpm", "mood"}
    path = riff(tmp_path / "a.wav", info(IGNR=b"Jazz"))
    with path.open("rb") as file:
        assert container_of(path, file).read(file).elsewhere == {"genre"}


@pytest.mark.parametrize("suffix", ["wma", "wv", "mka"])
def test_other_files_are_left_out(tmp_path: Path, suffix: str) -> None:
    path = audio(tmp_path / f"a.{suffix}")
    with path.open("rb") as file, pytest.raises(UnsupportedError, match="only"):
        container_of(path, file)


def test_names_of_other_programs_mean_the_same_field(tmp_path: Path) -> None:
    path = id3(
        tmp_path / "a.mp3", TXXX(desc="Initial Key", text=["Am"]), TXXX(desc="REPLAYGAIN_ALBUM_GAIN", text=["1"])
    )
    with path.open("rb") as file:
        items = container_of(path, file).read(file).items
    assert {item.field: item.texts for item in items} == {"key": ("Am",), "": ()}
    assert ID3(path).version[1] == 4
    assert field_of("MOODS") == "mood"
