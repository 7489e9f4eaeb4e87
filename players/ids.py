"""Remembers what a server calls the tracks of the library."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from catalog.catalog import Catalog
from catalog.fields import WITH_HIDDEN
from catalog.marks import MarkChange, alias
from catalog.songs.reference import SongReference
from catalog.songs.resolving import Resolved, foreign_id, learn, resolve
from catalog.track import Track
from players.server import Server
from players.servers import AnyServer

MAX_NAMED = 20  # songs without a track that are told by name
AT_ONCE = 500  # candidates that are resolved together

Mapped = Sequence[tuple[str, str]]  # (folder as the server sees it, folder of the library)


@dataclass(slots=True)
class Synced:
    """What a sync has found."""

    songs: int = 0  # of the server
    found: Counter[str] = field(default_factory=Counter)  # how a track was found -> songs
    learnt: int = 0  # ids that were new
    forgotten: int = 0  # ids that the server no longer has
    without: list[SongReference] = field(default_factory=list)  # the first songs that no track is

    @property
    def known(self) -> int:
        """Songs of the server that are tracks of the library."""
        return sum(self.found.values())


def sync(server: AnyServer, catalog: Catalog, mapped: Mapped = (), *, dry_run: bool = False) -> Iterator[Synced]:
    """Remember the ids of all songs of a server, and forget those that it no longer has; what is found, page by page.

    Nothing is forgotten if the server breaks off, or has no songs at all. Raises PlayerError and UnavailableError.
    """
    done = Synced()
    there: set[str] = set()
    for page in server.songs():
        resolved = resolve(page, catalog, mapped=mapped)
        there.update(alias(server.name, each.id) for each in page)
        done.songs += len(page)
        done.found.update(each.how for each in resolved if each.track is not None)
        missing = [each.reference for each in resolved if each.track is None]
        done.without += missing[: MAX_NAMED - len(done.without)]
        done.learnt += sum(_is_new(each) for each in resolved) if dry_run else learn(resolved, catalog)
        yield done
    if done.songs:
        gone = _gone(server.name, there, catalog)
        done.forgotten = sum(len(each.not_known_as) for each in gone.values())
        if gone and not dry_run:
            catalog.mark_each(gone)
    yield done


def ids_of(server: Server, tracks: Sequence[Track], catalog: Catalog, mapped: Mapped = ()) -> dict[str, Resolved]:
    """{track id: song of the server} of the tracks that are found there: by remembered id, else by its search.

    What is found is not remembered: `learn` does that. Raises PlayerError and UnavailableError.
    """
    found = {}
    asked: list[SongReference] = []
    wanted = {track.id: track for track in tracks}
    for track in wanted.values():
        if known := foreign_id(track, server.name):
            found[track.id] = Resolved(SongReference(id=known, server=server.name), track, "id")
            continue
        asked += server.find(track)
        if len(asked) >= AT_ONCE:
            _take(resolve(_unique(asked), catalog, mapped=mapped), wanted, found)
            asked = []
    _take(resolve(_unique(asked), catalog, mapped=mapped), wanted, found)
    return found


def _take(resolved: Sequence[Resolved], wanted: dict[str, Track], found: dict[str, Resolved]) -> None:
    """Give each wanted track the song that is found in the best way, of the same album first."""
    order = ("id", "path", "mbid", "isrc", "name", "similar name")
    for each in sorted(resolved, key=lambda each: (order.index(each.how) if each.how else 9, not _same_album(each))):
        ids = [each.track.id, *(copy.id for copy in each.also)] if each.track is not None else []
        for id_ in ids:  # a copy on another album is the same song
            if id_ in wanted and id_ not in found:
                found[id_] = each


def _same_album(resolved: Resolved) -> bool:
    track, album = resolved.track, resolved.reference.album
    return track is not None and track.album.casefold() == album.casefold()


def _is_new(resolved: Resolved) -> bool:
    reference, track = resolved.reference, resolved.track
    return (
        track is not None
        and resolved.how != "similar name"
        and (alias(reference.server, reference.id) not in track.marks.known_as)
    )


def _gone(server: str, there: set[str], catalog: Catalog) -> dict[str, MarkChange]:
    start = f"{server}:"
    changes = {}
    for track in catalog.tracks(WITH_HIDDEN):
        old = tuple(each for each in track.marks.known_as if each.startswith(start) and each not in there)
        if old:
            changes[track.id] = MarkChange(not_known_as=old)
    return changes


def _unique(references: Sequence[SongReference]) -> list[SongReference]:
    return list({each.id: each for each in references}.values())
