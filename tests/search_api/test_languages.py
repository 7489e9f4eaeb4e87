"""Language negotiation."""

import pytest

from search_api.languages import accepted_languages, look_up


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("", []),
        ("zh", ["zh"]),
        ("de;q=0.5, zh-CN, en;q=0.8", ["zh-CN", "en", "de"]),
        ("fr, de", ["fr", "de"]),  # ties keep their order
        ("*, ja;q=0.1, ru;q=0", ["ja"]),  # 0: not acceptable
        ("en;q=high, es;level=1, it;q=2, pt", ["pt"]),
        (",;,q=1" + "," * 100_000, []),
    ],
)
def test_the_most_preferred_language_comes_first(header: str, tags: list[str]) -> None:
    assert accepted_languages(header) == tags


NAMES = {"en": "calm", "zh": "平静", "pt": "calmo"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["zh-Hant-TW"], ("zh", "平静")),
        (["PT-br", "zh"], ("pt", "calmo")),
        (["xx", "en"], ("en", "calm")),
        (["e"], None),
        ([], None),
    ],
)
def test_a_tag_falls_back_to_a_shorter_one(wanted: list[str], found: tuple[str, str] | None) -> None:
    assert look_up(NAMES, wanted) == found
