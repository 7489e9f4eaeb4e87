"""Lists of tracks without a query: their order, and how they are printed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from catalog.track import Track
from cli import output
from cli.measured import MEASURED_FIELDS, columns, values
from cli.track_orders import Order
from polymuse.errors import UserError

if TYPE_CHECKING:
    from catalog.catalog import Catalog
    from catalog.filters import Filter

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


NAMES = {Order.LENGTH: "duration"}  # of orders of the catalog that have another name here


def listed(
    catalog: "Catalog",
    where: "Filter",
    order: Order = Order.ARTIST,
    *,
    limit: int | None = None,
    descending: bool | None = None,
    seed: str = "",
) -> tuple[list[Track], int]:
    """The tracks that pass the filter, in this order, and how many there are without the limit.

    `descending`: None is what people expect, for `added` the newest first. Raises UserError.
    """
    from catalog.catalog import MAX_PAGE
    from catalog.orders import ORDERS, Sort

    if order is Order.PATH:
        found = sorted(catalog.tracks(where), key=output.path_of, reverse=bool(descending))
        return found[:limit], len(found)
    name = NAMES.get(order, order.value)
    sort = Sort(name, ORDERS[name].newest_first if descending is None else descending, seed)
    tracks: list[Track] = []
    cursor = None
    while True:
        left = MAX_PAGE if limit is None else min(MAX_PAGE, limit - len(tracks))
        page = catalog.listing(where, sort, left, cursor=cursor)
        tracks += page.tracks
        cursor = page.cursor
        if cursor is None or (limit is not None and len(tracks) >= limit):
            return tracks, page.total


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
    stored = track.added, output.path_of(track), track.id, track.kind
    return *names, *places, track.duration, *stored, "; ".join(track.composers), *values(track)
