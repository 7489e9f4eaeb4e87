"""The report on a track of the library as Markdown, from what is stored: for those who write about music."""

import re
from collections.abc import Iterable, Iterator

from search_api.agents.answers import MAX_LYRICS, NOTICE, HitLine, TrackFound

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&])")


def track_report(track: TrackFound, similar: Iterable[HitLine]) -> str:
    """Markdown in which no text of a file is markup."""
    return "\n".join((*_head(track), *_sound(track), *_similar(similar), *_lyrics(track)))


def _head(track: TrackFound) -> Iterator[str]:
    yield f"# {_plain(track.title)}\n"
    yield f"*{NOTICE}*\n"
    year = track.year if track.original_year in (None, track.year) else f"{track.year}, first in {track.original_year}"
    facts = {
        "Artist": ", ".join(track.artists) or track.artist,
        "Composer": ", ".join(track.composers),
        "Album": track.album,
        "Year": year,
        "Genre (of the file)": ", ".join(track.genres),
        "Label": track.label,
        "Length": f"{int(track.seconds // 60)}:{int(track.seconds % 60):02d}",
        "Tempo": track.bpm and f"{track.bpm:g} BPM",
        "Key": track.key and f"{track.key} ({track.camelot})",
        "Loudness": track.loudness is not None and f"{track.loudness:g} LUFS",
        "Energy": track.energy is not None and f"{track.energy:g} of 1",
        "Id": track.id,
    }
    yield from (f"- {name}: {_plain(str(value))}" for name, value in facts.items() if value)
    yield ""


def _sound(track: TrackFound) -> Iterator[str]:
    yield "## What it sounds like\n"
    yield from (f"- {slug.replace('_', ' ')} ({confidence:.2f})" for slug, confidence in track.sure_tags.items())
    if not track.sure_tags:
        yield "No tag is sure enough."
    if track.stems:
        there = [f"{name}{'' if present else ' (silent)'}" for name, present in track.stems.items()]
        yield f"\nStems: {_plain(', '.join(there))}"
    yield ""


def _similar(hits: Iterable[HitLine]) -> Iterator[str]:
    lines = [
        f"- {_plain(', '.join(filter(None, (hit.title, hit.artist))))} ({hit.score:.2f}, id {hit.id})" for hit in hits
    ]
    if lines:
        yield "## Sounds like it in this library\n"
        yield from lines
        yield ""


def _lyrics(track: TrackFound) -> Iterator[str]:
    if track.lyrics:
        yield f"## Lyrics (of the file, at most {MAX_LYRICS} characters)\n"
        yield from (f"> {_plain(line)}" for line in track.lyrics.splitlines())
        yield ""


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
