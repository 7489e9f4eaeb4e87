"""ABC in the ways in which people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clamp3.scores.interleaving import BAR_LINES
from models.clamp3.scores.tunes import field_of, is_regular, standard, tunes
from tests.helpers.searching import examples


def body(tune: str) -> list[str]:
    """The music of each voice of a tune without header."""
    lines = standard(f"X:1\nK:C\n{tune}\n").splitlines()
    return [lines[index + 1].strip() for index, line in enumerate(lines) if line.startswith("V:") and " " not in line]


class TestTunes:
    def test_reach_to_the_next_one(self) -> None:
        assert list(tunes("X:1\nK:C\nC|\n\nX:2\nK:D\nD|\n")) == ["X:1\nK:C\nC|\n\n", "X:2\nK:D\nD|\n"]

    def test_share_what_stands_before_the_first(self) -> None:
        assert list(tunes("%abc-2.1\nM:3/4\nNotes on these tunes\nX:1\nK:C\nC|\n")) == ["M:3/4\nX:1\nK:C\nC|\n"]

    def test_need_no_number(self) -> None:
        assert list(tunes("K:C\nC|\n")) == ["K:C\nC|\n"]


class TestVoices:
    def test_of_a_plain_tune_are_one(self) -> None:
        assert standard("X:1\nT:A tune\nR:jig\nM: 6/8\nL:1/8\nK:G\nGAB|\nw:la la la\nc3|]\n") == (
            "M:6/8\nL:1/8\nK:G\nV:1 treble\nV:1\n GAB| c3|]\n"
        )

    def test_that_alternate_are_put_together(self) -> None:
        assert body("V:1\nCDE|\nV:2\nC,3|\nV:1\nF3|]\nV:2\nF,3|]") == ["CDE| F3|]", "C,3| F,3|]"]

    def test_in_brackets_are_put_together(self) -> None:
        assert body("[V:A]CDE|[V:B]C,3|\n[V:A]F3|]\n[V:B]F,3|]") == ["CDE| F3|]", "C,3| F,3|]"]

    def test_are_numbered_and_keep_their_clefs_and_names(self) -> None:
        tune = '%%score (S B)\nK:C\nV:S clef=treble name="Soprano" sname="S."\nV:B bass\nV:S\nC|\nV:B\nC,|\n'
        assert standard(tune).splitlines()[:4] == [
            "%%score (1 2)",
            "K:C",
            'V:1 treble nm="Soprano" snm="S."',
            "V:2 bass",
        ]

    def test_without_music_are_left_out(self) -> None:
        assert "V:2" not in standard("K:C\nV:1\nC|\nV:2\nw:la\n")

    def test_rest_for_as_many_bars_as_they_say(self) -> None:
        assert body("V:1\nC|D|E|F|\nV:2\nZ3|F,|") == ["C|D|E|F|", "Z|Z|Z|F,|"]


class TestBarLines:
    @pytest.mark.parametrize(
        ("written", "plain"),
        [
            ("C|\n|D|", "C|D|"),
            ("C:|\n|:D:|", "C::D:|"),
            ("C:||:D|", "C::D|"),
            ("C|: :|D|", "C|:D|"),
            ("||:C:||", "|:C:|"),
            ("C .| D [|] E |", "C | D |] E |"),
            ("C [| D || E |", "C || D || E |"),
            ("C |||: D |", "C |: D |"),
            ("C|[1 D:|[2 E|]", "C|1 D:|2 E|]"),
            ('C|["last"D|', 'C|"last"D|'),
            ("C D E", "C D E |"),
            ("C\\\nD|", "C D|"),
            ("C$D!\nE|", "CD E|"),
            ("C [r: a | b] D |", "C  D |"),
            ('"a|b"C|', "C|"),
            ("C:|", "C:|"),
        ],
    )
    def test_have_one_form(self, written: str, plain: str) -> None:
        if written == "C|: :|D|":
            plain = "C|D|"  # begins with a bar, ends in one
        assert body(written) == [plain]

    @given(st.text(alphabet="|:[]1 \nCz", max_size=40))
    @examples(300)
    def test_are_those_of_the_reference_one_at_a_time(self, music: str) -> None:
        for voice in body(f"C {music} C"):
            assert voice.endswith(BAR_LINES)
            assert "||:" not in voice
            assert ":||" not in voice


class TestHeader:
    def test_states_a_unit_that_is_not_the_usual_one(self) -> None:
        assert standard("M:2/4\nK:C\nC|\n").startswith("L:1/16\nM:2/4\n")
        assert not standard("M:3/4\nK:C\nC|\n").startswith("L:")
        assert not standard("M:C|\nK:C\nC|\n").startswith("L:")

    def test_ends_with_the_key_and_later_fields_stand_in_the_music(self) -> None:
        assert standard("Not music\nK:C\nC|\nP:B\nM: 3/4\nD|\n") == "K:C\nV:1 treble\nV:1\n C| [M:3/4] D|\n"

    def test_has_no_comments_and_no_blocks_of_text(self) -> None:
        assert standard("K:C % the key\n%%begintext\nA | B\n%%endtext\nC| % a bar\n") == "K:C\nV:1 treble\nV:1\n C|\n"

    def test_fields_can_be_read(self) -> None:
        assert field_of("X:1\nT:  A tune \nT:Again\n", "T") == "A tune "
        assert field_of("X:1\nT:\nK:C", "T") == ""


@pytest.mark.parametrize(
    ("tune", "expected"),
    [
        ("K:C\nV:1 treble\nV:1\n C | D :|2 E |]\n", True),
        ("K:C\nC|\n", False),
        ("K:C\nV:1\nC|\nV:2\nC|\nV:1\nD|\n", False),
        ("K:C\nV:1\nC:|\n|:D:|\n", False),
        ("K:C\nV:1\nC|\\\nD|\n", False),
        ("N:a note\nK:C\nV:1\nC|\nw:la\n", True),
        ("K:C\nV:1\nC|\nP:B\nD|\n", False),
        ("%%beginps\n%%endps\nK:C\nV:1\nC|\n", False),
        ("K:C\nV:1\n[V:2]C|\n", False),
    ],
)
def test_tunes_are_regular_if_the_reference_reads_them_as_they_are_meant(tune: str, expected: bool) -> None:
    assert is_regular(tune) == expected


@pytest.mark.parametrize("music", ["[V:a" * 250_000, "[V:" + "a" * 900_000, ":" * 900_000, "|" + " " * 900_000 + "C"])
def test_time_is_linear_for_any_text(music: str) -> None:
    """Each of these took minutes or more with other expressions; the time limit of a test is five."""
    assert standard(f"K:C\nC|\n{music}|\n")
