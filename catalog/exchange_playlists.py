"""Playlists in exports and copies of libraries: a line each, after the users' descriptors.

{"playlist": {"head": …, "body": …}}   as `catalog.playlists.records` stores them
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from catalog.catalog import Catalog
from catalog.export_records import part, read_line
from catalog.playlists.playlist import Playlist
from catalog.playlists.records import Record, to_playlist, to_record

STAMP = "exported"  # in place of that of a write


def to_playlist_record(playlist: Playlist) -> dict[str, Any]:
    """A playlist as JSON, without the entries that were removed from it."""
    record = to_record(replace(playlist, head=replace(playlist.head, stamps=()), removed=()), STAMP)
    return {"playlist": {"head": record.head, "body": record.body}}


def read_playlists(lines: Iterator[bytes], number: int, first: int) -> list[Playlist]:
    """The playlists of the next lines, of which `first` is the number. Raises ValueError that says what is wrong."""
    found = []
    for line in range(first, first + number):
        try:
            stored = part(read_line(next(lines, b"")), "playlist", dict)
            found.append(to_playlist(Record(part(stored, "head", dict), part(stored, "body", dict))))
        except ValueError as error:
            raise ValueError(f"Line {line}: {error}") from None
    return found


def take_playlists(target: Catalog, playlists: Sequence[Playlist], *, dry_run: bool = False) -> int:
    """Store those that the target does not have, and return how many; one that it has stays as it is there."""
    if dry_run:
        there = {head.id for head in target.playlists()}
        return sum(playlist.head.id not in there for playlist in playlists)
    return sum(target.put_playlist(playlist) for playlist in playlists)


def all_playlists(catalog: Catalog) -> list[Playlist]:
    """The playlists of a catalog, with their entries."""
    return [catalog.playlist(head.id) for head in catalog.playlists()]
