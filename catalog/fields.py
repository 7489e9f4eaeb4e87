"""The table of filter fields.

Each row defines the terms of the filter language (`catalog.filters`), payload and conditions (`catalog.payload`),
facets (`catalog.facets`), the terms of the HTTP API (`search_api.queries`) and the table in docs/searching.md.
`docs/guides/add_a_filter_field.md` shows how to add one.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catalog.date_types import Days
from catalog.field_types import Facet, FieldType, Folder, Keyword, Number, Part, Range, Stems, Tags, TagTerm
from catalog.file_tag_types import YES, Artists, Flag, Ids
from catalog.kinds import Kinds
from catalog.mark_types import ANY, KnownAs, LeavingOut, WrongTags
from catalog.measured_types import Camelot, Compatible, MeasuredNumber, MusicalKey, Tempo, TempoRange
from catalog.song_types import Songs
from polymuse.errors import UserError
from polymuse.music import TrackKind

NAME_MATCHES = "the whole name, whatever its case or Unicode form"


def _row(field_type: FieldType) -> Any:
    return dataclasses.field(default=(), metadata={"type": field_type})


@dataclass(frozen=True, slots=True)
class Filter:
    """Terms by field; `catalog.filters` explains how they combine. The empty filter matches every track
    that is neither missing nor hidden.

    Names are compared ignoring case and Unicode form. `titles` are substrings of titles; `paths` are absolute files
    or folders, compared exactly, and a folder matches everything below it.
    """

    artists: tuple[str, ...] = _row(
        Artists(
            name="artist",
            track="artist",
            names="artists",
            key="artist_key",
            syntax="artist:NAME",
            matches="the whole name of one of the artists, or of all as they are shown",
            facet=Facet("artist", "artists", folded=True),
        )
    )
    albums: tuple[str, ...] = _row(
        Keyword(
            name="album",
            track="album",
            key="album_key",
            syntax="album:NAME",
            matches=NAME_MATCHES,
            facet=Facet("album", "album", folded=True),
        )
    )
    genres: tuple[str, ...] = _row(
        Keyword(
            name="genre",
            track="genres",
            key="genre_keys",
            syntax="genre:NAME",
            matches=NAME_MATCHES,
            facet=Facet("genre", "genres", folded=True),
        )
    )
    album_artists: tuple[str, ...] = _row(
        Keyword(
            name="albumartist",
            track="album_artist",
            key="album_artist_key",
            syntax="albumartist:NAME",
            matches=NAME_MATCHES,
            facet=Facet("albumartist", "album_artist", folded=True),
        )
    )
    composers: tuple[str, ...] = _row(
        Keyword(
            name="composer",
            track="composers",
            key="composer_keys",
            syntax="composer:NAME",
            matches=NAME_MATCHES,
            facet=Facet("composer", "composers", folded=True),
        )
    )
    labels: tuple[str, ...] = _row(
        Keyword(name="label", track="label", key="label_key", syntax="label:NAME", matches=NAME_MATCHES)
    )
    titles: tuple[str, ...] = _row(
        Part(
            name="title",
            track="title",
            key="title_key",
            syntax="title:PART",
            matches="a part of the title",
            about="parts of titles",
        )
    )
    songs: tuple[str, ...] = _row(
        Songs(
            name="song",
            key="song_keys",
            syntax="song:TITLE",
            matches="the title of a song in any spelling, whichever guests or version the title names: "
            '`song:heroes` also finds `"Heroes" (2017 Remaster)`',
            about="titles of songs in any spelling, whichever guests or versions their titles name",
        )
    )
    paths: tuple[str, ...] = _row(
        Folder(
            name="path",
            syntax="path:/FOLDER",
            matches="files in that folder, at any depth",
            about="absolute files or folders",
        )
    )
    years: tuple[Range, ...] = _row(
        Number(
            name="year",
            track="year",
            number=int,
            single=True,
            syntax="year:1995 or year:1990..2000",
            matches="a year or a range, ends included; either end may be left out",
            facet=Facet("year", "year"),
        )
    )
    original_years: tuple[Range, ...] = _row(
        Number(
            name="original_year",
            track="original_year",
            number=int,
            single=True,
            syntax="original_year:1973 or original_year:..1979",
            matches="as `year:`, of the first release",
        )
    )
    discs: tuple[Range, ...] = _row(
        Number(
            name="disc",
            track="disc_number",
            number=int,
            single=True,
            syntax="disc:2 or disc:2..",
            matches="a disc of a set, or several",
        )
    )
    track_numbers: tuple[Range, ...] = _row(
        Number(
            name="track",
            track="track_number",
            number=int,
            single=True,
            syntax="track:1 or track:1..3",
            matches="a number on its disc, or several",
        )
    )
    compilations: tuple[str, ...] = _row(
        Flag(
            name="compilation",
            track="compilation",
            syntax="compilation:yes",
            matches="tracks of a compilation",
            about=YES,
        )
    )
    kinds: tuple[TrackKind, ...] = _row(
        Kinds(
            name="kind",
            syntax="kind:audio or kind:score",
            matches="recordings, or scores",
            facet=Facet("kind", "kind"),
        )
    )
    missing: tuple[str, ...] = _row(
        Flag(
            name="missing",
            track="missing_since",
            syntax="missing:yes",
            matches="tracks whose files are gone, which are left out otherwise",
        )
    )
    favourites: tuple[str, ...] = _row(
        Flag(
            name="favourite",
            track="favourite_since",
            syntax="favourite:yes",
            matches="favourites",
            about=YES,
        )
    )
    hidden: tuple[str, ...] = _row(
        LeavingOut(
            name="hidden",
            track="hidden_since",
            syntax="hidden:yes or hidden:any",
            matches="tracks that you have hidden, which are left out otherwise; with `any` they are not left out",
            about="yes: hidden tracks; any: they are not left out",
        )
    )
    wrong_tags: tuple[str, ...] = _row(
        WrongTags(
            name="wrong",
            key="wrong_tags",
            syntax="wrong:TAG",
            matches="tracks of which you have said that the tag is wrong, so that `tag:` does not find them",
            about="tags that people have said are wrong",
        )
    )
    plays: tuple[Range, ...] = _row(
        MeasuredNumber(
            name="plays",
            track="plays",
            number=int,
            single=True,
            syntax="plays:0 or plays:3..",
            matches="how often the track was played here, ends included",
            about="how often it was played here",
        )
    )
    played: tuple[str, ...] = _row(
        Days(
            name="played",
            track="last_played",
            key="played_at",
            syntax="played:7d or played:2026-11..",
            matches="when the track was last played here, in UTC: a day, a month, a year or a span of them, or the "
            "last days, weeks, months or years; `-played:1y` also finds those that were never played",
            about="days such as 2026-11-30, 2026-11 or 2026, spans such as 2026-11.., or the last ones, such as 30d",
        )
    )
    known_as: tuple[str, ...] = _row(
        KnownAs(
            name="known-as",
            key="known_as",
            syntax="known-as:SERVER:ID",
            matches="the track that another server calls so, such as `known-as:navidrome:0hX5uGKn3CB9caSe8AUGi4`",
            about="what other servers call tracks, such as navidrome:0hX5uGKn3CB9caSe8AUGi4",
        )
    )
    isrcs: tuple[str, ...] = _row(
        Keyword(
            name="isrc",
            track="isrcs",
            key="isrc_keys",
            syntax="isrc:CODE",
            matches="one of the ISRCs, without hyphens",
            about="without hyphens",
        )
    )
    musicbrainz_ids: tuple[str, ...] = _row(
        Ids(
            name="mbid",
            track="musicbrainz",
            key="mbids",
            syntax="mbid:ID",
            matches="one of the MusicBrainz ids, of whatever kind",
            about="of whatever kind: recording, track, release, release group, artist, work",
        )
    )
    added: tuple[str, ...] = _row(
        Days(
            name="added",
            track="added",
            key="added_at",
            syntax="added:2026-11.. or added:30d",
            matches="when the track came into the library, in UTC: a day, a month, a year or a span of them, ends "
            "included, or the last days, weeks, months or years (`30d`, `2w`, `6m`, `1y`)",
            about="days such as 2026-11-30, 2026-11 or 2026, spans such as 2026-11.., or the last ones, such as 30d",
        )
    )
    durations: tuple[Range, ...] = _row(
        Number(
            name="duration",
            track="duration",
            number=float,
            syntax="duration:60..240 (seconds)",
            matches="a range, ends included",
            about="seconds",
        )
    )
    tempi: tuple[TempoRange, ...] = _row(
        Tempo(
            name="bpm",
            track="bpm",
            bands="bpm_band",
            syntax="bpm:118..126 or bpm:~118..126 or bpm:120 or bpm:~120",
            matches="the tempo of the file tag, or else the measured one; a single one within 0.5 BPM; with `~` half "
            "and double of it count as well, and a single one within 2 %",
            about="tempi in BPM; octaves: half and double of them count as well",
            facet=Facet("bpm", "bpm_band"),
        )
    )
    keys: tuple[str, ...] = _row(
        MusicalKey(
            name="key",
            syntax="key:Am",
            matches="the key of the file tag, or else the measured one, in any spelling: "
            '`A#m`, `Bbm`, `"b flat minor"`, `b-moll`, `3A`',
            about="musical keys such as F#m, in any spelling",
            facet=Facet("key", "key"),
        )
    )
    camelot_codes: tuple[str, ...] = _row(
        Camelot(
            name="camelot",
            syntax="camelot:8A",
            matches="the Camelot code of the key",
            about="Camelot codes such as 8A",
            facet=Facet("camelot", "camelot"),
        )
    )
    compatible_keys: tuple[str, ...] = _row(
        Compatible(
            name="compatible",
            codes="camelot",
            syntax="compatible:8A",
            matches="keys that mix with this one by the Camelot wheel: `8A`, `7A`, `9A` and `8B`; also `compatible:Am`",
            about="keys or Camelot codes; tracks in a key that mixes with one of them",
        )
    )
    loudness: tuple[Range, ...] = _row(
        MeasuredNumber(
            name="loudness",
            track="loudness",
            number=float,
            syntax="loudness:-14..-8 (LUFS)",
            matches="the integrated loudness by EBU R128, ends included",
            about="integrated loudness in LUFS",
        )
    )
    energies: tuple[Range, ...] = _row(
        MeasuredNumber(
            name="energy",
            track="energy",
            number=float,
            syntax="energy:0.5..1",
            matches="the energy from 0 to 1, ends included",
            about="energy from 0 to 1",
        )
    )
    tags: tuple[TagTerm, ...] = _row(
        Tags(
            name="tag",
            syntax="tag:NAME or tag:NAME>0.6",
            matches="a tag, with at least 0.5 or the given confidence",
            facet=Facet("tag", "tags_strong"),
        )
    )
    stems: tuple[str, ...] = _row(
        Stems(
            name="has",
            syntax="has:STEM",
            matches="tracks that have the stem, not silent",
            about="stems that the track must have",
            facet=Facet("stem", "has"),
        )
    )
    exclude: "Filter | None" = None  # each of its terms excludes the tracks for which it holds

    def __post_init__(self) -> None:
        for attribute, field_type in FIELDS.items():
            for value in getattr(self, attribute):
                field_type.check(value, attribute)
        if self.exclude is not None and self.exclude.exclude is not None:
            raise UserError(
                "The excluded terms of a filter exclude terms themselves",
                "Write the terms without the double negation.",
            )
        if self.exclude is not None and ANY in self.exclude.hidden:
            raise UserError(f"-hidden:{ANY} would exclude all tracks", "Leave it out: hidden tracks are left out then.")

    def __str__(self) -> str:
        """The text that `catalog.filters.parse_filter` reads back as the same filter."""
        excluded = [] if self.exclude is None else [f"-{term}" for term in self.exclude._terms()]
        return " ".join([*self._terms(), *excluded])

    def _terms(self) -> Iterator[str]:
        for attribute, field_type in FIELDS.items():
            for value in getattr(self, attribute):
                yield f"{field_type.name}:{_quoted(str(value))}"


def _quoted(value: str) -> str:
    if '"' not in value and not any(character.isspace() for character in value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


FIELDS: dict[str, FieldType] = {  # attribute of Filter -> its row
    each.name: each.metadata["type"] for each in dataclasses.fields(Filter) if "type" in each.metadata
}
FACETS: dict[str, Facet] = {each.facet.name: each.facet for each in FIELDS.values() if each.facet is not None}
WITH_HIDDEN = Filter(hidden=(ANY,))  # every track that is not missing: what keeps the library itself in order


def with_hidden(where: Filter) -> Filter:
    """The filter without leaving out hidden tracks, unless it asks for them alone."""
    return where if where.hidden else dataclasses.replace(where, hidden=(ANY,))
