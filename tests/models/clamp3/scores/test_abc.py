"""Files of ABC: encodings, several tunes, and what is no ABC."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clamp3.scores.abc import read_abc
from models.clamp3.scores.patches import pieces
from polymuse.errors import BadScoreError
from tests.helpers.searching import examples

TUNE = "X:1\nT:Für Élise\nC:Somebody\nM:3/4\nL:1/8\nK:Am\ne^d e^d eB | c2 A4 |]\n"
INTERLEAVED = "M:3/4\nL:1/8\nK:Am\nV:1 treble\n[V:1]e^d e^d eB|\n[V:1]c2 A4|]\n"
ONE_VOICE = "the tune is not divided into voices, and was read as one"
SEVERAL = "X:2\nK:C\nV:1\nC|\nV:2\nC,|\nV:1\nD|\nV:2\nD,|\n"


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_of_unicode_are_known(self, encoding: str) -> None:
        reading = read_abc(TUNE.encode(encoding))
        assert reading.text == INTERLEAVED
        assert (reading.title, reading.composer) == ("Für Élise", "Somebody")
        assert reading.remarks == (ONE_VOICE,)

    def test_of_the_west_are_read_with_a_remark(self) -> None:
        reading = read_abc(TUNE.encode("latin-1"))
        assert reading.title == "Für Élise"
        assert reading.remarks == ("the file is not in UTF-8, and was read as Latin-1", ONE_VOICE)

    def test_lose_zeros_and_other_control_characters(self) -> None:
        reading = read_abc(TUNE.replace("K:", "\x00\x01\x1bK:").replace("\n", "\r\n").encode())
        assert reading.text == INTERLEAVED
        assert reading.remarks[0] == "control characters were left out"


class TestTunes:
    def test_after_the_first_are_left_out_with_a_remark(self) -> None:
        reading = read_abc((TUNE + "\n" + SEVERAL).encode())
        assert reading.text == INTERLEAVED
        assert reading.remarks == ("only tune 1 of 2 in the file was read", ONE_VOICE)

    def test_without_notes_are_passed_over(self) -> None:
        reading = read_abc(f"X:1\nT:Contents\nK:C\nz4|\n\n{TUNE}".encode())
        assert reading.title == "Für Élise"
        assert reading.remarks == ("only tune 2 of 2 in the file was read", ONE_VOICE)

    def test_whose_voices_alternate_are_put_together(self) -> None:
        reading = read_abc(SEVERAL.encode())
        assert reading.text == "K:C\nV:1 treble\nV:2 treble\n[V:1]C|[V:2]C,|\n[V:1]D|[V:2]D,|\n"
        assert reading.remarks == ("the parts of each voice were put together",)

    def test_that_are_interleaved_are_read_as_they_are(self) -> None:
        text = "X:1\nK:C\nV:1 treble\n[V:1]C|[V:2]C,|\n[V:1]D|[V:2]D,|\n"
        assert read_abc(text.encode()).text == text
        assert read_abc(text.encode()).remarks == ()

    def test_of_voices_of_unequal_length_are_read_with_a_remark(self) -> None:
        reading = read_abc(b"K:C\nV:1 treble\nV:2 bass\nV:1\nC|D|\nV:2\nC,|\n")
        assert reading.text == "K:C\nV:1 treble\nV:2 bass\n[V:1]C|[V:2]C,|\n[V:1]D|\n"
        assert reading.remarks == ("the voices have different numbers of bars",)

    def test_of_a_million_bars_are_read_in_part(self) -> None:
        reading = read_abc(b"X:1\nK:C\n" + b"C2E2|" * 1_000_000)
        assert reading.remarks[-1] == "the tune is very long, and was read in part"
        assert len(pieces(reading.text)) < 210_000


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"\n", "not a tune in ABC"),
        (b"Dear all,\nplease find the tune attached.\n", "not a tune in ABC"),
        (bytes(range(256)) * 100, "not a t"),
        (b"\nK:" + bytes(range(256)) * 100, "not a text"),
        (b"X:1\nT:Nothing\nK:C\n", "no note"),
        (b'X:1\nK:C\n"Am"z4|"Dm"z4|\n', "no note"),
        (b"X:1\nK:C\n" * 100_000, "no note"),
    ],
)
def test_other_files_are_refused(content: bytes, cause: str) -> None:
    with pytest.raises(BadScoreError, match=cause):
        read_abc(content)


@given(st.text(alphabet='VKX:[]|"!%\\1 \nCz{}()&$', max_size=60))
@examples(300)
def test_any_tune_is_read_or_refused(music: str) -> None:
    try:
        text = read_abc(f"X:1\nK:C\nC|{music}\n".encode()).text
    except BadScoreError:
        return
    assert pieces(text)


@given(st.binary(max_size=200))
@examples(200)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        assert read_abc(b"X:1\nK:C\nCDE|\n" + content).text
    except BadScoreError:
        return
