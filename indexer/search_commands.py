"""`polymuse search` and `polymuse similar`."""

from typing import TYPE_CHECKING, Annotated

import typer

from indexer import options
from polymuse.errors import UserError

if TYPE_CHECKING:
    from catalog.query import Hit

EPILOG = """\b
Examples:
  polymuse search calm piano
  polymuse search 大提琴 --not vocals -n 5
  polymuse search --like song.mp3 --stem vocals --where 'year:1990..'
  polymuse search techno --m3u > techno.m3u"""

Diversity = Annotated[
    float,
    typer.Option(
        metavar="0..1", min=0.0, max=1.0, help="0: by score alone; towards 1: hits that differ from one another."
    ),
]
MinScore = Annotated[
    float | None, typer.Option(metavar="SCORE", min=-1.0, max=1.0, help="Leave out hits below this cosine.")
]


def search(
    text: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="What to look for, in any language.")] = None,
    exclude: Annotated[list[str] | None, typer.Option("--not", metavar="TEXT", help="Away from this text.")] = None,
    like: Annotated[list[str] | None, typer.Option(metavar="TRACK|FILE", help="Near this track or file.")] = None,
    unlike: Annotated[list[str] | None, typer.Option(metavar="TRACK|FILE", help="Away from it.")] = None,
    stem: options.Stem = None,
    where: options.Where = "",
    limit: options.Limit = 20,
    min_score: MinScore = None,
    diversity: Diversity = 0.0,
    profile: options.Profile = None,
    as_json: options.Json = False,
    as_m3u: Annotated[bool, typer.Option("--m3u", help="A playlist on stdout.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values on stdout.")] = False,
) -> None:
    """Find tracks by text, by tracks or files, by stems, or by all of these at once."""
    if as_json + as_m3u + as_csv > 1:
        raise UserError("Only one of --json, --m3u and --csv can be given")
    from catalog.filters import parse_filter
    from catalog.query import Audio, Query, Seed, Text
    from indexer.library import open_library

    with open_library(profile=profile) as library:
        near = [library.seed(reference) for reference in like or ()]
        away = [library.seed(reference) for reference in unlike or ()]
        query = Query(
            texts=(Text(" ".join(text)),) if text else (),
            not_texts=tuple(Text(part) for part in exclude or ()),
            tracks=tuple(seed for seed in near if isinstance(seed, Seed)),
            not_tracks=tuple(seed for seed in away if isinstance(seed, Seed)),
            audio=tuple(seed for seed in near if isinstance(seed, Audio)),
            not_audio=tuple(seed for seed in away if isinstance(seed, Audio)),
            stems=_stem_weights(stem),
            where=parse_filter(where),
            limit=limit,
            min_score=min_score,
            diversity=diversity,
        )
        hits = library.search(query)
    _print(hits, library.profile, as_json=as_json, as_m3u=as_m3u, as_csv=as_csv)


def similar(
    track: options.TrackOrFile,
    stem: options.Stem = None,
    where: options.Where = "",
    limit: options.Limit = 20,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Find tracks that sound like a track or a file, as a whole or by one of its stems."""
    search(like=[track], stem=stem, where=where, limit=limit, profile=profile, as_json=as_json)


def _stem_weights(stems: list[str] | None) -> dict[str, float]:
    """["vocals=2", "mix"] -> {"vocals": 2.0, "mix": 1.0}. No stem means the mix."""
    from catalog.track import MIX

    weights = {}
    for stem in stems or [MIX]:
        name, _, weight = stem.partition("=")
        try:
            weights[name.strip().lower()] = float(weight) if weight else 1.0
        except ValueError:
            raise UserError(f"Weight of stem {stem!r} is not a number", "Write it as --stem vocals=2") from None
    return weights


def _print(hits: "list[Hit]", profile: str, *, as_json: bool, as_m3u: bool, as_csv: bool) -> None:
    from indexer import output

    if as_json:
        output.print_hits_json(hits, profile)
    elif as_m3u:
        output.print_m3u(hits)
    elif as_csv:
        output.print_csv(hits)
    elif hits:
        output.print_hits(hits)
    else:
        output.messages().print("No track matches.")
