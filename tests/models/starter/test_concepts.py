"""One spelling for what looks alike."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.starter.concepts import normalise, without_accents


class TestNormalise:
    @pytest.mark.parametrize(
        ("typed", "normalised"),
        [
            ("  Hip-Hop!  ", "hip hop"),
            ("Ｐｉａｎｏ", "piano"),  # full width
            ("GROẞ", "gross"),
            ("HIZLI İyi", "hizli iyi"),  # the dot that lower-casing İ leaves over is dropped
            ("غِنَاء", "غناء"),  # short vowels
            ("ﾋﾟｱﾉ", "ピアノ"),  # half width
            ("हिन्दी", "हिन्दी"),  # vowel signs are part of the word
            ("♫ ... !?", ""),
        ],
    )
    def test_spells_alike_what_reads_alike(self, typed: str, normalised: str) -> None:
        assert normalise(typed) == normalised

    @given(st.text())
    def test_is_idempotent_and_ignores_composition_and_outer_space(self, text: str) -> None:
        normalised = normalise(text)
        assert normalise(normalised) == normalised
        assert normalise(f" \t{text}\n") == normalised
        assert normalise(unicodedata.normalize("NFD", text)) == normalised

    @given(st.text(st.characters(codec="latin-1")))
    def test_ignores_case(self, text: str) -> None:
        assert normalise(text.upper()) == normalise(text) or "\xb5" in text or "\xff" in text

    @given(st.text())
    def test_plain_spelling_keeps_the_length(self, text: str) -> None:
        assert len(without_accents(normalise(text))) == len(normalise(text))
