"""MIDI: what mido reads is in test_reading, with the reference; here is what it refuses."""

import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clamp3.scores.midi import read_midi
from polymuse.errors import BadScoreError
from tests.helpers.paths import GOLDEN
from tests.helpers.searching import examples

FOLDER = GOLDEN / "clamp3_symbolic" / "midi"
NOTE_ON, NOTE_OFF, END = b"\x00\x90\x3c\x40", b"\x60\x80\x3c\x40", b"\x00\xff\x2f\x00"
BAND = (FOLDER / "m02_band.mid").read_bytes()


def midi(*tracks: bytes, kind: int = 1, size: int | None = None) -> bytes:
    """A file with 480 ticks a beat. `size`: what the tracks claim to have, instead of what they have."""
    chunks = (b"MTrk" + struct.pack(">L", len(track) if size is None else size) + track for track in tracks)
    return b"MThd" + struct.pack(">Lhhh", 6, kind, len(tracks), 480) + b"".join(chunks)


def lines(content: bytes) -> list[str]:
    return read_midi(content).text.split("\n")[1:-1]  # without resolution and end


class TestLenientReading:
    def test_of_type_2_has_one_track_after_the_other(self) -> None:
        reading = read_midi(midi(NOTE_ON + NOTE_OFF + END, b"\x07\x91\x3e\x40" + END, kind=2))
        assert reading.text.split("\n")[1:] == [
            "note_on 0 0 60 64",
            "note_off 96 0 60 64",
            "note_on 7 1 62 64",
            "end_of_track 0",
        ]
        assert reading.remarks == ("the tracks of this MIDI file of type 2 were read one after the other",)

    def test_leaves_out_a_key_signature_that_does_not_exist_but_keeps_its_time(self) -> None:
        content = midi(b"\x05\xff\x59\x02\x0a\x00" + b"\x03" + NOTE_ON[1:] + NOTE_OFF + END)
        assert lines(content) == ["note_on 8 0 60 64", "note_off 96 0 60 64"]
        (remark,) = read_midi(content).remarks
        assert "key signature" in remark

    def test_takes_values_above_127_for_127(self) -> None:
        reading = read_midi(midi(b"\x00\x90\x3c\xc8" + NOTE_OFF + END))
        assert "note_on 0 0 60 127" in reading.text
        assert reading.remarks == ("values above 127 were taken as 127",)

    @pytest.mark.parametrize("claimed", [None, 2**32 - 1])
    def test_ends_where_the_file_does(self, claimed: int | None) -> None:
        content = midi(NOTE_ON + NOTE_OFF + NOTE_ON + END, size=claimed)[: -len(END) - 1]
        assert lines(content) == ["note_on 0 0 60 64", "note_off 96 0 60 64"]
        assert read_midi(content).remarks == ("the file ends within a track, which was read up to there",)

    def test_says_so_if_the_track_that_is_cut_off_is_damaged_before(self) -> None:
        content = midi(NOTE_ON + b"\x00\xf5\x00" + NOTE_ON + END, size=1000)
        assert len(read_midi(content).remarks) == 2

    def test_goes_on_with_the_next_track_after_damage(self) -> None:
        content = midi(NOTE_ON + b"\x00\xf5\x00" + END, b"\x00\x91\x3e\x40" + END)
        assert lines(content) == ["note_on 0 0 60 64", "note_on 0 1 62 64"]
        assert read_midi(content).remarks == ("a track is damaged, and was read up to there",)

    def test_knows_running_status(self) -> None:
        content = midi(NOTE_ON + b"\x60\x3c\x00" + b"\x00\xff\x59\x02\x0a\x00" + b"\x00\x90\x40\x40\x60\x40\x00" + END)
        assert lines(content) == ["note_on 0 0 60 64", "note_on 96 0 60 0", "note_on 0 0 64 64", "note_on 96 0 64 0"]

    def test_equals_the_strict_one_where_nothing_is_damaged(self) -> None:
        """An alien chunk in front, which mido refuses, and nothing else."""
        expected = read_midi(BAND)
        alien = BAND[:14] + b"XFIH\x00\x00\x00\x02ab" + BAND[14:]
        assert read_midi(alien) == expected


class TestContainers:
    def test_riff_is_unwrapped(self) -> None:
        inner = midi(NOTE_ON + NOTE_OFF + END)
        riff = b"RIFF" + struct.pack("<L", len(inner) + 12) + b"RMIDdata" + struct.pack("<L", len(inner)) + inner
        assert read_midi(riff) == read_midi(inner)

    def test_what_stands_before_the_start_is_skipped_with_a_remark(self) -> None:
        reading = read_midi(bytes(128) + midi(NOTE_ON + END))
        assert reading.text == read_midi(midi(NOTE_ON + END)).text
        assert reading.remarks == ("what stands before the start of the MIDI file was skipped",)


class TestTitle:
    def of(self, *tracks: list[Any]) -> str:
        file, stream = mido.MidiFile(charset="utf-8"), BytesIO()
        file.tracks = [mido.MidiTrack(track) for track in tracks]
        file.save(file=stream)
        return read_midi(stream.getvalue()).title

    def test_is_the_name_of_the_first_track_unless_it_is_an_instrument(self) -> None:
        name, note = mido.MetaMessage("track_name", name="Für \u202eElise"), mido.Message("note_on")
        assert self.of([name], [note]) == "Für Elise"
        assert self.of([name, note]) == "Für Elise"
        assert self.of([name, note], [note]) == ""

    @pytest.mark.parametrize(
        "name", ["Track 1", "MASTER TRACK", "Inst #2", "untitled", "Tempo Track", "x\x00\x05y", ""]
    )
    def test_is_none_of_the_names_that_programs_give(self, name: str) -> None:
        assert self.of([mido.MetaMessage("track_name", name=name), mido.Message("note_on")]) == ""

    def test_may_begin_like_such_a_name(self) -> None:
        assert self.of([mido.MetaMessage("track_name", name="Track of Tears\0"), mido.Message("note_on")]) == (
            "Track of Tears"
        )

    def test_of_karaoke_is_in_a_text(self) -> None:
        texts = [mido.MetaMessage("text", text=text) for text in ("@KMIDI KARAOKE FILE", "@TYesterday", "@TBeatles")]
        assert self.of([mido.MetaMessage("track_name", name="Soft karaoke")], texts, [mido.Message("note_on")]) == (
            "Yesterday"
        )

    def test_in_latin_1_is_read(self) -> None:
        content = midi(b"\x00\xff\x03\x04Caf\xe9" + NOTE_ON + END)
        assert read_midi(content).title == "Café"


class TestDamage:
    def test_without_notes_is_told(self) -> None:
        assert not read_midi(midi(END)).has_notes
        assert not read_midi(midi(b"\x00\x90\x3c\x00" + END)).has_notes
        assert read_midi(midi(NOTE_ON + END)).has_notes

    def test_a_number_of_a_million_digits_is_refused_at_once(self) -> None:
        """mido would take an hour."""
        with pytest.raises(BadScoreError, match="damaged"):
            read_midi(midi(b"\xff" * 1_900_000))

    def test_a_long_number_is_damage(self) -> None:
        content = midi(NOTE_ON + b"\xff" * 5_000 + b"\x00", b"\x00\x91\x3e\x40" + END)
        assert "note_on 0 1 62 64" in lines(content)

    @pytest.mark.parametrize("size", [4, 8, 13])
    def test_a_cut_header_is_refused(self, size: int) -> None:
        with pytest.raises(BadScoreError, match="damaged"):
            read_midi(BAND[:size])

    @given(position=st.integers(0, len(BAND) - 1), value=st.integers(0, 255), end=st.integers(20, len(BAND)))
    @examples(200)
    def test_is_read_or_refused(self, position: int, value: int, end: int) -> None:
        content = bytearray(BAND)
        content[position] = value
        try:
            reading = read_midi(bytes(content[:end]))
        except BadScoreError:
            return
        assert reading.text.startswith("ticks_per_beat ")
        assert reading.text.isascii()


def test_every_golden_file_is_read_or_refused() -> None:
    refused = set()
    for path in sorted(Path(FOLDER).iterdir()):
        try:
            read_midi(path.read_bytes())
        except BadScoreError:
            refused.add(path.name)
    assert refused == {"e05_not_midi.mid"}
