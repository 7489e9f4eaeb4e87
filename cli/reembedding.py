"""Re-embed the library with another model next to the vectors in use, and switch to the new ones."""

from pathlib import Path
from typing import Any

from catalog.catalog import Catalog
from catalog.fields import WITH_HIDDEN, with_hidden
from catalog.filters import Filter
from catalog.opening import known_spaces, open_catalog, promote
from catalog.store import Space
from cli.commands.index import update
from cli.index_report import Report
from cli.session import Library
from indexer.scan import scan
from models.profiles import PROFILES
from models.tagging.stored_descriptors import embedded_anew
from polymuse.errors import NotFoundError, UnavailableError, UserError
from polymuse.music import AUDIO, SCORE


class IncompleteError(UserError):
    """Tracks of the old library are missing from the new one."""

    exit_code = 1
    kind = "incomplete"
    http_status = 409


def old_space(library: Library, profile: str | None) -> Space:
    """The space in use: of `profile`, or of the same profile as the new one. Raises UserError."""
    wanted = profile or library.profile
    found = [space for space in known_spaces(library.settings) if space.profile == wanted]
    if not found:
        raise NotFoundError(
            f"There is no library of profile {wanted}", "Choose another one with --from, or run `polymuse index`."
        )
    if found[0] == library.catalog.space:
        raise UserError(f"The library of profile {wanted} already uses the current model", "There is nothing to do.")
    return found[0]


def reembed(library: Library, old: Space, report: Report, *, without_missing: bool) -> dict[str, Any]:
    """Fill the library, whose catalog is staged, with the music of the old one, compare the two, and switch.

    Raises IncompleteError, without switching, if tracks or users' descriptors are missing.
    """
    # The old catalog is not kept open during this: a service may be searching it.
    with open_catalog(library.settings, old) as before:
        _take_descriptors(library, before, without_missing=without_missing)
        wanted = Filter() if PROFILES[library.profile].reads_scores else Filter(kinds=(AUDIO,))
        files = sorted(Path(file.path) for track in before.tracks(with_hidden(wanted)) for file in track.files)
    there = [file for file in files if file.is_file()]
    update(library, scan(there, scores=PROFILES[library.profile].score_suffixes), there, report)
    new = {track.id for track in library.catalog.tracks(WITH_HIDDEN)}
    with open_catalog(library.settings, old) as before:
        tracks = list(before.tracks(WITH_HIDDEN))  # including those added meanwhile
        descriptors = _take_descriptors(library, before, without_missing=without_missing)
    library.catalog.join_marks({track.id: track.marks for track in tracks if track.id in new})
    missing = [track for track in tracks if track.id not in new]
    scores = sum(track.kind == SCORE for track in missing)
    if scores and not PROFILES[library.profile].reads_scores and not without_missing:
        raise IncompleteError(
            f"{scores} of {len(tracks)} tracks are scores, which the profile {library.profile} does not read; "
            "nothing was switched",
            "Use --without-missing to go without them.",
        )
    if missing and not without_missing:
        raise IncompleteError(
            f"{len(missing)} of {len(tracks)} tracks were not re-embedded, for example {missing[0].files[0].path}; "
            "nothing was switched",
            "Restore their files and run it again, or use --without-missing.",
        )
    library.catalog.close()
    promote(library.settings, library.catalog.space)
    counts = {"tracks_before": len(tracks), "tracks_now": len(new), "missing": len(missing)}
    return counts | ({"descriptors": descriptors} if descriptors else {}) | {"switched": True}


def _take_descriptors(library: Library, before: Catalog, *, without_missing: bool) -> int:
    """Embed the descriptors that users have added to the old catalog with the new model. Returns how many there are."""
    taken = 0
    for each in before.own_descriptors():
        try:
            library.catalog.put_descriptor(embedded_anew(library.embedder, each))
        except UnavailableError:
            raise
        except UserError as error:
            if not without_missing:
                raise IncompleteError(
                    f"Your descriptor {each.slug} cannot be embedded with this model: {error.message}; nothing was "
                    "switched",
                    "Change or remove it and run it again, or use --without-missing.",
                ) from error
        else:
            taken += 1
    return taken
