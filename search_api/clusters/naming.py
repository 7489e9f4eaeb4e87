"""Names of clusters: by what is more frequent there than in the library, each name once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from polymuse.descriptors import StoredDescriptor
from search_api.languages import look_up
from search_api.telling import telling

TAGS = 4  # of a name at most; two, unless another cluster has the same two
RARER = 0.12  # share of the tracks that has a tag, if no other names the cluster
ARTISTS = 2  # in the name of a cluster without tags
BETWEEN = " · "
WITHOUT = "…"  # a cluster without tags and artists


@dataclass(frozen=True, slots=True)
class ClusterName:
    """What a cluster is called, in no language yet."""

    tags: tuple[str, ...]  # slugs, the most telling first
    artists: tuple[str, ...] = ()  # if there are no tags
    number: int = 1  # of the clusters of this name


def name_clusters(
    shares: np.ndarray, everywhere: np.ndarray, slugs: Sequence[str], artists: Sequence[Sequence[str]]
) -> list[ClusterName]:
    """One name for each cluster. The order of clusters decides which of two gets the shorter one.

    `shares`: [k, tags] how many of a cluster's tracks have a tag, from 0 to 1; `everywhere`: [tags] those of the
    library; `artists`: of each cluster, the most frequent first.
    """
    names: list[ClusterName] = []
    counts: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
    for share, by_artists in zip(shares, artists, strict=True):
        found = [slugs[index] for index in telling(share, everywhere)]
        if not found:
            found = [slugs[index] for index in telling(share, everywhere, 1, common=RARER)]
        further = [slugs[index] for index in telling(share, everywhere, TAGS, common=RARER, further=0)]
        tags = tuple(found)
        for slug in further:
            if (tags, ()) not in counts or len(tags) == TAGS:
                break
            tags += () if slug in tags else (slug,)
        by = () if tags else tuple(by_artists[:ARTISTS])
        counts[tags, by] += 1
        names.append(ClusterName(tags, by, counts[tags, by]))
    return names


def title(name: ClusterName, descriptors: Mapping[str, StoredDescriptor], languages: Sequence[str] = ()) -> str:
    """The name for people, in the first of these languages that a tag has a name in, or in English."""
    words = [_tag_name(slug, descriptors, languages) for slug in name.tags] or [*name.artists] or [WITHOUT]
    words = [word[:1].upper() + word[1:] for word in words]
    return BETWEEN.join(words) + (f" ({name.number})" if name.number > 1 else "")


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """The name, with a number if it is taken, whatever its case: nothing is ever saved over another playlist."""
    known = {name.casefold() for name in taken}
    names = (wanted if number == 1 else f"{wanted} ({number})" for number in range(1, len(known) + 2))
    return next(name for name in names if name.casefold() not in known)


def _tag_name(slug: str, descriptors: Mapping[str, StoredDescriptor], languages: Sequence[str]) -> str:
    names = descriptors[slug].names if slug in descriptors else {}
    found = look_up(names, [*languages, "en"])
    return slug.replace("-", " ") if found is None else found[1]
