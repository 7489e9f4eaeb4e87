"""Results on stdout: tables for people, JSON Lines, M3U and CSV for programs."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from catalog.playlists.writing import Row, m3u8
from catalog.query import Hit, Moment, Part
from catalog.track import Track
from cli.measured import MEASURED_FIELDS, columns, measured_dict, values
from cli.progress import clock, counted
from polymuse.music import SCORE
from polymuse.text import for_cell, for_json, for_terminal

PLAIN_WIDTH = 1000  # columns without a terminal: wide enough to cut nothing
HIT_FIELDS = (
    *("score", "stem", "title", "artist", "album", "duration", "path", "id"),
    *("moment_start", "moment_end", "moment_score"),
    *("artists", "album_artist", "disc", "track", "year", "genres", "kind", "composers"),
    *MEASURED_FIELDS,
)
PART_NAMES = {
    "text": "text",
    "not_text": "not the text",
    "descriptor": "like the tag",
    "not_descriptor": "unlike the tag",
    "track": "like",
    "not_track": "unlike",
    "audio": "like the file",
    "not_audio": "unlike the file",
}


def messages() -> Console:
    """The console for progress and messages: stderr."""
    return Console(stderr=True, soft_wrap=True)


def print_json(value: Mapping[str, Any]) -> None:
    """One object on one line."""
    sys.stdout.write(for_json(json.dumps(value, ensure_ascii=False)) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[str] = ()) -> None:
    """A table without borders. Long cells wrap on a terminal and stay whole elsewhere."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(columns))
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(cell) for cell in row))
    console.print(table)


def print_summary(summary: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the results of a command, at its end."""
    if as_json:
        print_json({"summary": summary})
    else:
        print_table(("", ""), [(key.replace("_", " "), str(value)) for key, value in summary.items()])


def print_hits(hits: Sequence[Hit]) -> None:
    """A table, with a column of moments if hits have them, followed by a second table that explains the scores."""
    moments = {hit.track.id: _span(hit.moment) for hit in hits if hit.moment}
    measured = columns([hit.track for hit in hits])
    names = ["score", "title", "artist", *measured, "length", *(["moment"] if moments else []), "stem", "path"]
    rows = []
    for hit in hits:
        track = hit.track
        moment = [moments.get(track.id, "")] if moments else []
        cells = (*(cell(track) for cell in measured.values()), length(track))
        rows.append((f"{hit.score:.3f}", track.title, track.credit, *cells, *moment, hit.stem, path_of(track)))
    print_table(names, rows, right=("score", "bpm", "length", "moment"))
    parts = [(hit.track.title, part) for hit in hits for part in hit.parts]
    if parts:
        sys.stdout.write("\n")
        explained = (
            (title, PART_NAMES[part.kind], part.label, part.stem, f"{part.similarity:.3f}", f"{part.contribution:+.3f}")
            for title, part in parts
        )
        print_table(
            ("title", "part", "", "stem", "similarity", "contributes"), explained, right=("similarity", "contributes")
        )


def print_hits_json(hits: Sequence[Hit], profile: str, asked: Mapping[str, object] | None = None) -> None:
    """Hits as JSON Lines, each with its track, scores and profile, and what is to be said of the query."""
    for hit in hits:
        scores = {stem: round(score, 4) for stem, score in hit.stem_scores.items()}
        ranked = {"score": round(hit.score, 4), "stem": hit.stem, "stem_scores": scores, "profile": profile}
        moment = {"moment": _rounded(hit.moment)} if hit.moment else {}
        parts = {"parts": [_rounded(part) for part in hit.parts]} if hit.parts else {}
        print_json({**ranked, **(asked or {}), **moment, **parts, **track_as_dict(hit.track)})


def print_m3u(hits: Sequence[Hit]) -> None:
    """An extended M3U playlist; file names are written byte for byte.

    A moment becomes VLC's start time; other players ignore that line as a comment and start at the beginning.
    """
    print_playlist((hit.track, hit.moment) for hit in hits)


def print_playlist(tracks: Iterable[tuple[Track, Moment | None]]) -> None:
    """Like `print_m3u`, for tracks that may have a moment. Scores, which no player plays, are left out."""
    rows, scores = [], 0
    for track, moment in tracks:
        if track.kind == SCORE:
            scores += 1
            continue
        start = moment.start if moment else None
        rows.append(Row(track.title, track.artist, path_of(track), duration=track.duration, start=start))
    sys.stdout.flush()
    sys.stdout.buffer.write(m3u8(rows).encode("utf-8", "surrogateescape"))
    if scores:
        messages().print(f"Left out: {counted(scores, 'score')}, which players do not play.")


def print_csv(hits: Sequence[Hit]) -> None:
    """Hits as CSV with the columns HIT_FIELDS."""
    print_rows(HIT_FIELDS, _hit_rows(hits))


def _hit_rows(hits: Sequence[Hit]) -> Iterator[tuple[object, ...]]:
    for hit in hits:
        track = hit.track
        moment = (hit.moment.start, hit.moment.end, f"{hit.moment.score:.4f}") if hit.moment else ("", "", "")
        described = (track.title, track.artist, track.album, track.duration, path_of(track), track.id)
        numbers = (track.disc_number, track.track_number, track.year)
        artists, genres, composers = ("; ".join(names) for names in (track.artists, track.genres, track.composers))
        tagged = (artists, track.album_artist, *numbers, genres, track.kind, composers)
        yield (f"{hit.score:.4f}", hit.stem, *described, *moment, *tagged, *values(track))


def print_rows(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Comma-separated values; no text in them is a formula."""
    writer = csv.writer(sys.stdout)
    writer.writerow(header)
    writer.writerows([for_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


def _span(moment: Moment) -> str:
    return f"{clock(moment.start)}–{clock(moment.end)}"


def _rounded(value: Moment | Part) -> dict[str, Any]:
    return {key: round(each, 4) if isinstance(each, float) else each for key, each in asdict(value).items()}


def path_of(track: Track) -> str:
    """The path of the first file of the track; "" if it has none."""
    return track.files[0].path if track.files else ""


def length(track: Track) -> str:
    """How long a track is, for people; a score has no length."""
    return "score" if track.kind == SCORE else clock(track.duration)


def track_as_dict(track: Track) -> dict[str, Any]:
    """A track for JSON: its fields unchanged, files as paths; without lyrics, which may be longer than all the rest."""
    fields = asdict(track)
    del fields["lyrics"]
    fields["tags"] = [asdict(tag) for tag in track.right_tags]
    fields["paths"] = [file["path"] for file in fields.pop("files")]
    fields |= {"added": track.added} | measured_dict(track)
    return fields


def _cell(value: object) -> str:
    return for_terminal(str(value)).replace("[", r"\[")
