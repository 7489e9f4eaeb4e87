from catalog.understanding import sound_words
from catalog.understanding.tokens import tokenise


def test_the_longest_name_is_found_and_told_from_qualities() -> None:
    assert sound_words.longest(tokenise("electric guitar solo"), 0) == (2, "thing")
    assert sound_words.longest(tokenise("calm piano"), 0) == (1, "quality")
    assert sound_words.longest(tokenise("xylophagous"), 0) is None


def test_names_of_all_languages_are_known() -> None:
    for name in ("vocals", "钢琴", "ピアノ", "фортепиано", "بيانو", "piano"):
        assert sound_words.is_name(name)
    assert not sound_words.is_name("piano xylophagous")
    assert not sound_words.is_name("")
