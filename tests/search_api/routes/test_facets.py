"""`/v1/facets`."""

from typing import Any, get_args

from fastapi.testclient import TestClient

from catalog.facets import FACETS
from search_api.routes.facets import FacetField


def get(client: TestClient, path: str, headers: dict[str, str] | None = None, **params: Any) -> dict[str, Any]:
    response = client.get(path, params=params, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def counts(client: TestClient, **params: Any) -> list[tuple[str, int]]:
    answer = get(client, "/v1/facets", **params)
    assert answer["field"] == params["field"]
    return [(each["value"], each["tracks"]) for each in answer["values"]]


def test_the_fields_are_those_of_the_catalog() -> None:
    assert set(get_args(FacetField)) == set(FACETS)


def test_facets_count_the_most_frequent_first(client: TestClient) -> None:
    # 20 pieces: Clara, Robert and Unit 7 have two each, Someone the other 14.
    assert counts(client, field="artist") == [("Someone", 14), ("Clara", 2), ("Robert", 2), ("Unit 7", 2)]
    assert counts(client, field="artist", limit=1) == [("Someone", 14)]
    assert counts(client, field="stem") == [("mix", 20), ("instrumental", 5), ("vocals", 4)]


def test_tempo_and_key_are_counted(client: TestClient) -> None:
    assert counts(client, field="bpm") == [("70..79.9", 1)]
    assert counts(client, field="key") == [("C#m", 1)]
    assert counts(client, field="camelot", where="artist:clara") == [("12A", 1)]


def test_facets_count_within_a_filter(client: TestClient) -> None:
    assert counts(client, field="album", where="artist:clara") == [("Evening", 1), ("Morning", 1)]
    # Etude is calm with 0.3: below the threshold
    assert counts(client, field="tag", where="year:1995..2005") == [("calm", 2), ("solo", 1)]


def test_a_facet_of_another_field_is_rejected(client: TestClient) -> None:
    response = client.get("/v1/facets", params={"field": "mood"})
    assert response.status_code == 422
    assert "'artist', 'album'" in response.json()["detail"]


def test_values_are_searched_and_paged(client: TestClient) -> None:
    assert counts(client, field="artist", q="ro") == [("Robert", 2)]
    answer = get(client, "/v1/facets", field="artist", sort="name", offset=1, limit=1)
    assert ([each["value"] for each in answer["values"]], answer["total"]) == (["Robert"], 4)
    assert [each["value"] for each in answer["initials"]] == ["C", "R", "S", "U"]
    assert counts(client, field="artist", sort="name", initial="U") == [("Unit 7", 2)]
