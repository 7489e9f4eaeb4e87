"""Finds the tracks of the library that songs of other players and servers are.

In turn, until one finds a track: what the server has called it before, its path, the recording at MusicBrainz, the
ISRC, then title and artists as `catalog.songs.comparing` reads them. What is plainly another song by now is passed
over. References are looked up together, by payload indexes: a few requests for hundreds of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, TypeAlias, TypeVar

from catalog.catalog import Catalog
from catalog.fields import WITH_HIDDEN
from catalog.file_tag_types import YES
from catalog.filters import Filter
from catalog.keys import fold, is_storable_path
from catalog.marks import MarkChange, alias
from catalog.songs.artists import Whose
from catalog.songs.comparing import (
    Agreement,
    agreement,
    is_another_song,
    readings,
    same_album,
    spelt_artists,
)
from catalog.songs.places import composed, library_paths, path_of
from catalog.songs.reference import SongReference
from catalog.songs.titles import title_keys
from catalog.track import Track
from polymuse.text import clean

How: TypeAlias = Literal["id", "path", "mbid", "isrc", "name", "similar name", ""]
T = TypeVar("T")

AT_ONCE = 250  # references whose names are looked up in one request
MAX_ALIKE = 5000  # tracks with the titles of a request that are compared
MAX_GUESSED = 100  # references of a call that are looked up in the index of names
MOST_NAMES = 10  # of the index that its title may contain
GUESSES = 5  # titles that one of them may mean
SAME_POINTS = 0.4  # between tracks of which neither is the better one
MAX_SECONDS = 366 * 24 * 3600.0  # as of tracks
MISSING = replace(WITH_HIDDEN, missing=(YES,))


@dataclass(frozen=True, slots=True)
class Resolved:
    """A song of another player, and the track that it is."""

    reference: SongReference
    track: Track | None
    how: How  # "": not at all
    also: tuple[Track, ...] = ()  # others that would do as well by what the reference says: copies on other albums


_Found: TypeAlias = dict[int, Resolved]


def resolve(
    references: Iterable[SongReference], catalog: Catalog, *, mapped: Sequence[tuple[str, str]] = ()
) -> list[Resolved]:
    """The references with their tracks, in order. Hidden and missing tracks are found as well, after the others.

    `mapped`: (folder as the server sees it, folder of the library). Raises UnavailableError.
    """
    asked = list(references)
    wanted = list(map(_cleaned, asked))
    found: _Found = {}
    there = (WITH_HIDDEN, MISSING) if catalog.count(MISSING) else (WITH_HIDDEN,)
    _by_alias(wanted, catalog, there, found)
    _by_path(wanted, catalog, mapped, found)
    _by_code(wanted, catalog, there, found)
    left = [number for number, each in enumerate(wanted) if number not in found and each.title]
    for start in range(0, len(left), AT_ONCE):
        _by_name({number: wanted[number] for number in left[start : start + AT_ONCE]}, catalog, there, found)
    _by_similar_name({number: wanted[number] for number in left if number not in found}, catalog, there, found)
    return [
        replace(found[number], reference=each) if number in found else Resolved(each, None, "")
        for number, each in enumerate(asked)
    ]


def learn(resolved: Iterable[Resolved], catalog: Catalog) -> int:
    """Remember what servers call tracks, and return for how many songs that was new.

    Only what is sure is remembered: not what was found by a similar name, or with another album and duration. A song
    that was another track before is no longer known as that. Raises UnavailableError.
    """
    names: dict[str, str] = {}  # alias -> id of its track
    for each in resolved:
        known_as = alias(each.reference.server, each.reference.id)
        if known_as and each.track is not None and known_as not in each.track.marks.known_as and _is_sure(each):
            names[known_as] = each.track.id
    if not names:
        return 0
    before = [track for where in (WITH_HIDDEN, MISSING) for track in _known_as(catalog, list(names), where)]
    new: dict[str, list[str]] = defaultdict(list)
    old: dict[str, list[str]] = defaultdict(list)
    for text, id_ in names.items():
        new[id_].append(text)
    for track in before:
        for text in track.marks.known_as:
            if text in names and names[text] != track.id:
                old[track.id].append(text)
            elif text in names:  # learnt meanwhile
                new[track.id].remove(text)
    ids = [id_ for id_ in {**new, **old} if new.get(id_) or old.get(id_)]
    catalog.mark_each(
        {id_: MarkChange(known_as=tuple(new.get(id_, ())), not_known_as=tuple(old.get(id_, ()))) for id_ in ids}
    )
    return sum(map(len, new.values()))


def foreign_id(track: Track, server: str) -> str:
    """What a server calls the track; "" if that is not known."""
    start = f"{server}:"
    return next((text.removeprefix(start) for text in track.marks.known_as if text.startswith(start)), "")


def _cleaned(reference: SongReference) -> SongReference:
    """The reference with texts as file tags are read, whoever wrote them."""
    return replace(
        reference,
        title=clean(reference.title),
        artists=tuple(filter(None, map(clean, reference.artists[:100]))),
        album=clean(reference.album),
        duration=reference.duration if reference.duration and 0 < reference.duration < MAX_SECONDS else None,
        mbid=fold(reference.mbid[:100]),
        isrc="".join(sign for sign in fold(reference.isrc[:100]) if sign.isalnum()),
    )


def _known_as(catalog: Catalog, names: Sequence[str], where: Filter) -> Iterator[Track]:
    for part in _parts(names):
        yield from catalog.tracks(replace(where, known_as=tuple(part)))


def _by_alias(wanted: Sequence[SongReference], catalog: Catalog, there: Sequence[Filter], found: _Found) -> None:
    names = {number: text for number, each in enumerate(wanted) if (text := alias(each.server, each.id))}
    unique = list(dict.fromkeys(names.values()))
    if not unique:
        return
    tracks: dict[str, list[Track]] = defaultdict(list)
    for where in there:
        for track in _known_as(catalog, unique, where):
            for text in track.marks.known_as:
                tracks[text].append(track)
    for number, text in names.items():
        _take(number, wanted[number], tracks.get(text, ()), "id", found)


def _by_path(
    wanted: Sequence[SongReference], catalog: Catalog, mapped: Sequence[tuple[str, str]], found: _Found
) -> None:
    paths = {
        number: [path for path in composed(library_paths(path_of(each.path), "", mapped)) if is_storable_path(path)]
        for number, each in enumerate(wanted)
        if each.path and number not in found
    }
    asked = list(dict.fromkeys(path for each in paths.values() for path in each))
    by_path = {file.path: track for track in catalog.known(paths=asked) for file in track.files} if asked else {}
    for number, each in paths.items():
        track = next((by_path[path] for path in each if path in by_path), None)
        if track is not None and not _is_other_file(wanted[number], track):
            found[number] = Resolved(wanted[number], track, "path")


def _is_other_file(reference: SongReference, track: Track) -> bool:
    """Whether the path belongs to another file here: neither title nor artist nor duration agree, and all are known."""
    if not reference.duration or not reference.artists or not track.artist:
        return False
    return abs(reference.duration - track.duration) > 5 and is_another_song(reference, track)


def _by_code(wanted: Sequence[SongReference], catalog: Catalog, there: Sequence[Filter], found: _Found) -> None:
    for how, attribute in (("mbid", "musicbrainz_ids"), ("isrc", "isrcs")):
        codes = {n: code for n, each in enumerate(wanted) if n not in found and (code := getattr(each, how))}
        tracks: dict[str, list[Track]] = defaultdict(list)
        for where in there if codes else ():
            for part in _parts(list(dict.fromkeys(codes.values()))):
                for track in catalog.tracks(replace(where, **{attribute: tuple(part)})):
                    for code in _codes(track, how):
                        tracks[code].append(track)
        for number, code in codes.items():
            _take(number, wanted[number], tracks.get(code, ()), how, found)  # type: ignore[arg-type]


def _codes(track: Track, how: str) -> set[str]:
    if how == "isrc":
        return {fold(code).replace("-", "") for code in track.isrcs}
    return {fold(id_) for kind in ("recording", "track") for id_ in track.musicbrainz.get(kind, ())}


def _take(number: int, reference: SongReference, tracks: Sequence[Track], how: How, found: _Found) -> None:
    """The best of the tracks that have an id or a code, unless all of them are other songs by now."""
    unique = {track.id: track for track in tracks if not is_another_song(reference, track)}
    if not unique:
        return
    wanted = readings(reference)

    def order(track: Track) -> tuple[float, float, bool, bool, str]:
        agreed = agreement(reference, wanted, track)
        points = -100.0 if agreed is None else agreed.points
        seconds = abs(track.duration - reference.duration) if reference.duration else 0.0
        return -points, seconds, bool(track.missing_since), bool(track.hidden_since), track.id

    found[number] = Resolved(reference, min(unique.values(), key=order), how)


def _by_name(wanted: Mapping[int, SongReference], catalog: Catalog, there: Sequence[Filter], found: _Found) -> None:
    """By title and artists as they are spelt; if none is as good as can be, by the title alone."""
    artists = _unique(name for each in wanted.values() for name in spelt_artists(each))
    tracks = {track.id: track for track in _titled(wanted.values(), catalog, there, artists)} if artists else {}
    left = _choose(wanted, tracks.values(), found, only_best=True)
    if left:
        tracks |= {track.id: track for track in _titled(left.values(), catalog, there, ())}
        _choose(left, tracks.values(), found)


def _titled(
    wanted: Iterable[SongReference], catalog: Catalog, there: Sequence[Filter], artists: tuple[str, ...]
) -> Iterator[Track]:
    """Tracks with a title and an artist of these references."""
    titles = _unique(each.title for each in wanted if title_keys(each.title))
    for where in there if titles else ():
        yield from islice(catalog.tracks(replace(where, songs=titles, artists=artists)), MAX_ALIKE)


def _choose(
    wanted: Mapping[int, SongReference], tracks: Iterable[Track], found: _Found, *, only_best: bool = False
) -> dict[int, SongReference]:
    """Find the tracks of references among these, and return the references that are left."""
    by_key: dict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        for key in title_keys(track.title, whole=bool(track.artist)):
            by_key[key].append(track)
    left = {}
    for number, reference in wanted.items():
        alike = {track.id: track for key in title_keys(reference.title) for track in by_key.get(key, ())}
        resolved = best_of(reference, alike.values(), only_best=only_best)
        if resolved.track is None:
            left[number] = reference
        else:
            found[number] = resolved
    return left


def best_of(reference: SongReference, tracks: Iterable[Track], *, only_best: bool = False) -> Resolved:
    """The track among these that is meant, if it is clear which one; with `only_best`, if none can agree better."""
    wanted = readings(reference)
    agreed = [(it, track) for track in tracks if (it := agreement(reference, wanted, track)) is not None]
    agreed.sort(key=_order)
    if not agreed or (only_best and not agreed[0][0].best):
        return Resolved(reference, None, "")
    best, track = agreed[0]
    equal = [other for it, other in agreed[1:] if best.points - it.points < SAME_POINTS]
    if best.whose <= Whose.UNKNOWN and any(fold(track.artist) != fold(other.artist) for other in equal):
        return Resolved(reference, None, "")  # a title does not tell whose song is meant
    return Resolved(reference, track, "name" if best.exact else "similar name", tuple(equal))


def _order(pair: tuple[Agreement, Track]) -> tuple[float, bool, bool, float, bool, str]:
    it, track = pair
    gone, hidden = bool(track.missing_since), bool(track.hidden_since)
    return -it.points, gone, hidden, it.seconds or 0.0, track.compilation, track.id


def _by_similar_name(
    wanted: Mapping[int, SongReference], catalog: Catalog, there: Sequence[Filter], found: _Found
) -> None:
    """With typing errors: among all tracks of the artists, or if there are none, by what the title may mean."""
    strangers: list[int] = []
    for part in _parts(list(wanted)):
        by_artist: dict[str, dict[str, Track]] = defaultdict(dict)
        names = _unique(name for number in part for name in spelt_artists(wanted[number]))
        for where in there if names else ():
            for track in islice(catalog.tracks(replace(where, artists=names)), MAX_ALIKE):
                for name in {fold(track.artist), *map(fold, track.artists)}:
                    by_artist[name][track.id] = track
        for number in part:
            alike = {k: v for name in spelt_artists(wanted[number]) for k, v in by_artist.get(name, {}).items()}
            _keep(number, best_of(wanted[number], alike.values()), found)
            if not alike:
                strangers.append(number)
    _by_guess({number: wanted[number] for number in strangers[:MAX_GUESSED]}, catalog, there, found)


def _by_guess(wanted: Mapping[int, SongReference], catalog: Catalog, there: Sequence[Filter], found: _Found) -> None:
    """By the titles that the index of names takes theirs for."""
    guesses = {number: _guesses(reference.title, catalog) for number, reference in wanted.items()}
    titles = _unique(title for each in guesses.values() for title in each)
    by_title: dict[str, list[Track]] = defaultdict(list)
    for where in there if titles else ():
        for track in islice(catalog.tracks(replace(where, songs=titles)), MAX_ALIKE):
            for key in title_keys(track.title, whole=bool(track.artist)):
                by_title[key].append(track)
    for number, each in guesses.items():
        alike = {track.id: track for title in each for key in title_keys(title) for track in by_title.get(key, ())}
        _keep(number, best_of(wanted[number], alike.values()), found)


def _guesses(title: str, catalog: Catalog) -> tuple[str, ...]:
    """Titles of the library that a title with typing errors may mean."""
    names = catalog.find_names(title, MOST_NAMES)
    titles = _unique(each.value for each in names if each.field == "title" and each.whole)
    return tuple(title for title in titles if title_keys(title))[:GUESSES]


def _keep(number: int, resolved: Resolved, found: _Found) -> None:
    if resolved.track is not None and number not in found:
        found[number] = resolved


def _is_sure(resolved: Resolved) -> bool:
    reference, track = resolved.reference, resolved.track
    if track is None or resolved.how in ("id", "similar name", ""):
        return False
    if resolved.how != "name":
        return True
    if resolved.also:
        return False
    if reference.duration and track.duration:
        return abs(reference.duration - track.duration) <= 3 and same_album(reference.album, track.album) is not False
    return same_album(reference.album, track.album) is not False


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
