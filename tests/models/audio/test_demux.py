"""Headers that PyAV's properties cannot make sense of, in files of every family."""

from pathlib import Path

import pytest

from indexer.file_tags import read_tags
from indexer.identity import track_id
from models.audio.decode import decode
from models.audio.demux import open_audio
from polymuse.errors import BadAudioError
from search_api.media.covers import write_embedded
from search_api.media.waveforms import write_waveform
from tests.helpers.audio_files import encode, remux, sweep

# Numbers of codecs in RIFF that are no characters: 0xFF for AAC, 0xF1AC for FLAC
NUMBERED = [("a.avi", "aac"), ("a.wav", "flac"), ("a.nut", "flac")]


def go_all_ways(path: Path) -> None:
    """What the index and the service do with a file. Raises the first BadAudioError once all have been gone."""
    refusals = []
    target = path.with_suffix(".out")
    for way in (
        track_id,
        decode,
        lambda source: write_embedded(source, target),
        lambda source: write_waveform(source, target),
    ):
        try:
            way(path)
        except BadAudioError as error:
            refusals.append(error)
    assert read_tags(path).title
    if refusals:
        raise refusals[0]


class TestCodecTag:
    @pytest.mark.parametrize(("name", "codec"), NUMBERED)
    def test_a_number_is_no_damage(self, name: str, codec: str, tmp_path: Path) -> None:
        path = encode(tmp_path / name, codec, sweep(0.5, 44_100))
        go_all_ways(path)
        assert decode(path).seconds >= 0.5
        with open_audio(path) as audio:
            assert (audio.codec, audio.sample_rate, audio.channels) == (codec, 44_100, 2)

    def test_the_container_leaves_the_identity_as_it_is(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.flac", "flac", sweep(0.5, 44_100))
        assert track_id(remux(path, tmp_path / "a.mka", {})) == track_id(remux(path, tmp_path / "a.nut", {}))

    @pytest.mark.parametrize("tag", [b"\xffp4a", b"\x80\x81\x82\x83", b"\0\0\0\0", b"mp4\xe4"])
    @pytest.mark.parametrize("name", ["a.m4a", "a.mov", "a.3gp"])
    def test_one_that_is_damaged_matters_to_nobody_where_the_codec_is_told_again(
        self, name: str, tag: bytes, tmp_path: Path
    ) -> None:
        path = with_tag(encode(tmp_path / name, "aac", sweep(0.5, 44_100)), b"mp4a", tag)
        go_all_ways(path)
        assert decode(path).codec == "aac"  # as its elementary stream descriptor says

    @pytest.mark.parametrize("tag", [b"\xfflac", b"\x80\x81\x82\x83"])
    def test_one_that_is_damaged_where_nothing_else_tells(self, tag: bytes, tmp_path: Path) -> None:
        path = with_tag(encode(tmp_path / "a.m4a", "alac", sweep(0.5, 44_100), sample_format="s16p"), b"alac", tag)
        with pytest.raises(BadAudioError, match=r"a\.m4a: .*codec") as caught:
            go_all_ways(path)
        assert "\n" not in caught.value.message
        assert caught.value.advice


def with_tag(path: Path, old: bytes, new: bytes) -> Path:
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    return path
