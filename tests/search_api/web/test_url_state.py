"""URLs of the page: bookmarks must keep their meaning."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow

READ = """async address => {
    const app = document.querySelector('script[src$="app.js"]').src
    const {fromQueryString, toQueryString} = await import(new URL('url_state.js', app))
    const question = fromQueryString(address)
    return [question, toQueryString(question)]
}"""
NEW = {
    "text": "",
    "terms": [],
    "stems": ["mix"],
    "where": [],
    "varied": False,
    "withoutSame": [],
    "withoutDuplicates": False,
    "minScore": "",
    "view": "search",
    "about": "",
    "sort": "artist",
    "colour": "genre",
}
TERM = {"away": False, "stem": ""}


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("", {}),
        ("?q=calm+piano", {"text": "calm piano"}),
        ("?stem=vocals", {"stems": ["vocals"]}),
        ("?stem=mix%2Cvocals", {"stems": ["mix", "vocals"]}),
        ("?order=varied&not_same=artist%2Calbum", {"varied": True, "withoutSame": ["artist", "album"]}),
        ("?copies=hidden&min_score=0.3", {"withoutDuplicates": True, "minScore": "0.3"}),
        ("?min_score=high", {"minScore": "high"}),
        ("?view=map&colour=mood", {"view": "map", "colour": "mood"}),
        ("?where=year%3A1990..&where=tag%3Acalm", {"where": ["year:1990..", "tag:calm"]}),
        (
            "?with=track%3Aabc%3Avocals&without=text%3Adrums&with=audio%3Atoken%3Asong.mp3"
            "&with=score%3Aother%3Atune.mid",
            {
                "terms": [
                    {**TERM, "kind": "track", "value": "abc", "label": "", "stem": "vocals"},
                    {**TERM, "kind": "text", "value": "drums", "label": "drums", "away": True},
                    {**TERM, "kind": "audio", "value": "token", "label": "song.mp3"},
                    {**TERM, "kind": "score", "value": "other", "label": "tune.mid"},
                ]
            },
        ),
    ],
)
def test_urls_are_parsed_and_serialised_alike(page: Any, address: str, asked: dict[str, Any]) -> None:
    assert page.evaluate(READ, address) == [{**NEW, **asked}, address]


@pytest.mark.parametrize("address", ["?order=best", "?copies=shown", "?stem=mix", "?not_same=", "?with=track", "?a=1"])
def test_defaults_are_omitted(page: Any, address: str) -> None:
    assert page.evaluate(READ, address) == [NEW, ""]
