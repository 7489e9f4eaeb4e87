"""Figures of reading, worked out by hand."""

import pytest

from catalog.understanding.understood import Understood, UnderstoodPart
from cli.evaluation.parsing import by_kind, evaluate, f1, overlap, score
from cli.evaluation.parsing_file import ExpectedPart, LabelledSentence, Meaning

TEXT = "some calm piano by satie without vocals"
SATIE = ExpectedPart(kind="name", text="by satie", value="Erik Satie", field="artist")
VOCALS = ExpectedPart(
    kind="sound",
    text="without vocals",
    value="vocals",
    wanted=False,
    also=(Meaning(kind="limit", value="has:vocals", wanted=False, field="has"),),
)
PIANO = ExpectedPart(kind="sound", text="calm piano", value="calm piano")
SENTENCE = LabelledSentence(text=TEXT, language="en", parts=(PIANO, SATIE, VOCALS))

FOUND_PIANO = UnderstoodPart("sound", 5, 15, "calm piano")
FOUND_SATIE = UnderstoodPart("name", 16, 24, "Erik Satie", field="artist")
FOUND_VOCALS = UnderstoodPart("sound", 25, 39, "vocals", wanted=False)


class TestScore:
    def test_all_as_expected(self) -> None:
        found = score(SENTENCE, [FOUND_PIANO, FOUND_SATIE, FOUND_VOCALS])
        assert found.right == ("sound", "name", "sound")
        assert (found.exact, found.all_right, found.sound_kept) == (3, True, None)

    def test_a_span_that_overlaps_by_half_is_right_and_not_exact(self) -> None:
        satie = UnderstoodPart("name", 19, 24, "Erik Satie", field="artist")  # "satie": 5 of 8 characters
        found = score(SENTENCE, [FOUND_PIANO, satie, FOUND_VOCALS])
        assert (len(found.right), found.exact, found.all_right) == (3, 2, True)

    @pytest.mark.parametrize(
        "other",
        [
            UnderstoodPart("name", 16, 24, "Erik Truffaz", field="artist"),
            UnderstoodPart("name", 16, 24, "Erik Satie", field="composer"),
            UnderstoodPart("name", 16, 24, "Erik Satie", field="artist", wanted=False),
            UnderstoodPart("like", 16, 24, "Erik Satie", field="artist"),
            UnderstoodPart("name", 21, 24, "Erik Satie", field="artist"),  # 3 of 8 characters
        ],
    )
    def test_another_meaning_or_place_is_not_right(self, other: UnderstoodPart) -> None:
        assert score(SENTENCE, [FOUND_PIANO, other, FOUND_VOCALS]).right == ("sound", "sound")

    @pytest.mark.parametrize(
        "limit",
        [
            UnderstoodPart("limit", 25, 39, "has:vocals", wanted=False, field="has"),
            UnderstoodPart("limit", 25, 39, "-has:vocals", field="has"),
        ],
    )
    def test_another_meaning_that_is_allowed_counts_as_the_first(self, limit: UnderstoodPart) -> None:
        found = score(SENTENCE, [limit])
        assert (found.right, found.found, found.exact) == (("sound",), ("sound",), 1)

    def test_one_part_found_is_not_right_twice(self) -> None:
        sentence = LabelledSentence(
            text="piano strings", parts=tuple(ExpectedPart(kind="sound", text=w, value=w) for w in ("piano", "strings"))
        )
        found = score(sentence, [UnderstoodPart("sound", 0, 13, "piano strings")])  # 7 of 13 characters, 5 of 13
        assert (found.right, found.all_right, found.sound_kept) == (("sound",), False, True)

    def test_a_name_found_in_nothing_but_sound(self) -> None:
        sentence = LabelledSentence(text="blue evening", parts=(ExpectedPart(kind="sound", text="blue", value="blue"),))
        assert score(sentence, [UnderstoodPart("name", 0, 4, "Blue", field="artist")]).sound_kept is False


class TestFigures:
    def test_f1(self) -> None:
        assert f1(2, 3, 4) == pytest.approx(4 / 7)
        assert f1(0, 0, 0) is None

    def test_overlap(self) -> None:
        assert overlap((0, 4), (2, 8)) == 0.25  # 2 of 8
        assert overlap((0, 4), (4, 8)) == overlap((0, 2), (6, 8)) == 0

    def test_by_language_and_kind(self) -> None:
        german = LabelledSentence(text="x", language="de", parts=(ExpectedPart(kind="sound", text="x", value="x"),))
        answers = {
            TEXT: (UnderstoodPart("sound", 5, 24, "calm piano by satie"), FOUND_VOCALS),
            "x": (UnderstoodPart("name", 0, 1, "X", field="artist"),),
        }
        languages, kinds = evaluate([SENTENCE, german], lambda each: Understood(each.text, answers[each.text]))
        # en: of 3 expected and 2 found both found are right (the first by 10 of 19 characters), one exactly
        assert languages.rows["en"] == (1, pytest.approx(0.8), pytest.approx(0.4), 0.0, None)
        assert languages.rows["de"] == (1, 0.0, 0.0, 0.0, 0.0)
        assert languages.rows["all"] == (2, pytest.approx(4 / 7), pytest.approx(2 / 7), 0.0, 0.0)
        # kinds: sound has 3 expected, 2 found and both right; names 1 expected, 1 other found
        assert kinds.rows["sound"] == (3, 1.0, pytest.approx(2 / 3), pytest.approx(0.8))
        assert kinds.rows["name"] == (1, 0.0, 0.0, 0.0)
        assert kinds.rows["limit"] == (0, None, None, None)

    def test_nothing_found(self) -> None:
        assert by_kind([score(SENTENCE, [])]).rows["all"] == (3, None, 0.0, 0.0)
