"""Lists of tracks without a query: their order, and how they are printed."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from catalog.keys import fold
from catalog.track import Track
from cli import output
from cli.measured import MEASURED_FIELDS, columns, values
from cli.track_orders import Order
from polymuse.errors import UserError

CSV_FIELDS = (
    "title",
    "artist",
    "album",
    "album_artist",
    "disc",
    "track",
    "year",
    "duration",
    "added",
    "path",
    "id",
    "kind",
    "composers",
    *MEASURED_FIELDS,
)


def _by_artist(track: Track) -> tuple[Any, ...]:
    """As a shelf is ordered: by the artist of the album, then by albums and their tracks."""
    places = track.disc_number or 0, track.track_number or 0
    return fold(track.album_artist or track.artist), fold(track.album), *places, fold(track.title)


def _by_key(camelot: str) -> tuple[Any, ...]:
    """Around the Camelot wheel, so that neighbours mix."""
    return (False, int(camelot[:-1]), camelot[-1]) if camelot else (True,)


KEYS: dict[Order, Callable[[Track], Any]] = {  # tracks without a number or a key come last
    Order.ARTIST: _by_artist,
    Order.TITLE: lambda track: fold(track.title),
    Order.YEAR: lambda track: (track.year is None, track.year),
    Order.ADDED: lambda track: track.indexed_at,
    Order.BPM: lambda track: (track.bpm is None, track.bpm),
    Order.KEY: lambda track: _by_key(track.camelot),
    Order.LOUDNESS: lambda track: (track.loudness is None, track.loudness),
    Order.ENERGY: lambda track: (track.energy is None, track.energy),
    Order.LENGTH: lambda track: track.duration,
    Order.PATH: output.path_of,
}


def in_order(tracks: Iterable[Track], order: Order = Order.ARTIST) -> list[Track]:
    """The tracks in this order; the newest first by `added`. Equal ones are ordered as by artist, then by id."""
    alike = sorted(tracks, key=lambda track: (_by_artist(track), track.id))
    return sorted(alike, key=KEYS[order], reverse=order is Order.ADDED)


def check_one_form(*, as_json: bool, as_m3u: bool, as_csv: bool) -> None:
    """Raises UserError if several forms of output are chosen."""
    if as_json + as_m3u + as_csv > 1:
        raise UserError("Only one of --json, --m3u and --csv can be given")


def print_tracks(tracks: Sequence[Track], *, as_json: bool, as_m3u: bool, as_csv: bool) -> None:
    """Print tracks as a table, or in one of the forms for programs."""
    if as_json:
        for track in tracks:
            output.print_json(output.track_as_dict(track))
    elif as_m3u:
        output.print_playlist((track, None) for track in tracks)
    elif as_csv:
        output.print_rows(CSV_FIELDS, map(_csv_row, tracks))
    elif tracks:
        measured = columns(tracks)
        rows = [
            (
                *(track.title, track.credit, track.album, track.year or ""),
                *(cell(track) for cell in measured.values()),
                *(output.length(track), output.path_of(track)),
            )
            for track in tracks
        ]
        names = ("title", "artist", "album", "year", *measured, "length", "path")
        output.print_table(names, rows, right=("year", "bpm", "length"))
    else:
        output.messages().print("No track matches.")


def _csv_row(track: Track) -> tuple[object, ...]:
    names = track.title, track.artist, track.album, track.album_artist
    places = track.disc_number, track.track_number, track.year
    stored = track.indexed_at, output.path_of(track), track.id, track.kind
    return *names, *places, track.duration, *stored, "; ".join(track.composers), *values(track)
