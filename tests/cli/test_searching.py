"""The options that `polymuse search` and `polymuse similar` share."""

from dataclasses import fields

import pytest

from catalog.query import DescriptorTerm, Query
from cli.searching import SearchOptions
from polymuse.errors import UserError
from search_api.routes.similar import SimilarParams

CLI_ONLY = {"by_moment", "literal", "library_name", "profile", "device", "as_json", "as_m3u", "as_csv"}
SERVICE_ONLY = {"offset", "understand"}


def test_an_option_has_one_name_everywhere() -> None:
    commands = {field.name for field in fields(SearchOptions)} - CLI_ONLY
    service = set(SimilarParams.model_fields)
    assert commands == service - SERVICE_ONLY
    assert service - {"stem", "from_stem", "understand"} | {"stems"} <= {field.name for field in fields(Query)}


def test_defaults_are_the_same_everywhere() -> None:
    asked = SearchOptions().to_query(["piano"], [])
    service = SimilarParams.model_validate({})
    for name in ("limit", "min_score", "diversity", "moments", "without_duplicates", "explain"):
        assert getattr(asked, name) == getattr(service, name) == getattr(Query(), name), name


def test_stems_may_have_weights() -> None:
    assert SearchOptions(stem=["Vocals=2", "mix"]).to_query([], []).stems == {"vocals": 2.0, "mix": 1.0}
    with pytest.raises(UserError, match="The weight in 'mix=x' is not a number"):
        SearchOptions(stem=["mix=x"]).to_query([], [])


def test_tags_may_have_weights() -> None:
    query = SearchOptions().to_query([], [], ["Calm=2", "piano"], ["epic"])
    assert query.descriptors == (DescriptorTerm("calm", 2.0), DescriptorTerm("piano", 1.0))
    assert query.not_descriptors == (DescriptorTerm("epic", 1.0),)
