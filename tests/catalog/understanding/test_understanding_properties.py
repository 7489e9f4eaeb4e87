"""What holds for every text: spans, order, rewriting, and that nothing fails."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.names.found_name import FoundName
from catalog.query import Query, Text
from catalog.understanding.applying import applied, is_plain_sound
from catalog.understanding.reading import understand
from catalog.understanding.rewriting import literal, meaning, turned, without
from tests.catalog.understanding.helpers import LIBRARY, found_in, read
from tests.helpers.searching import examples

PHRASES = (
    *(
        "calm piano",
        "drums",
        "vocals",
        "some",
        "music",
        "by",
        "like",
        "not",
        "no",
        "without",
        "nothing",
        "or",
        "and",
        ",",
    ),
    *("from the 80s", "before 1750", "between 1990 and 2000", "under 3 minutes", "120 bpm", "in A minor", "8A", "but"),
    *(
        "more",
        "less",
        "sadder",
        '"',
        "-",
        "artist:",
        "year:1990",
        "(",
        "[",
        "\\",
        ".*",
        "$",
        "\u202e",
        "\x00",
        "e\u0301",
    ),
    *(
        "静かな",
        "なし",
        "のような",
        "没有",
        "80年代",
        "без",
        "بدون",
        "처럼",
        "없이",
        "के बिना",
        "olmadan",
        "bez",
        "tanpa",
    ),
    *("không có", "١٩٩٠", "\ud800"),
)
texts = st.lists(st.sampled_from([*PHRASES, *(name for _, name in LIBRARY)]), max_size=12).flatmap(
    lambda words: st.sampled_from([" ", "", ", "]).map(lambda joint: joint.join(words))
)


@given(st.one_of(texts, st.text(max_size=60)))
@examples(200)
def test_spans_lie_in_the_text_in_order_and_disjoint(text: str) -> None:
    at = 0
    for part in read(text).parts:
        assert at <= part.start < part.end <= len(text)
        at = part.end


@given(texts, st.data())
@examples(200)
def test_names_that_lie_about_their_place_do_no_harm(text: str, data: st.DataObject) -> None:
    number = st.integers(-3, len(text) + 3)
    names = [
        FoundName(
            field, name, data.draw(number), data.draw(number), data.draw(st.integers(0, 2)), data.draw(st.booleans()), 1
        )
        for field, name in LIBRARY[:4]
    ]
    for part in understand(text, names).parts:
        assert 0 <= part.start < part.end <= len(text)


def names_in(text: str) -> set[tuple[str, str]]:
    return {(name.value, text[name.start : name.end]) for name in found_in(text)}


@given(texts)
@examples(100)
def test_rewriting_changes_one_part_and_no_other(text: str) -> None:
    understood = read(text)
    parts = [*understood.parts]
    for number, part in enumerate(parts):
        turned_part = replace(part, wanted=not part.wanted)
        for new, changed in ((without(understood, number), []), (turned(understood, number), [turned_part])):
            expected = meaning([*parts[:number], *changed, *parts[number + 1 :]])
            if names_in(new) <= names_in(text):  # else words came together that are a name
                assert meaning(read(new).parts) == expected


@given(texts)
@examples(100)
def test_turning_twice_means_the_same(text: str) -> None:
    understood = read(text)
    for number, part in enumerate(understood.parts):
        once = read(turned(understood, number))
        sought = (part.kind, part.field, part.value, not part.wanted)
        for at, each in enumerate(once.parts):
            if (each.kind, each.field, each.value, each.wanted) == sought:
                twice = turned(once, at)
                if names_in(once.text) <= names_in(text) and names_in(twice) <= names_in(text):
                    assert meaning(read(twice).parts) == meaning(understood.parts)
                break


@given(texts)
@examples(100)
def test_literal_leaves_no_other_meaning(text: str) -> None:
    understood = read(text)
    for number in range(len(understood.parts)):
        new = read(literal(understood, number))
        rest = [*understood.parts[:number], *understood.parts[number + 1 :]]
        if names_in(new.text) <= names_in(text):
            assert meaning(new.parts)[1] == meaning(rest)[1]


@given(st.one_of(texts, st.text(max_size=60)))
@examples(200)
def test_sound_reaches_the_query_unchanged_to_the_bit(text: str) -> None:
    understood = read(text)
    query = applied(Query(), understood, lambda _: [])
    if is_plain_sound(understood):
        assert query == Query(texts=(Text(text),))


@pytest.mark.parametrize(
    "text", ["calm piano", "电子音乐", "música triste para llorar", " два  слова ", "ruhige Gitarre am Abend"]
)
def test_texts_of_sound_are_sound(text: str) -> None:
    assert is_plain_sound(read(text))


HOSTILE = (
    *(phrase * (1000 // len(phrase)) for phrase in PHRASES),
    *((f"{phrase} " * 1000)[:1000] for phrase in PHRASES),
    *((f"{name} " * 1000)[:1000] for _, name in LIBRARY),
    "".join(f"{number} " for number in range(1, 300))[:1000],
    "1" * 1000,
    "no " * 200 + "drums or " * 40,
    "一二三四五六七八九十" * 100,
    '\\"' * 500,
    "from 1990 to " * 77,
)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_thousand_characters_of_one_kind_are_read(number: int) -> None:
    text = HOSTILE[number]
    names = found_in(text)
    names = [
        FoundName(each.field, each.value, at, at + len(each.value), 0, True, 1)
        for each in names
        for at in range(0, len(text) - len(each.value), 7)
    ][:500]
    for part in understand(text, names).parts:
        assert part.start < part.end <= len(text)
