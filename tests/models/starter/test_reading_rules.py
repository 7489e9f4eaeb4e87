"""Which names are admitted in which languages."""

import pytest

from models.starter.reading_rules import load_rules

RULES = load_rules()


class TestLanguages:
    @pytest.mark.parametrize(
        ("text", "languages"),
        [
            ("musique pour lire dans le train", {"fr"}),
            ("es war einmal ein könig", {"de"}),
            ("walking in the rain", {"en"}),
            ("giấc mơ", {"vi"}),
            ("тихий вечер", {"ru"}),
            ("夜のドライブ", {"ja", "zh"}),
            ("hard techno", set()),
            ("", set()),
        ],
    )
    def test_are_told_by_function_words_letters_and_script(self, text: str, languages: set[str]) -> None:
        assert RULES.languages(text, names=set()) == languages

    def test_names_tell_nothing(self) -> None:
        assert RULES.languages("fast techno", names={"fast", "techno"}) == set()


class TestAdmits:
    def test_names_of_the_language_and_of_many(self) -> None:
        french = frozenset({"fr"})
        assert RULES.admits("danse", french, french)
        assert RULES.admits("jazz", frozenset({"en", "de", "pl"}), french)

    def test_no_function_word_and_no_short_foreign_word(self) -> None:
        assert not RULES.admits("dans", frozenset({"tr"}), frozenset({"fr"}))
        assert not RULES.admits("fast", frozenset({"en"}), frozenset({"de"}))
        assert not RULES.admits("gai", frozenset({"fr"}), frozenset({"vi"}))
        assert RULES.admits("chillout", frozenset({"en"}), frozenset({"fr"}))

    def test_everything_if_the_language_is_unknown(self) -> None:
        assert RULES.admits("gai", frozenset({"fr"}), frozenset())
