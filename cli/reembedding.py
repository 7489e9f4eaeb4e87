"""The library embedded anew by another model, beside the vectors in use, and the switch to it."""

from pathlib import Path
from typing import Any

from catalog.opening import known_spaces, open_catalog, promote
from catalog.store import Space
from cli.commands.index import update
from cli.index_report import Report
from cli.session import Library
from polymuse.errors import NotFoundError, UserError


class IncompleteError(UserError):
    """Tracks of the old library are not in the new one."""

    exit_code = 1
    kind = "incomplete"
    http_status = 409


def old_space(library: Library, profile: str | None) -> Space:
    """The library in use: of `profile`, or of the same profile as the new one. Raises UserError."""
    wanted = profile or library.profile
    found = [space for space in known_spaces(library.settings) if space.profile == wanted]
    if not found:
        raise NotFoundError(
            f"There is no library of profile {wanted}", "Name another with --from, or run `polymuse index`."
        )
    if found[0] == library.catalog.space:
        raise UserError(f"The library of profile {wanted} is of the present model already", "There is nothing to do.")
    return found[0]


def embed_anew(library: Library, old: Space, report: Report, *, without_missing: bool) -> dict[str, Any]:
    """Fill the library, whose catalog is staged, with the music of the old one, compare the two, and switch.

    Raises IncompleteError where tracks are missing, and switches nothing then.
    """
    # The old catalog is not kept open meanwhile: a service may search it.
    with open_catalog(library.settings, old) as before:
        files = sorted(Path(file.path) for track in before.tracks() for file in track.files)
    update(library, [file for file in files if file.is_file()], report)
    new = {track.id for track in library.catalog.tracks()}
    with open_catalog(library.settings, old) as before:
        tracks = list(before.tracks())  # also those that were added meanwhile
    missing = [track for track in tracks if track.id not in new]
    if missing and not without_missing:
        raise IncompleteError(
            f"{len(missing)} of {len(tracks)} tracks are not embedded anew, among them {missing[0].files[0].path}; "
            "nothing was switched",
            "Bring their files back and run it again, or give --without-missing.",
        )
    library.catalog.close()
    promote(library.settings, library.catalog.space)
    return {"tracks_before": len(tracks), "tracks_now": len(new), "missing": len(missing), "switched": True}
