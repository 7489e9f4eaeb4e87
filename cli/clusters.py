"""What `polymuse clusters` does: finding clusters, their tracks, and saving them as playlists."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.output import messages, print_json
from cli.playlists import plain as plain_playlist
from cli.progress import counted, say
from polymuse.errors import NotFoundError

if TYPE_CHECKING:
    from catalog.catalog import Catalog
    from catalog.playlists.playlist import PlaylistEntry, PlaylistHead
    from catalog.track import Track
    from cli.session import Library
    from search_api.clusters.clusters import Cluster

SIGNS = str.maketrans("", "", " ·-")  # which a shell makes hard to type


@dataclass(frozen=True, slots=True)
class NamedCluster:
    """A cluster with its name in English."""

    title: str
    cluster: "Cluster"


def found_clusters(library: "Library") -> list[NamedCluster]:
    """The clusters of a library, the largest first. Takes minutes the first time in a large library."""
    from search_api.clusters.clusters import CACHE_BYTES, find_clusters
    from search_api.clusters.naming import title
    from search_api.media.cache import MediaCache

    catalog = library.catalog
    with MediaCache(library.settings.layout.clusters, CACHE_BYTES) as cache:
        found = find_clusters(catalog, cache)
    slugs = sorted({slug for each in found for slug in each.name.tags})
    descriptors = {each.slug: each for each in catalog.descriptors(slugs)} if slugs else {}
    return [NamedCluster(title(each.name, descriptors), each) for each in found]


def find(found: list[NamedCluster], reference: str) -> NamedCluster:
    """The one with this key or name, whose signs and case do not matter. Raises NotFoundError."""
    from difflib import get_close_matches

    wanted = _bare(reference)
    for each in found:
        if reference == each.cluster.key or wanted == _bare(each.title):
            return each
    near = get_close_matches(reference, [each.title for each in found], cutoff=0.4)
    advice = f"Similar ones: {', '.join(near)}" if near else "`polymuse clusters` lists all"
    raise NotFoundError(f"There is no cluster {reference}", advice)


def tracks_of(catalog: "Catalog", named: NamedCluster, limit: int) -> "list[Track]":
    """Its tracks as a playlist, the most typical first."""
    ids = named.cluster.tracks[:limit]
    known = {track.id: track for track in catalog.known(ids)}
    return [known[id_] for id_ in ids if id_ in known]


def save(library: "Library", named: NamedCluster, limit: int, *, dry_run: bool, as_json: bool) -> None:
    """Save a cluster as a new playlist, unless one of its name has just these tracks; says what was done."""
    from catalog.playlists.playlist import PlaylistEntry
    from search_api.clusters.naming import free_name

    catalog = library.catalog
    entries = [PlaylistEntry.of_track(track) for track in tracks_of(catalog, named, limit)]
    heads = catalog.playlists()
    there = _saved(catalog, heads, named.title, entries)
    name = free_name(named.title, (head.name for head in heads)) if there is None else there.name
    size = counted(len(entries), "track")
    if there is not None:
        line = f"{name} is there already, with the same {size}."
    elif dry_run:
        line = f"{name} would have {size}."
    else:
        there = catalog.create_playlist(name, entries, description="Tracks that sound alike").head
        line = f"{name} has {size}."
    if as_json and there is not None:
        print_json(plain_playlist(there))
    else:
        say(messages(), line)


def plain(named: NamedCluster) -> dict[str, Any]:
    """The cluster as JSON, with the ids of its tracks."""
    cluster = named.cluster
    return {
        "key": cluster.key,
        "name": named.title,
        "tags": list(cluster.name.tags),
        "size": cluster.size,
        "artists": list(cluster.artists),
        "tracks": list(cluster.tracks),
    }


def _saved(
    catalog: "Catalog", heads: "list[PlaylistHead]", title: str, entries: "list[PlaylistEntry]"
) -> "PlaylistHead | None":
    """The playlist of this name, or this name with a number, that has just these tracks."""
    ids = [entry.track_id for entry in entries]
    alike = [head for head in heads if head.name.casefold().startswith(title.casefold()) and head.count == len(ids)]
    same = (head for head in alike if [each.track_id for each in catalog.playlist(head.id).entries] == ids)
    return next(same, None)


def _bare(name: str) -> str:
    return name.casefold().translate(SIGNS)
