"""Normalisation of requests."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from search_api.queries import SearchRequest, normalise_text
from search_api.uploads import UploadMemory
from tests.helpers.searching import examples

NO_UPLOADS = UploadMemory()

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
words = texts.filter(str.strip)
numbers = st.floats(0, 10_000)
terms = st.fixed_dictionaries(
    {},
    optional={
        "artists": st.lists(words, max_size=2),
        "titles": st.lists(words, max_size=2),
        "years": st.lists(st.builds(lambda low, more: {"low": low, "high": low + more}, numbers, numbers), max_size=2),
        "durations": st.lists(st.builds(lambda low: {"low": low}, numbers), max_size=2),
        "tags": st.lists(
            st.fixed_dictionaries({"slug": st.just("calm"), "min_confidence": st.floats(0, 1)}), max_size=2
        ),
        "stems": st.lists(st.sampled_from(["vocals", "DRUMS"]), max_size=2),
    },
)
requests = st.fixed_dictionaries(
    {"texts": st.lists(words | st.fixed_dictionaries({"text": words, "weight": st.floats(0.1, 10)}), max_size=3)},
    optional={
        "not_texts": st.lists(words, max_size=3),
        "tracks": st.lists(words, max_size=3),
        "stems": st.lists(st.sampled_from(["mix", "Vocals"]), min_size=1) | st.just({"drums": 2.5}),
        "where": st.builds(lambda wanted, unwanted: {**wanted, "exclude": unwanted}, terms, terms),
        "min_score": st.none() | st.floats(-1, 1),
        "limit": st.integers(1, 1000),
        "moments": st.sampled_from([None, "locate", "rank"]),
        "without_duplicates": st.booleans(),
        "without_same": st.lists(st.sampled_from(["artist", "album"]), max_size=2),
        "explain": st.booleans(),
    },
)


def test_spaces_and_unicode_forms_are_normalised() -> None:
    assert normalise_text("\u3000cafe\u0301 \n  noir ") == "café noir"


@given(texts)
def test_normalising_again_changes_nothing(text: str) -> None:
    once = normalise_text(text)
    assert normalise_text(once) == once
    assert normalise_text(unicodedata.normalize("NFD", text)) == once


@given(requests)
@examples(50)
def test_a_normalised_request_is_the_same_request(body: dict[str, object]) -> None:
    request = SearchRequest.model_validate(body)
    again = SearchRequest.model_validate(request.model_dump(mode="json"))
    assert again == request
    assert again.to_query(NO_UPLOADS) == request.to_query(NO_UPLOADS)


def test_shorthands_have_weight_one() -> None:
    short = SearchRequest.model_validate({"texts": ["piano"], "tracks": ["x"], "stems": ["Vocals", "mix"]})
    long = SearchRequest.model_validate(
        {
            "texts": [{"text": "piano", "weight": 1}],
            "tracks": [{"id": "x", "weight": 1}],
            "stems": {"vocals": 1, "mix": 1},
        }
    )
    assert short == long


MANY = 80_000


@pytest.mark.parametrize(
    "body",
    [
        {f"k{n}": 1 for n in range(MANY)},
        {"texts": [{f"k{n}": 1 for n in range(MANY)}]},
        {"texts": [1] * MANY},
        {"stems": {f"s {n}": 1 for n in range(MANY)}},
        {"where": {f"k{n}": 1 for n in range(MANY)}},
        {"where": {"artists": [1] * MANY}},
        {"where": {"exclude": {"tags": [{"slug": 1}] * MANY}}},
        {"where": {"years": [{"x": 1}] * MANY}},
    ],
    ids=["names", "names of a text", "texts", "stems", "fields", "artists", "excluded tags", "years"],
)
def test_a_flood_of_mistakes_is_one(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as raised:
        SearchRequest.model_validate(body)
    assert raised.value.error_count() == 1
