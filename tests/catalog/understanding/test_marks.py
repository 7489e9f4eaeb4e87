from catalog.understanding.marks import find_marks
from catalog.understanding.tokens import tokenise


def test_phrases_are_found_at_both_ends_and_not_under_a_mask() -> None:
    tokens = tokenise("calm similar to Satie")
    marks = find_marks(tokens, set())
    assert [match.end for match in marks.at(1, {"like"})] == [3]
    assert [match.start for match in marks.before(3, {"like"})] == [1]
    assert find_marks(tokens, {2}).at(1, {"like"}) == []


def test_the_language_of_most_function_words() -> None:
    assert find_marks(tokenise("something like this but without any drums"), set()).languages == {"en"}
