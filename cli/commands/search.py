"""`polymuse search` and `polymuse similar`."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from cli import options
from polymuse.errors import UserError
from polymuse.music import MIX

if TYPE_CHECKING:
    from catalog.query import Audio, Hit, Query, Seed
    from cli.session import Library

EPILOG = """\b
Examples:
  polymuse search calm piano
  polymuse search 大提琴 --not vocals -n 5 --moments
  polymuse search --like song.mp3 --stem vocals=2 --stem mix --where 'year:1990..'
  polymuse search choir --like a.mp3 --unlike b.mp3 --explain
  polymuse search guitar solo --by-moment --m3u > solos.m3u"""

SIMILAR_EPILOG = """\b
Examples:
  polymuse similar song.mp3 --no-duplicates --not-same artist
  polymuse similar song.mp3 --stem drums
  polymuse similar song.mp3 --from-stem vocals    its vocals against the mixes of others"""


class Shared(StrEnum):
    ARTIST = "artist"
    ALBUM = "album"


Format: TypeAlias = Literal["table", "json", "m3u", "csv"]

FromStem = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Compare this stem of the named tracks and files, whatever --stem compares."),
]
MinScore = Annotated[
    float | None, typer.Option(metavar="SCORE", min=-1.0, max=1.0, help="Leave out hits below this cosine.")
]
Diversity = Annotated[
    float,
    typer.Option(
        metavar="0..1", min=0.0, max=1.0, help="0: by score alone; towards 1: hits that differ from one another."
    ),
]
NoDuplicates = Annotated[
    bool, typer.Option("--no-duplicates", help="Leave out what is nearly the same as a hit above or as --like.")
]
NotSame = Annotated[
    list[Shared] | None,
    typer.Option(metavar="artist|album", help="Leave out tracks of the same artist or album as a track of --like."),
]
WithMoments = Annotated[bool, typer.Option("--moments", help="Say where in each track the query is answered best.")]
ByMoment = Annotated[bool, typer.Option("--by-moment", help="Rank the tracks by that moment instead of as a whole.")]
Explain = Annotated[bool, typer.Option("--explain", help="Say what each part of the query contributed.")]
AsM3u = Annotated[bool, typer.Option("--m3u", help="A playlist on stdout.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Comma-separated values on stdout.")]


def search(
    text: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="What to look for, in any language.")] = None,
    exclude: Annotated[list[str] | None, typer.Option("--not", metavar="TEXT", help="Away from this text.")] = None,
    like: Annotated[list[str] | None, typer.Option(metavar="TRACK|FILE", help="Near this track or file.")] = None,
    unlike: Annotated[list[str] | None, typer.Option(metavar="TRACK|FILE", help="Away from it.")] = None,
    stem: options.Stem = None,
    from_stem: FromStem = None,
    where: options.Where = "",
    limit: options.Limit = 20,
    min_score: MinScore = None,
    diversity: Diversity = 0.0,
    no_duplicates: NoDuplicates = False,
    not_same: NotSame = None,
    moments: WithMoments = False,
    by_moment: ByMoment = False,
    explain: Explain = False,
    profile: options.Profile = None,
    device: options.Device = None,
    as_json: options.Json = False,
    as_m3u: AsM3u = False,
    as_csv: AsCsv = False,
) -> None:
    """Find tracks by text, by tracks or files, by stems, or by all of these at once."""
    form = _format(as_json=as_json, as_m3u=as_m3u, as_csv=as_csv)
    from catalog.filters import parse_filter
    from catalog.query import Query, Text
    from cli.session import open_library

    query = Query(
        texts=(Text(" ".join(text)),) if text else (),
        not_texts=tuple(Text(part) for part in exclude or ()),
        stems=_stem_weights(stem),
        where=parse_filter(where),
        limit=limit,
        min_score=min_score,
        diversity=diversity,
        moments="rank" if by_moment else "locate" if moments else None,
        without_duplicates=no_duplicates,
        without_same=frozenset(each.value for each in not_same or ()),
        explain=explain,
    )
    with open_library(profile=profile, device=device) as library:
        hits = library.search(_with_sounds(query, library, like or (), unlike or (), from_stem))
    _print(hits, library.profile, form)


def similar(
    track: options.TrackOrFile,
    stem: options.Stem = None,
    from_stem: FromStem = None,
    where: options.Where = "",
    limit: options.Limit = 20,
    min_score: MinScore = None,
    diversity: Diversity = 0.0,
    no_duplicates: NoDuplicates = False,
    not_same: NotSame = None,
    moments: WithMoments = False,
    by_moment: ByMoment = False,
    explain: Explain = False,
    profile: options.Profile = None,
    device: options.Device = None,
    as_json: options.Json = False,
    as_m3u: AsM3u = False,
    as_csv: AsCsv = False,
) -> None:
    """Find tracks that sound like a track or a file, as a whole or by one of its stems."""
    search(
        like=[track],
        stem=stem,
        from_stem=from_stem,
        where=where,
        limit=limit,
        min_score=min_score,
        diversity=diversity,
        no_duplicates=no_duplicates,
        not_same=not_same,
        moments=moments,
        by_moment=by_moment,
        explain=explain,
        profile=profile,
        device=device,
        as_json=as_json,
        as_m3u=as_m3u,
        as_csv=as_csv,
    )


def _with_sounds(
    query: "Query", library: "Library", like: Sequence[str], unlike: Sequence[str], from_stem: str | None
) -> "Query":
    """The query with tracks of the library and files from anywhere added. Raises NotFoundError."""
    from dataclasses import replace

    tracks, audio = _sorted_out([library.seed(reference, from_stem) for reference in like])
    not_tracks, not_audio = _sorted_out([library.seed(reference, from_stem) for reference in unlike])
    return replace(query, tracks=tracks, audio=audio, not_tracks=not_tracks, not_audio=not_audio)


def _sorted_out(sounds: "Sequence[Seed | Audio]") -> "tuple[tuple[Seed, ...], tuple[Audio, ...]]":
    from catalog.query import Audio, Seed

    seeds = tuple(each for each in sounds if isinstance(each, Seed))
    return seeds, tuple(each for each in sounds if isinstance(each, Audio))


def _stem_weights(stems: list[str] | None) -> dict[str, float]:
    """["vocals=2", "mix"] -> {"vocals": 2.0, "mix": 1.0}. No stem means the mix."""
    weights = {}
    for stem in stems or [MIX]:
        name, _, weight = stem.partition("=")
        try:
            weights[name.strip().lower()] = float(weight) if weight else 1.0
        except ValueError:
            raise UserError(f"Weight of stem {stem!r} is not a number", "Write it as --stem vocals=2") from None
    return weights


def _format(*, as_json: bool, as_m3u: bool, as_csv: bool) -> Format:
    if as_json + as_m3u + as_csv > 1:
        raise UserError("Only one of --json, --m3u and --csv can be given")
    return "json" if as_json else "m3u" if as_m3u else "csv" if as_csv else "table"


def _print(hits: "list[Hit]", profile: str, form: Format) -> None:
    from cli import output

    if form == "json":
        output.print_hits_json(hits, profile)
    elif form == "m3u":
        output.print_m3u(hits)
    elif form == "csv":
        output.print_csv(hits)
    elif hits:
        output.print_hits(hits)
    else:
        output.messages().print("No track matches.")
