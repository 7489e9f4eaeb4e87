"""`polymuse tags`."""

from cli import options
from polymuse.music import Tag


def tags(
    track: options.TrackOrFile,
    library_name: options.Library = None,
    profile: options.Profile = None,
    device: options.Device = None,
    as_json: options.Json = False,
) -> None:
    """Show what a track or file sounds like: mood, genre, instruments, texture, with confidence."""
    from cli import output
    from cli.session import open_library

    with open_library(library=library_name, profile=profile, device=device) as library:
        known = library.find(track)
        found = known.tags if known else library.analyze(track).tags
        used = library.profile
    if as_json:
        rows = [{"slug": tag.slug, "category": tag.category, "confidence": round(tag.confidence, 4)} for tag in found]
        output.print_json({"track": known.id if known else None, "tags": rows, "profile": used})
    else:
        rows = [(tag.category, tag.slug, f"{tag.confidence:.2f}") for tag in _by_category(found)]
        output.print_table(("category", "tag", "confidence"), rows, right=("confidence",))


def _by_category(tags: tuple[Tag, ...]) -> list[Tag]:
    return sorted(tags, key=lambda tag: (tag.category, -tag.confidence, tag.slug))
