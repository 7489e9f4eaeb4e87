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
    """Show what a track or file sounds like, and its file tags.

    Mood, genre, instruments and texture are shown with their confidence; then tempo, key, loudness and energy.
    """
    from cli import file_tags, measured, output
    from cli.progress import say
    from cli.session import open_library
    from polymuse.music import SCORE
    from polymuse.paths import normal

    with open_library(library=library_name, profile=profile, device=device) as library:
        known = library.find(track)
        if known:
            found, written, sound = known.right_tags, known, known
        else:
            analysis = library.analyze(track)
            found = analysis.tags
            written = library.audio.read_tags(normal(track), library.settings.tag_encoding)
            sound = measured.subject(written, analysis.measured)
        used = library.profile
    if as_json:
        rows = [{"slug": tag.slug, "category": tag.category, "confidence": round(tag.confidence, 4)} for tag in found]
        tagged = {"tags": rows, "file_tags": file_tags.as_dict(written)}
        described = {**tagged, **measured.measured_dict(sound), "profile": used}
        output.print_json({"track": known.id if known else None, **described})
    else:
        if known is not None and known.kind == SCORE:
            say(output.messages(), "This is a score, and only audio is tagged.")
        else:
            rows = [(tag.category, tag.slug, f"{tag.confidence:.2f}") for tag in _by_category(found)]
            output.print_table(("category", "tag", "confidence"), rows, right=("confidence",))
        if lines := measured.rows(sound):
            output.print_table(("measured", "value"), lines)
        output.print_table(("file tag", "value"), file_tags.rows(written))


def _by_category(tags: tuple[Tag, ...]) -> list[Tag]:
    return sorted(tags, key=lambda tag: (tag.category, -tag.confidence, tag.slug))
