"""Interleaving by hand; that texts equal the reference's is in test_reading."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clamp3.scores.interleaving import IrregularError, has_notes, interleave, without_bar_lines
from tests.helpers.paths import GOLDEN
from tests.helpers.searching import examples

FOLDER = GOLDEN / "clamp3_symbolic"
STANDARD = {
    name: (FOLDER / case.get("standard_abc", case["input"])).read_text("utf-8")
    for name, case in json.loads((FOLDER / "cases.json").read_bytes()).items()
    if "text" in case and (case["kind"] == "standard_abc" or "standard_abc" in case)
}
MUSIC = st.sampled_from(["C2 E2", "[CEG]4", "G>A", "z4", '"Am"a4', "(3abc d2"])


def of(*voices: str, header: str = "K:C\n") -> str:
    parts = (f"V:{number}\n{voice}\n" for number, voice in enumerate(voices, 1))
    return header + "".join(parts)


@pytest.mark.parametrize("name", STANDARD)
def test_texts_equal_those_of_the_reference(name: str) -> None:
    assert interleave(STANDARD[name]) == (FOLDER / "text" / f"{name}.abc").read_text("utf-8")


class TestBars:
    def test_of_all_voices_share_a_line(self) -> None:
        assert interleave(of(" CDE | F3 | %2", " C,3 | F,3 | %2")) == ("K:C\n[V:1]CDE|[V:2]C,3|\n[V:1]F3|[V:2]F,3|\n")

    def test_without_notes_at_both_ends_are_left_out_but_not_the_outer_bar_lines(self) -> None:
        assert interleave(of("|: z3 | CDE | z3 |]", "|: x3 | z3 | z3 |]")) == "K:C\n[V:1]|:CDE|][V:2]|:z3|]\n"

    def test_take_the_number_of_their_ending_to_the_bar_line_before(self) -> None:
        assert interleave(of("CDE |1 F3 :|2,3 G3 |]")) == "K:C\n[V:1]CDE|1\n[V:1]F3:|2,3\n[V:1]G3|]\n"

    def test_in_inline_fields_or_words_are_none(self) -> None:
        assert interleave(of('[M:3/4]|: "^a|b"CDE | F3 |')) == "K:C\n[V:1][M:3/4]|:CDE|\n[V:1]F3|\n"

    def test_may_differ_in_number_where_that_is_allowed(self) -> None:
        text = of("C3 | D3 | E3 |]", "C,3 |]")
        with pytest.raises(IrregularError, match="different numbers of bars"):
            interleave(text)
        assert interleave(text, unequal=True) == "K:C\n[V:1]C3|[V:2]C,3|]\n[V:1]D3|\n[V:1]E3|]\n"

    @given(st.lists(st.tuples(MUSIC, MUSIC), min_size=1, max_size=20))
    @examples(100)
    def test_are_as_many_as_written_and_in_order(self, bars: list[tuple[str, str]]) -> None:
        framed = [("A4", "A4"), *bars, ("B4", "B4")]
        voices = [" | ".join(bar[n] for bar in framed) + " |" for n in (0, 1)]
        expected = "".join(f"[V:1]{first}|[V:2]{second}|\n" for first, second in framed)
        assert interleave(of(*voices)) == f"K:C\n{expected}"


class TestHeader:
    def test_loses_titles_and_words(self) -> None:
        header = "X:1\nT:Title\nC:Somebody\n%%MIDI program 1\n%%score 1\nM:3/4\nK:C\nV:1 treble\n"
        assert interleave(of("CDE|\nw: a b c", header=header)) == "%%score 1\nM:3/4\nK:C\nV:1 treble\n[V:1]CDE|\n"


@pytest.mark.parametrize(
    ("text", "cause"),
    [("K:C\nCDE|\n", "no line V:1"), (of("z3|z3|"), "no note"), ("V:1\n", "no note"), ("", "no line V:1")],
)
def test_irregular_texts_say_why(text: str, cause: str) -> None:
    with pytest.raises(IrregularError, match=cause):
        interleave(text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('"Am"A|', '"Am"A|'),
        ('"a|b"A|', "A|"),
        (r'"say \"ah"A|', '"say ah"A|'),
        (r'"a|b" "x\"y"A|', r' "x\"y"A|'),  # odd, as in the reference
    ],
)
def test_quotes_lose_bar_lines(line: str, expected: str) -> None:
    assert without_bar_lines(line) == expected


@pytest.mark.parametrize(
    ("music", "expected"),
    [("[V:1]c|", True), ('[V:1]"Am"z4|', False), ("[V:1][K:C]!f!z4|", False), ("K:C", False)],
)
def test_notes_are_letters_outside_of_words_and_fields(music: str, expected: bool) -> None:
    assert has_notes(music) == expected


@pytest.mark.parametrize("text", ["[a:" * 300_000, '"' * 900_001, '"a|"' * 200_000, "|" * 900_000, "|:1" * 300_000])
def test_time_is_linear_for_any_text(text: str) -> None:
    """Each of these took minutes or more with other expressions; the time limit of a test is five."""
    assert interleave(of(f"C|{text}|c|"))
