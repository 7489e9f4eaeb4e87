"""`polymuse mark`."""

from typing import Annotated

import typer

from cli import options
from polymuse.errors import NotFoundError, UserError

EXAMPLES = """\b
Examples:
  polymuse mark --favourite /music/nocturne.flac
  polymuse mark --wrong-tag sad --wrong-tag slow 6f0a1f0c-6f0e-5c8e-9a57-0f8a2f7f4f11
  polymuse list --where favourite:yes"""


def mark(
    tracks: Annotated[list[str], typer.Argument(metavar="TRACK...", help="Ids or files of tracks in the library.")],
    favourite: Annotated[bool | None, typer.Option("--favourite/--no-favourite", help="Favourites, or not.")] = None,
    hide: Annotated[bool | None, typer.Option("--hide/--no-hide", help="Leave them out of everything, or not.")] = None,
    wrong_tag: Annotated[
        list[str] | None, typer.Option("--wrong-tag", metavar="TAG", help="A tag that does not apply. Repeatable.")
    ] = None,
    not_wrong_tag: Annotated[
        list[str] | None, typer.Option("--not-wrong-tag", metavar="TAG", help="Take that back. Repeatable.")
    ] = None,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Mark tracks as favourites, hide them, or say that tags are wrong."""
    from catalog.marks import MarkChange
    from cli import output
    from cli.filter_words import check_known
    from cli.session import open_library
    from models.tagging.descriptor_bank import load_bank
    from polymuse.paths import printable

    change = MarkChange(favourite, hide, tuple(wrong_tag or ()), tuple(not_wrong_tag or ()))
    if change == MarkChange(at=change.at):
        raise UserError("It is not said how to mark the tracks", "Use --favourite, --hide or --wrong-tag TAG")
    with open_library(library=library_name, profile=profile) as library:
        found = []
        for reference in tracks:
            track = library.find(reference)
            if track is None:
                raise NotFoundError(
                    f"{printable(reference)!r} is not in the library",
                    "`polymuse list` shows the paths, --json also the ids",
                )
            found.append(track)
        known = {each.slug for each in load_bank(library.settings.bank).descriptors}
        known |= {each.slug for each in library.catalog.own_descriptors()}
        check_known("tag", change.wrong, known | {tag.slug for track in found for tag in track.tags})
        marked = library.catalog.mark([track.id for track in found], change)
    for track in marked:
        if as_json:
            output.print_json(output.track_as_dict(track))
    if not as_json:
        rows = [(track.title, _since(track.favourite_since), _since(track.hidden_since)) for track in marked]
        wrong = [", ".join(track.marks.wrong_tags) for track in marked]
        table = [(*row, tags) for row, tags in zip(rows, wrong, strict=True)]
        output.print_table(("title", "favourite since", "hidden since", "wrong tags"), table)


def _since(moment: str) -> str:
    return moment[:10] or "-"
