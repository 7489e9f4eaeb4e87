"""Playlists go with a library that is exported, imported or copied."""

import io

import pytest

from catalog.catalog import Catalog
from catalog.exchange import (
    BadExportError,
    copy,
    export,
    read_entries,
    read_header,
    read_lists,
    take_over,
    take_playlists,
)
from catalog.playlists.changes import Remove
from catalog.playlists.playlist import PlaylistEntry, SmartQuery
from catalog.store import Space
from tests.catalog.conftest import MakeEntry


def test_playlists_are_in_an_export_and_in_a_copy(space: Space, entry: MakeEntry) -> None:
    source, target, other = (Catalog.in_memory(space) for _ in range(3))
    source.upsert([entry(1)])
    fixed = source.create_playlist("Fixed", [PlaylistEntry(0, "", "x"), PlaylistEntry(0, "", "y", path="/\udcff")])
    fixed = source.change_playlist(fixed.head.id, [Remove((1,))])
    smart = source.create_playlist("Smart", smart=SmartQuery({"where": "year:1990"}, 5))
    out = io.BytesIO()
    export(source, out, lambda _: None)
    lines = iter(out.getvalue().splitlines(keepends=True))
    header = read_header(lines, "a.jsonl")
    lists = read_lists(lines, header, "a.jsonl")
    assert take_playlists(target, lists, dry_run=True) == 2
    assert take_playlists(target, lists) == 2
    assert take_playlists(target, lists) == 0  # those that are there stay
    assert take_over(target, read_entries(lines, header, "a.jsonl"), lambda _: None).stored == 1
    assert copy(source, other, lambda _: None).playlists == 2
    for taken in (target, other):
        assert taken.playlist(fixed.head.id).entries == fixed.entries
        assert taken.playlist(smart.head.id).head.smart == smart.head.smart
        assert taken.playlist(fixed.head.id).head.revision == fixed.head.revision


def test_an_invalid_playlist_is_said_with_its_line(space: Space) -> None:
    source = Catalog.in_memory(space)
    source.create_playlist("Fixed", [PlaylistEntry(0, "", "x")])
    out = io.BytesIO()
    export(source, out, lambda _: None)
    lines = out.getvalue().replace(b'"entries"', b'"ent"').splitlines(keepends=True)
    header = read_header(iter(lines[:1]), "a.jsonl")
    with pytest.raises(BadExportError, match="Line 2"):
        read_lists(iter(lines[1:]), header, "a.jsonl")
