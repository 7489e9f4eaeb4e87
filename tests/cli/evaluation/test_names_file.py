"""Files of a library in words and queries for it."""

import json
from pathlib import Path

import pytest

from cli.evaluation.names_file import NamedTrack, read_names
from polymuse.errors import UserError

TRACK = {"track": {"title": "Odeon", "artist": "Ernesto Nazareth", "genres": ["Choro"]}}
QUERY = {"query": {"text": "odeom", "kind": "typo", "expected": {"field": "title", "value": "Odeon"}}}


def write(path: Path, *lines: dict) -> Path:
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_tracks_and_queries_in_any_order(tmp_path: Path) -> None:
    found = read_names(write(tmp_path / "n.jsonl", QUERY, TRACK))
    assert [track.title for track in found.tracks] == ["Odeon"]
    assert [query.text for query in found.queries] == ["odeom"]


def test_the_names_of_a_track() -> None:
    track = NamedTrack(title="a", artist="b", album="c", genres=("d", "e"), composers=("f",))
    fields = ("title", "artist", "album", "genre", "composer")
    assert [track.names(field) for field in fields] == [("a",), ("b",), ("c",), ("d", "e"), ("f",)]


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        ([TRACK], "holds no queries"),
        ([QUERY], "holds no tracks"),
        ([TRACK, {**TRACK, **QUERY}], "line 2: .*either a track or a query"),
        ([TRACK, {}], "line 2: .*either a track or a query"),
        ([{"track": {"title": "Odeón"}}, QUERY], "no track has the title 'Odeon', as 'odeom' expects"),
    ],
)
def test_what_is_not_such_a_file(lines: list[dict], cause: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=cause):
        read_names(write(tmp_path / "n.jsonl", *lines))
