from catalog.understanding.common_words import common_words


def test_usual_words_are_common_and_names_are_not() -> None:
    words = common_words()
    assert words >= {"blue", "live", "yesterday", "piano", "ruhig", "triste"}
    assert words.isdisjoint({"satie", "chopin", "greensleeves", "londonderry", "coldplay"})
