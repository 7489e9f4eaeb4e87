"""Shared by `polymuse search` and `polymuse similar`: options, the query made from them, and output of hits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog import search_options
from catalog.search_options import SearchOption
from cli import options
from polymuse.errors import UserError
from polymuse.music import MIX

if TYPE_CHECKING:
    from catalog.query import Audio, Hit, Query, Seed
    from cli.session import Library


SCORES_FIND = "A score finds music of its kind, rarely the same piece."
RANKING = {"stem", "min_score", "diversity", "without_duplicates", "without_same", "moments", "by_moment", "explain"}


class Shared(StrEnum):
    """`catalog.search_options.Shared`, which is a Literal, as the Enum that Typer needs."""

    ARTIST = "artist"
    ALBUM = "album"


def _described(option: SearchOption, *names: str, **about: Any) -> Any:
    sentence = f"{option.description[0].upper()}{option.description[1:]}."
    return typer.Option(*names, min=option.min, max=option.max, help=sentence, **about)


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """One field per option of both commands. Options of the query are named as in `catalog.query.Query`."""

    stem: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Compare this stem instead of the mix; NAME or NAME=WEIGHT, may be repeated. Texts and scores have "
            "one vector, which is compared with every stem.",
        ),
    ] = None
    from_stem: Annotated[str | None, _described(search_options.FROM_STEM, metavar="NAME")] = None
    where: options.Where = ""
    limit: Annotated[int, _described(search_options.LIMIT, "--limit", "-n", metavar="N")] = 20
    min_score: Annotated[float | None, _described(search_options.MIN_SCORE, metavar="SCORE")] = None
    diversity: Annotated[float, _described(search_options.DIVERSITY, metavar="0..1")] = 0.0
    without_duplicates: Annotated[bool, _described(search_options.WITHOUT_DUPLICATES, "--without-duplicates")] = False
    without_same: Annotated[list[Shared] | None, _described(search_options.WITHOUT_SAME, metavar="artist|album")] = None
    moments: Annotated[bool, typer.Option("--moments", help="Show which part of each track matches best.")] = False
    by_moment: Annotated[
        bool, typer.Option("--by-moment", help="Rank the tracks by their best moment instead of as a whole.")
    ] = False
    explain: Annotated[bool, _described(search_options.EXPLAIN, "--explain")] = False
    literal: Annotated[
        bool,
        typer.Option(
            "--literal", help="Take texts as descriptions of sound, without names, likeness or limits in them."
        ),
    ] = False
    library_name: options.Library = None
    profile: options.Profile = None
    device: options.Device = None
    as_json: options.Json = False
    as_m3u: options.Playlist = False
    as_csv: options.Csv = False

    def check_not_ranked(self) -> None:
        """Raises UserError for an option that ranks tracks, which a filter alone does not."""
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.name in RANKING}
        unused = [name for name, value in given.items() if value]
        if unused:
            option = f"--{unused[0].replace('_', '-')}"
            raise UserError(
                f"{option} needs something to search for",
                "Add words, --like TRACK|FILE or --picture FILE, or leave it out",
            )

    def to_query(
        self, texts: Sequence[str], not_texts: Sequence[str], tags: Sequence[str] = (), not_tags: Sequence[str] = ()
    ) -> "Query":
        """The query without tracks and files; `tags` are TAG or TAG=WEIGHT. Raises UserError for an invalid filter."""
        from catalog.filters import parse_filter
        from catalog.query import DescriptorTerm, Query, Text

        return Query(
            texts=tuple(map(Text, texts)),
            not_texts=tuple(map(Text, not_texts)),
            descriptors=tuple(DescriptorTerm(*each) for each in _weights(tags, "--like-tag calm=2").items()),
            not_descriptors=tuple(DescriptorTerm(*each) for each in _weights(not_tags, "--unlike-tag calm=2").items()),
            stems=_weights(self.stem or [MIX], "--stem vocals=2"),
            where=parse_filter(self.where),
            limit=self.limit,
            min_score=self.min_score,
            diversity=self.diversity,
            moments="rank" if self.by_moment else "locate" if self.moments else None,
            without_duplicates=self.without_duplicates,
            without_same=frozenset(each.value for each in self.without_same or ()),
            explain=self.explain,
        )


def find(
    chosen: SearchOptions,
    *,
    texts: Sequence[str] = (),
    not_texts: Sequence[str] = (),
    like: Sequence[str] = (),
    unlike: Sequence[str] = (),
    like_tags: Sequence[str] = (),
    unlike_tags: Sequence[str] = (),
    pictures: Sequence[Path] = (),
) -> None:
    """Search the library for texts, tags, tracks, files and pictures, and print the hits.

    The words for each picture are shown, and searched for like a text. Raises UserError and NotFoundError.

    Files are audio or scores.

    Without any of them, the tracks that match the filter are listed, as by `polymuse list`.
    """
    from dataclasses import replace

    from catalog.query import Text
    from cli.empty_library import say_if_empty
    from cli.filter_words import check_directions, check_stems, check_words
    from cli.output import messages
    from cli.progress import counted, say
    from cli.score_remarks import say_remarks
    from cli.session import check_is_file, open_library
    from cli.track_lists import check_one_form, listed, print_tracks
    from cli.understood import match, read_texts, say_match, say_understood, understood_as_dicts
    from cli.unmeasured import say_if_unmeasured

    forms = {"as_json": chosen.as_json, "as_m3u": chosen.as_m3u, "as_csv": chosen.as_csv}
    check_one_form(**forms)
    query = chosen.to_query(texts, not_texts, like_tags, unlike_tags)
    only_listed = bool(chosen.where) and not any((texts, not_texts, like, unlike, like_tags, unlike_tags, pictures))
    if only_listed:
        chosen.check_not_ranked()
    if chosen.from_stem is not None and not (like or unlike):
        raise UserError("--from-stem needs a track", "Add --like TRACK|FILE, or leave it out")
    with open_library(library=chosen.library_name, profile=chosen.profile, device=chosen.device) as library:
        check_words(query.where, library)
        check_directions({term.slug for term in (*query.descriptors, *query.not_descriptors)}, library)
        if say_if_empty(library):
            for reference in (*like, *unlike):
                check_is_file(reference)
            check_stems(query.stems, library)
            return
        if only_listed:
            tracks, total = listed(library.catalog, query.where, limit=chosen.limit)
            print_tracks(tracks, **forms)
            say_if_unmeasured(library.catalog, query.where)
            if total > chosen.limit:
                say(messages(), f"{chosen.limit} of {total} tracks; -n {total} shows all.")
            return
        read = ()
        if query.texts and not chosen.literal:
            query, read = read_texts(query, library)
            say_understood(read)
            check_words(query.where, library)
        captions = [_caption(picture, library) for picture in pictures]
        query = replace(query, texts=(*query.texts, *map(Text, captions)))
        query = _with_audio(query, library, like, unlike, chosen.from_stem)
        hits = library.search(query)
        say_if_unmeasured(library.catalog, query.where)
        say_match(match(query, hits, library))
        if unlike_stems := library.unlike_separators(query, hits):
            made = ", ".join(f"{name} ({counted(count, 'hit')})" for name, count in unlike_stems.items())
            say(messages(), f"The stems compared are by several separators, which lowers scores between them: {made}.")
        asked = {
            "captions": captions,
            "query_remarks": say_remarks(library.read_scores),
            "understood": understood_as_dicts(read),
        }
        if library.read_scores:
            say(messages(), SCORES_FIND)
    _print(hits, library.profile, chosen, {key: lines for key, lines in asked.items() if lines})


def _caption(picture: Path, library: "Library") -> str:
    """The words for a picture, shown on stderr, so that they can be searched for again with changes."""
    from cli.output import messages
    from cli.progress import say

    caption = library.audio.caption(picture, library.settings.layout.models)
    say(messages(), f"{picture}: {caption}")
    return caption


def _with_audio(
    query: "Query", library: "Library", like: Sequence[str], unlike: Sequence[str], from_stem: str | None
) -> "Query":
    """Add tracks of the library and other files to the query. Raises NotFoundError."""
    from dataclasses import replace

    tracks, audio = _by_type([library.seed(reference, from_stem) for reference in like])
    not_tracks, not_audio = _by_type([library.seed(reference, from_stem) for reference in unlike])
    return replace(query, tracks=tracks, audio=audio, not_tracks=not_tracks, not_audio=not_audio)


def _by_type(examples: "Sequence[Seed | Audio]") -> "tuple[tuple[Seed, ...], tuple[Audio, ...]]":
    from catalog.query import Audio, Seed

    seeds = tuple(each for each in examples if isinstance(each, Seed))
    return seeds, tuple(each for each in examples if isinstance(each, Audio))


def _weights(terms: Sequence[str], example: str) -> dict[str, float]:
    """["vocals=2", "mix"] -> {"vocals": 2.0, "mix": 1.0}. Raises UserError."""
    weights = {}
    for term in terms:
        name, _, weight = term.partition("=")
        try:
            weights[name.strip().lower()] = float(weight) if weight else 1.0
        except ValueError:
            raise UserError(f"The weight in {term!r} is not a number", f"Write it as {example}") from None
    return weights


def _print(hits: "list[Hit]", profile: str, chosen: SearchOptions, asked: "Mapping[str, Sequence[object]]") -> None:
    from cli import output

    if chosen.as_json:
        output.print_hits_json(hits, profile, asked)
    elif chosen.as_m3u:
        output.print_m3u(hits)
    elif chosen.as_csv:
        output.print_csv(hits)
    elif hits:
        output.print_hits(hits)
    else:
        output.messages().print("No track matches.")
