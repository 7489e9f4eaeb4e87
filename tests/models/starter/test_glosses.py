"""English of words in languages that the sentence encoder does not know."""

import pytest

from models.starter.concepts import normalise
from models.starter.glosses import Glosses, in_english, load_glosses, stem


class TestGlosses:
    GLOSSES = Glosses(
        {"a b": "together", "a": "one", "bakery": "bread"}, {"baker": "bread"}, ["ies", "y"], frozenset("x")
    )

    @pytest.mark.parametrize(
        ("text", "english"),
        [
            ("a b a", "together one"),  # the longest first
            ("x a x b", "together"),  # function words stand in no one's way
            ("bakeries", "bread"),  # bakeries -> baker <- bakery
            ("c d", ""),
            ("", ""),
        ],
    )
    def test_looks_up_words_and_their_stems(self, text: str, english: str) -> None:
        assert self.GLOSSES.english(text) == english

    def test_a_suffix_leaves_two_letters(self) -> None:
        assert (stem("tries", ["ies"]), stem("ties", ["ies"])) == ("tr", "ties")


class TestInEnglish:
    @pytest.mark.parametrize(
        ("text", "english"),
        [
            ("बारिश की रात", "rain night"),
            ("रातों", "night"),  # another form of रात
            ("dưới mưa lúc nửa đêm", "in the rain midnight"),
            ("candlelight dinner", "candlelight dinner"),
            ("夜のドライブ", "夜のドライブ"),
            ("ज्ञ", "ज्ञ"),  # no word of the dictionary
        ],
    )
    def test_glosses_only_what_needs_it(self, text: str, english: str) -> None:
        assert in_english(normalise(text)) == english


@pytest.mark.parametrize("language", ["hi", "vi"])
def test_shipped_words_are_normalised_and_have_english_letters(language: str) -> None:
    words = load_glosses()[language].words
    assert len(words) > 900
    assert [word for word in words if normalise(word) != word] == []
    assert [english for english in words.values() if not english.isascii()] == []
