from collections.abc import Sequence
from typing import Any

import pytest

from catalog.understanding.templates import Meaning, Templates
from catalog.understanding.tokens import tokenise


def found(template: str, text: str) -> list[tuple[int, int, tuple[Any, ...]]]:
    templates = Templates()
    templates.add(template, Meaning("role", "en"))
    tokens = tokenise(text)

    def slots(name: str, at: int) -> Sequence[tuple[int, Any]]:
        return [(at + 1, int(tokens[at].text))] if tokens[at].text.isdecimal() else []

    return sorted(
        (match.start, match.end, match.values) for at in range(len(tokens)) for match in templates.at(tokens, at, slots)
    )


def test_optional_parts_alternatives_and_slots() -> None:
    template = "(before|[long] ago) [the] {n}"
    assert found(template, "before 3") == [(0, 2, (3,))]
    assert found(template, "Before the 3") == [(0, 3, (3,))]
    assert found(template, "long ago 3") == [(0, 3, (3,)), (1, 3, (3,))]
    assert found(template, "the 3") == []


def test_what_is_glued_in_the_template_is_glued_in_the_text() -> None:
    assert found("{n}s", "80s") == [(0, 2, (80,))]
    assert found("{n}s", "80 s") == []
    assert found("{n} bpm", "80bpm") == found("{n} bpm", "80 bpm") == [(0, 2, (80,))]


def test_a_phrase_ends_where_a_word_ends() -> None:
    assert found("{n}s", "80s2") == []
    assert found("no", "nothing") == []
    assert found("なし", "歌なしで") == [(1, 3, ())]


def test_korean_phrases_may_have_particles_behind_them_and_start_inside_words_if_marked() -> None:
    assert found("이전", "이전의") == [(0, 2, ())]
    assert found("이전", "이전투구") == []
    assert found("처럼", "비틀즈처럼") == []
    assert found("~처럼", "비틀즈처럼") == [(3, 5, ())]


def test_long_phrases_are_found_without_their_accents() -> None:
    assert found("años", "anos") == [(0, 1, ())]
    assert found("=años", "anos") == []
    assert found("né", "ne") == []


@pytest.mark.parametrize("template", ["[a", "a)", "[]", "[a|b]", ""])
def test_invalid_templates_are_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"match|nothing"):
        Templates().add(template, Meaning("role", "en"))
