"""Results on stdout: tables for people, JSON Lines, M3U and CSV for programs."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from catalog.query import Hit
from catalog.track import Track
from indexer.progress import clock
from polymuse.paths import printable

PLAIN_WIDTH = 1000  # columns where no terminal sets a limit: nothing is cut
HIT_FIELDS = ("score", "stem", "title", "artist", "album", "duration", "path", "id")


def messages() -> Console:
    """Where progress and messages go."""
    return Console(stderr=True, soft_wrap=True)


def print_json(value: Mapping[str, Any]) -> None:
    """One object on one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


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


def print_hits(hits: Sequence[Hit]) -> None:
    rows = (
        (f"{hit.score:.3f}", hit.track.title, hit.track.artist, clock(hit.track.duration), hit.stem, path_of(hit.track))
        for hit in hits
    )
    print_table(("score", "title", "artist", "length", "stem", "path"), rows, right=("score", "length"))


def print_hits_json(hits: Sequence[Hit], profile: str) -> None:
    for hit in hits:
        scores = {stem: round(score, 4) for stem, score in hit.stem_scores.items()}
        ranked = {"score": round(hit.score, 4), "stem": hit.stem, "stem_scores": scores, "profile": profile}
        print_json(ranked | track_as_dict(hit.track))


def print_m3u(hits: Sequence[Hit]) -> None:
    """An extended M3U playlist; file names are written byte for byte."""
    lines = ["#EXTM3U"]
    for hit in hits:
        track = hit.track
        name = f"{track.artist} - {track.title}" if track.artist else track.title
        lines += [f"#EXTINF:{round(track.duration)},{name}", path_of(track)]
    sys.stdout.flush()
    sys.stdout.buffer.write(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))


def print_csv(hits: Sequence[Hit]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(HIT_FIELDS)
    for hit in hits:
        track = hit.track
        ranked = (f"{hit.score:.4f}", hit.stem)
        writer.writerow((*ranked, track.title, track.artist, track.album, track.duration, path_of(track), track.id))


def path_of(track: Track) -> str:
    """The first file that holds the track."""
    return track.files[0].path if track.files else ""


def track_as_dict(track: Track) -> dict[str, Any]:
    """A track for JSON: its fields as they are, files as paths."""
    fields = asdict(track)
    fields["paths"] = [file["path"] for file in fields.pop("files")]
    return fields


def _cell(value: object) -> str:
    return printable(str(value)).replace("[", r"\[")
