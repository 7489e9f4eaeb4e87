"""Patches by hand; those of the reference are in test_golden_scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clamp3.scores.patches import encode, patches, pieces
from polymuse.errors import BadScoreError
from tests.helpers.searching import examples


class TestMessages:
    def test_of_one_type_share_a_patch_while_they_fit(self) -> None:
        """`note_on 0 0 60 64` and its line feed are 18 characters, each further one 10: 58 with five, 68 with six."""
        notes = [f"note_on 0 0 {pitch} 64" for pitch in range(60, 66)]
        joined = pieces("\n".join(["ticks_per_beat 480", *notes, "note_off 9 0 60 64"]))
        assert joined == [
            "ticks_per_beat 480\n",
            "note_on 0 0 60 64\t0 0 61 64\t0 0 62 64\t0 0 63 64\t0 0 64 64\n",
            "note_on 0 0 65 64\n",
            "note_off 9 0 60 64",
        ]


class TestBars:
    def test_are_pieces_with_the_bar_line_behind_them(self) -> None:
        assert pieces("M:3/4\n%%score 1\n[V:1]|:CDE|[V:2]C,3|\n[V:1]c3:|[V:2]C3:|\n") == [
            "M:3/4\n",
            "%%score 1\n",
            "[V:1]|:",
            "CDE|",
            "[V:2]C,3|\n",
            "[V:1]c3:|",
            "[V:2]C3:|\n",
        ]

    def test_of_every_score_have_the_same_unit_which_is_left_out(self) -> None:
        assert pieces("L:1/8\r\nK:C\r\nCDE|\r\n") == ["K:C\n", "CDE|\n"]

    def test_are_written_in_ascii(self) -> None:
        assert pieces('"^Più ♯ 月光"C|') == ['"^Piu # Yue Guang "C|\n']

    def test_in_other_scripts_are_written_as_by_the_reference(self) -> None:
        """Expected are the transliterations of Unidecode."""
        texts = {"ソナタ・ロッシーニ": "sonata*rotsushi-ni", "Объезд": "Ob'ezd", "½ № 1": " 1/2 No.  1", "ͰϿ丆Ω": "O"}
        for text, expected in texts.items():
            assert pieces(f'"{text}"C|') == [f'"{expected}"C|\n']

    @given(st.text(max_size=20))
    @examples(200)
    def test_of_any_text_are_ascii(self, text: str) -> None:
        assert encode(pieces(f"CDE|{text}|\n")).max() < 128

    @pytest.mark.parametrize("text", ["", "L:1/8\n", "CDEF|\n|"])
    def test_of_nothing_are_refused(self, text: str) -> None:
        with pytest.raises(BadScoreError):
            pieces(text)


class TestCodes:
    def test_stand_between_1_and_2_and_are_filled_with_0(self) -> None:
        first, piece, last = encode(["ab"]).tolist()
        assert first == [1] * 64
        assert piece == [1, 97, 98, 2] + [0] * 60
        assert last == [1] + [2] * 63

    def test_of_a_long_piece_are_cut(self) -> None:
        assert encode(["x" * 63])[1].tolist() == [1] + [120] * 63

    def test_of_a_text_are_those_of_its_pieces(self) -> None:
        assert patches("CDE|\n").tolist() == encode(["CDE|\n"]).tolist()
