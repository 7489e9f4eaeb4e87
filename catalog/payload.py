"""How a track is laid out in a payload, and a filter in conditions on it.

Beside what is shown, a payload holds what is searched: `*_key` fields with folded names, `under` with every folder
above a file, `year` and `duration` as numbers, `has` with the stems that have a vector, `tag_p` with the confidence
per tag, `tags_strong` with the tags of confidence 0.5 and more, and `tag_levels` with all of them and a coarse
confidence. `seconds` is the duration in whole seconds, which can be counted. `segments` counts those of the track that
are stored, if any.
"""

import math
from typing import Any

from catalog.engine import AllOf, AnyOf, Between, Condition, Conditions, Contains, Match, Payload, Schema
from catalog.filters import STRONG, Filter, Range, TagTerm
from catalog.keys import containers, decode_path, encode_path, fold, pure_path, readable
from catalog.track import FileRef, Track
from polymuse.music import MIX, STEMS, StemInfo, Tag

TRACKS = Schema(
    vectors=(MIX, *STEMS),
    keywords=(
        "artist",
        "artist_key",
        "album",
        "album_key",
        "genres",
        "genre_keys",
        "paths",
        "under",
        "has",
        "tag_levels",
        "tags_strong",
    ),
    parts=("title_key",),
    numbers={"year": int, "duration": float, "seconds": int},
)

TAG_LEVELS = 20  # steps of confidence, of 0.05 each
HAS_SEGMENTS = Conditions(must=(Between("segments", 1, None),))


def to_payload(track: Track, stems: frozenset[str], segments: int) -> dict[str, Any]:
    """The payload of a track whose vectors are those of `stems`, and which has this many segments."""
    confidence = {tag.slug: _rounded(tag.confidence) for tag in track.tags}
    payload = {
        "title": readable(track.title),
        "title_key": fold(track.title),
        "artist": readable(track.artist),
        "artist_key": fold(track.artist),
        "album": readable(track.album),
        "album_key": fold(track.album),
        "genres": [readable(genre) for genre in track.genres],
        "genre_keys": sorted({fold(genre) for genre in track.genres}),
        "year": track.year,
        "duration": _rounded(track.duration),
        "seconds": round(track.duration),
        "format": track.format,
        "models": dict(track.models),
        "indexed_at": track.indexed_at,
        "files": [
            {"path": encode_path(file.path), "size": file.size, "mtime_ns": file.mtime_ns} for file in track.files
        ],
        "paths": [encode_path(file.path) for file in track.files],
        "under": sorted({folder for file in track.files for folder in containers(file.path)}),
        "stems": {
            name: {"level_db": _level(info.level_db), "present": info.present} for name, info in track.stems.items()
        },
        "has": sorted(stems),
        "segments": segments or None,
        "tags": [{"slug": t.slug, "category": t.category, "confidence": confidence[t.slug]} for t in track.tags],
        "tag_p": confidence,
        "tag_levels": [_tag_level(slug, _level_of(value)) for slug, value in confidence.items()],
        "tags_strong": [slug for slug, value in confidence.items() if value >= STRONG],
    }
    return {key: value for key, value in payload.items() if value not in (None, "", [], {})}


def to_track(id: str, payload: Payload) -> Track:  # noqa: A002  # the field's own word
    """The inverse of `to_payload`."""
    stems = payload.get("stems", {})
    return Track(
        id=id,
        files=tuple(FileRef(decode_path(f["path"]), f["size"], f["mtime_ns"]) for f in payload.get("files", ())),
        title=payload.get("title", ""),
        duration=payload["duration"],
        format=payload.get("format", ""),
        artist=payload.get("artist", ""),
        album=payload.get("album", ""),
        year=payload.get("year"),
        genres=tuple(payload.get("genres", ())),
        stems={name: StemInfo(_stored_level(stem["level_db"]), stem["present"]) for name, stem in stems.items()},
        tags=tuple(Tag(t["slug"], t["category"], t["confidence"]) for t in payload.get("tags", ())),
        models=payload.get("models", {}),
        indexed_at=payload.get("indexed_at", ""),
    )


def segment_count(payload: Payload) -> int:
    return payload.get("segments", 0)


def to_conditions(where: Filter) -> Conditions:
    unwanted = where.exclude or Filter()
    return Conditions(
        must=(*_one_each(where), *_tags_and_stems(where)),
        must_not=(*_one_each(unwanted), *_tags_and_stems(unwanted)),
    )


def holds_path(paths: list[str]) -> Conditions:
    """The tracks that have one of these files."""
    return Conditions(must=(Match("paths", tuple(encode_path(path) for path in paths)),))


def _one_each(where: Filter) -> list[Condition]:
    """One condition per field of which one value must hold."""
    names = {"artist_key": where.artists, "album_key": where.albums, "genre_keys": where.genres}
    conditions: list[Condition] = [Match(key, tuple(map(fold, values))) for key, values in names.items() if values]
    if where.paths:
        conditions.append(Match("under", tuple(encode_path(str(pure_path(path))) for path in where.paths)))
    if where.titles:
        conditions.append(AnyOf(tuple(Contains("title_key", fold(title)) for title in where.titles)))
    conditions += [_in_one_of(key, ranges) for key, ranges in _ranges(where) if ranges]
    return conditions


def _ranges(where: Filter) -> list[tuple[str, tuple[Range, ...]]]:
    return [("year", where.years), ("duration", where.durations)]


def _in_one_of(key: str, ranges: tuple[Range, ...]) -> Condition:
    return AnyOf(tuple(Between(key, each.low, each.high) for each in ranges))


def _tags_and_stems(where: Filter) -> list[Condition]:
    return [*map(_tag, where.tags), *(Match("has", (stem,)) for stem in where.stems)]


def _tag(term: TagTerm) -> Condition:
    if term.min_confidence == STRONG:
        return Match("tags_strong", (term.slug,))
    # The confidences have no index, which would be one for each tag: only those at the edge are looked at.
    edge = _level_of(term.min_confidence)
    at_edge = Match("tag_levels", (_tag_level(term.slug, edge),))
    exactly = AllOf((at_edge, Between(f"tag_p.{term.slug}", term.min_confidence, None)))
    above = tuple(_tag_level(term.slug, level) for level in range(edge + 1, TAG_LEVELS + 1))
    return AnyOf((Match("tag_levels", above), exactly)) if above else exactly


def _level_of(confidence: float) -> int:
    return math.floor(confidence * TAG_LEVELS)


def _tag_level(slug: str, level: int) -> str:
    return f"{slug}:{level}"


def _rounded(value: float) -> float:
    """To six decimals: Edge reads longer ones back with an error in the last digit of a float."""
    return round(float(value), 6)


def _level(value: float) -> float | None:
    """JSON has no infinities: the level of digital silence, minus infinity, becomes None."""
    return _rounded(value) if math.isfinite(value) else None


def _stored_level(stored: float | None) -> float:
    return -math.inf if stored is None else stored
