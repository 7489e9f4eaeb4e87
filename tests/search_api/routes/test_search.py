"""`/v1/search` with a real store and the real text encoder."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from search_api.queries import MAX_TERMS, MAX_TEXT

PIANO = {"Nocturne", "Prelude", "Etude"}
UNIT_7 = {"Warehouse", "Strobe"}


def get(client: TestClient, **params: Any) -> dict[str, Any]:
    response = client.get("/v1/search", params=params)
    assert response.status_code == 200, response.text
    return response.json()


def post(client: TestClient, **body: Any) -> dict[str, Any]:
    response = client.post("/v1/search", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def titles(answer: dict[str, Any]) -> list[str]:
    return [hit["title"] for hit in answer["hits"]]


@pytest.mark.parametrize(
    ("text", "title"),
    [("violin", "Partita"), ("小提琴", "Partita"), ("arpa", "Angels"), ("フルート", "Meadow"), ("Cembalo", "Salon")],
)
def test_a_text_in_any_language_finds_the_track(client: TestClient, text: str, title: str) -> None:
    assert titles(get(client, q=text))[0] == title


def test_a_response_has_the_profile_and_the_query(client: TestClient, ids: dict[str, str]) -> None:
    answer = get(client, q="  piano \t solo ", limit=1)
    assert answer["profile"] == "starter"
    assert answer["took_ms"] > 0
    assert answer["query"] == {
        "texts": [{"text": "piano solo", "weight": 1.0}],
        "not_texts": [],
        "descriptors": [],
        "not_descriptors": [],
        "tracks": [],
        "not_tracks": [],
        "stems": {"mix": 1.0},
        "where": "",
        "limit": 1,
        "offset": 0,
        "min_score": None,
        "diversity": 0.0,
        "audio": [],
        "not_audio": [],
        "moments": None,
        "without_duplicates": False,
        "without_same": [],
        "explain": False,
        "understand": True,
    }


def test_what_was_understood_of_a_text(client: TestClient) -> None:
    answer = get(client, q="piano before 2000 without vocals")
    [read] = answer["understood"]
    assert read["text"] == "piano before 2000 without vocals"
    assert [(part["kind"], part["value"], part["wanted"]) for part in read["parts"]] == [
        ("sound", "piano", True),
        ("limit", "year:..1999", True),
        ("sound", "vocals", False),
    ]
    assert read["meaning"] == [{"slug": "piano", "weight": 1.0}]
    assert answer["match"] == "good"
    assert {hit["year"] for hit in answer["hits"]} <= set(range(2000))
    limit = read["parts"][1]
    assert get(client, q=limit["without"])["understood"][0]["text"] == "piano without vocals"
    assert all(hit["year"] >= 2000 for hit in get(client, q=limit["turned"], limit=3)["hits"] if hit["year"])
    [literal] = get(client, q=limit["literal"])["understood"]
    assert "limit" not in {part["kind"] for part in literal["parts"]}


def test_texts_can_be_taken_as_they_are(client: TestClient) -> None:
    read, literal = (get(client, q="piano by Clara", understand=on) for on in (True, False))
    assert [hit["title"] for hit in read["hits"][:2]] == ["Nocturne", "Prelude"]
    assert read["hits"][0]["matched"] == ["artist"]
    assert literal["understood"] == []
    assert all(hit["matched"] == [] for hit in literal["hits"])
    assert literal["query"]["understand"] is False


def test_a_text_that_is_only_a_limit_lists_what_passes_it(client: TestClient) -> None:
    hits = get(client, q="from the 1990s")["hits"]
    assert {hit["title"] for hit in hits} >= {"Nocturne", "Etude", "Warehouse", "Strobe"}
    assert all(1990 <= hit["year"] <= 1999 for hit in hits)


def test_words_about_something_else_are_no_good_match(client: TestClient) -> None:
    assert get(client, q="replace the gasket of the dishwasher pump")["match"] in {"weak", "chance"}


def test_a_search_without_texts_has_no_match(client: TestClient, ids: dict[str, str]) -> None:
    answer = post(client, tracks=[ids["Nocturne"]])
    assert (answer["understood"], answer["match"]) == ([], None)


def test_a_hit_has_everything_a_list_shows(client: TestClient, ids: dict[str, str]) -> None:
    [hit] = get(client, q="piano", where="year:1995", limit=1)["hits"]
    score = hit.pop("score")
    # _sound in conftest: cosine about 1 / sqrt(1 + 0.5 ** 2) = 0.894, give or take the noise along the text
    assert score == pytest.approx(0.894, abs=0.03)
    assert hit.pop("stem_scores") == {"mix": pytest.approx(score, abs=1e-6)}
    assert (hit.pop("moment"), hit.pop("parts"), hit.pop("matched")) == (None, [], [])
    assert hit == {
        "id": ids["Nocturne"],
        "stem": "mix",
        "title": "Nocturne",
        "artist": "Clara",
        "artists": ["Clara"],
        "album_artist": "",
        "composers": [],
        "disc_number": None,
        "track_number": None,
        "added": "2026-11-22T12:00:00+00:00",
        "marks": {"favourite_since": "", "hidden_since": "", "wrong_tags": [], "plays": 0, "last_played": ""},
        "kind": "audio",
        "album": "Evening",
        "year": 1995,
        "duration": 60.0,
        "paths": ["/music/clara/nocturne.flac", "/copies/nocturne.flac"],
        "bpm": 71.96,
        "bpm_source": "measured",
        "key": "C#m",
        "key_source": "measured",
        "camelot": "12A",
        "loudness": -23.0,
        "energy": 0.2,
        "tags": [
            {"slug": "calm", "category": "mood", "confidence": pytest.approx(0.83)},
            {"slug": "solo", "category": "texture", "confidence": pytest.approx(0.55)},
        ],
    }


def test_get_and_post_return_the_same(client: TestClient) -> None:
    by_get = get(
        client, q="piano", **{"not": ["violin", "harp"]}, stem=["mix", "instrumental"], where="artist:clara", limit=5
    )
    by_post = post(
        client,
        texts=["piano"],
        not_texts=["violin", "harp"],
        stems=["mix", "instrumental"],
        where="artist:clara",
        limit=5,
    )
    assert by_get["query"] == by_post["query"]
    assert by_get["query"]["not_texts"] == [{"text": "violin", "weight": 1.0}, {"text": "harp", "weight": 1.0}]
    assert by_get["hits"] == by_post["hits"]


def test_the_normalised_query_repeats_the_search(client: TestClient, ids: dict[str, str]) -> None:
    first = post(
        client,
        texts=["jazz", {"text": "blues", "weight": 2}],
        not_tracks=[ids["Anvil"]],
        stems={"MIX": 2, "vocals": 1},
        where={"durations": [{"low": 50}], "exclude": {"artists": ["Unit 7"]}},
        diversity=0.2,
        min_score=-0.5,
        limit=7,
        offset=1,
    )
    assert first["query"]["where"] == 'duration:50.. -artist:"Unit 7"'
    again = post(client, **first["query"])
    assert again["query"] == first["query"]
    assert again["hits"] == first["hits"]


def test_unwanted_texts_push_away(client: TestClient) -> None:
    wanted = [{"text": "piano", "weight": 2}, "violin"]
    assert titles(post(client, texts=wanted))[0] in PIANO
    # 2 piano + violin - 1.9 piano = violin and a trace of piano
    assert titles(post(client, texts=wanted, not_texts=[{"text": "piano", "weight": 1.9}]))[0] == "Partita"


def test_weights_decide_between_texts(client: TestClient) -> None:
    assert titles(post(client, texts=[{"text": "harp", "weight": 3}, "organ"]))[:2] == ["Angels", "Cathedral"]
    assert titles(post(client, texts=["harp", {"text": "organ", "weight": 3}]))[:2] == ["Cathedral", "Angels"]


def test_tracks_and_texts_mix(client: TestClient, ids: dict[str, str]) -> None:
    answer = post(client, texts=["violin"], tracks=[{"id": ids["Nocturne"], "weight": 1.5}], limit=3)
    assert set(titles(answer)) == {"Prelude", "Etude", "Partita"}


def test_each_stem_is_searched_separately(client: TestClient, ids: dict[str, str]) -> None:
    by_voice = post(client, texts=["choir"], stems=["vocals"], limit=2)
    assert set(titles(by_voice)) == {"Aria", "Stadium"}
    assert {hit["stem"] for hit in by_voice["hits"]} == {"vocals"}
    # the vocals select the choirs, the mix rock: of the two choirs, Stadium is the rock track
    both = post(client, tracks=[ids["Anvil"]], texts=[{"text": "rock", "weight": 3}], stems={"mix": 1, "vocals": 0.1})
    assert titles(both)[0] == "Stadium"
    assert set(both["hits"][0]["stem_scores"]) == {"mix", "vocals"}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("artist:clara", {"Nocturne", "Prelude"}),
        ("album:morning year:2000..", {"Prelude"}),
        ("tag:calm", {"Nocturne", "Prelude"}),
        ("tag:calm>0.2", PIANO),
        ("duration:300..", UNIT_7),
        ("path:/copies", {"Nocturne"}),
        ("has:vocals -has:instrumental", set()),
        ({"artists": ["CLARA"], "years": [{"high": 2000}]}, {"Nocturne"}),
        ({"tags": [{"slug": "calm", "min_confidence": 0.2}], "exclude": {"albums": ["morning"]}}, {"Nocturne"}),
        ({"durations": [{"low": 300, "high": 405}]}, {"Warehouse"}),
        ({"stems": ["vocals"], "titles": ["sta"]}, {"Stadium"}),
    ],
)
def test_filters(client: TestClient, where: Any, expected: set[str]) -> None:
    assert set(titles(post(client, texts=["music"], where=where))) == expected


def test_min_score_cuts_the_list(client: TestClient) -> None:
    # The three piano tracks score about 0.89, everything else below 0.7.
    answer = get(client, q="piano", min_score=0.8)
    assert set(titles(answer)) == PIANO
    assert answer["next_offset"] is None


def test_diversity_separates_similar_hits(client: TestClient) -> None:
    alike = titles(post(client, texts=[{"text": "piano", "weight": 2}, "violin"], limit=3))
    varied = titles(post(client, texts=[{"text": "piano", "weight": 2}, "violin"], limit=3, diversity=0.7))
    assert set(alike) == PIANO
    assert "Partita" in varied


def test_pages_tile_the_ranking(client: TestClient) -> None:
    whole = titles(get(client, q="piano", limit=20))
    assert len(whole) == 20
    paged: list[str] = []
    offset: int | None = 0
    while offset is not None:
        answer = get(client, q="piano", limit=8, offset=offset)
        paged += titles(answer)
        offset = answer["next_offset"]
    assert paged == whole


def test_the_last_page_has_no_next_offset(client: TestClient) -> None:
    assert get(client, q="piano", limit=1, offset=3)["next_offset"] == 4
    assert get(client, q="piano", limit=990, offset=10)["next_offset"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"texts": []},
        {"texts": ["piano"], "stems": ["accordion"]},
        {"texts": ["piano"], "not_texts": ["piano"]},
        {"texts": ["piano"], "where": "artits:clara"},
        {"texts": ["piano"], "where": {"years": [{"low": 3, "high": 2}]}},
        {"texts": ["piano"], "where": {"paths": ["relative"]}},
        {"texts": ["piano"], "limit": 600, "offset": 600},
    ],
)
def test_queries_without_an_answer(client: TestClient, body: dict[str, Any]) -> None:
    response = client.post("/v1/search", json=body)
    assert response.status_code == 400
    assert response.json()["type"] == "urn:poly-muse:error:usage"
    assert response.json()["advice"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"texts": [" \t\u3000"]}, "body.texts.0.text"),
        ({"texts": ["x" * (MAX_TEXT + 1)]}, "body.texts.0.text"),
        ({"texts": ["x"] * (MAX_TERMS + 1)}, "body.texts"),
        ({"texts": [{"text": "x", "weight": 0}]}, "body.texts.0.weight"),
        ({"texts": [{"text": "x", "wieght": 2}]}, "body.texts.0.wieght"),
        ({"texts": ["x"], "limit": 1001}, "body.limit"),
        ({"texts": ["x"], "offset": -1}, "body.offset"),
        ({"texts": ["x"], "diversity": 1.1}, "body.diversity"),
        ({"texts": ["x"], "stems": {}}, "body.stems"),
        ({"texts": ["x"], "stems": ["a b"]}, "body.stems.a b.[key]"),
        ({"texts": ["x"], "where": {"yaers": []}}, "body.where.yaers"),
        ({"texts": ["x"], "where": "a" * 5000}, "body.where"),
        ({"text": "x"}, "body.text"),
    ],
)
def test_invalid_bodies_are_rejected(client: TestClient, body: dict[str, Any], field: str) -> None:
    response = client.post("/v1/search", json=body)
    assert response.status_code == 422
    problem = response.json()
    assert problem["type"] == "urn:poly-muse:error:invalid-request"
    assert field in [entry["field"] for entry in problem["errors"]]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "query.q"),
        ({"q": "x", "limt": 3}, "query.limt"),
        ({"q": "x", "limit": "many"}, "query.limit"),
        ({"q": "x", "not": ["y"] * (MAX_TERMS + 1)}, "query.not"),
    ],
)
def test_invalid_query_strings_are_rejected(client: TestClient, params: dict[str, Any], field: str) -> None:
    response = client.get("/v1/search", params=params)
    assert response.status_code == 422
    assert field in [entry["field"] for entry in response.json()["errors"]]


def test_unknown_tracks_are_not_found(client: TestClient) -> None:
    response = client.post("/v1/search", json={"tracks": ["no-such-track"]})
    assert response.status_code == 404
    assert response.json()["type"] == "urn:poly-muse:error:not-found"


def test_concurrent_searches_return_the_same_results(client: TestClient) -> None:
    texts = ["piano", "小提琴", "techno", "arpa", "heavy metal", "something for a rainy evening", "flute", "jazz"]
    queries = [{"texts": [text], "diversity": diversity} for text in texts for diversity in (0.0, 0.5)]

    def ask(query: dict[str, Any]) -> list[Any]:
        return post(client, **query)["hits"]

    with ThreadPoolExecutor(8) as pool:  # before anything is cached
        crowded = list(pool.map(ask, queries * 10))
    assert crowded == [ask(query) for query in queries] * 10


def test_stems_by_several_separators_are_named(client: TestClient, ids: dict[str, str]) -> None:
    """Only where stems are compared. Without weights, the beginning of a fingerprint stands for its name."""
    several = {"another separator (000000000000)": 3, "another separator (111111111111)": 1}
    assert post(client, texts=["choir"], stems=["vocals"], limit=4)["separators"] == several
    assert post(client, texts=["choir"], limit=20)["separators"] == {}
    assert post(client, texts=["choir"], stems=["vocals"], limit=2)["separators"] == {}  # both by one
    seed = post(client, tracks=[ids["Night Train"]], stems=["vocals"], where="title:stadium")
    assert seed["separators"] == {"another separator (000000000000)": 1, "another separator (111111111111)": 0}
