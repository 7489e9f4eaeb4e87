"""`polymuse embed`."""

from typing import Annotated

import typer

from cli import options
from polymuse.errors import UserError
from polymuse.music import MIX

EXAMPLES = """\b
Examples:
  polymuse embed --text 'calm piano'
  polymuse embed song.mp3 --stem vocals
  polymuse embed tune.mid --json    with its title, and what its reading left out"""


def embed(
    track: Annotated[
        str | None, typer.Argument(metavar="TRACK|FILE", help="A track of the library, any audio file, or a score.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="Embed this text instead.")] = None,
    stem: Annotated[str | None, typer.Option(help="Which vector of the track; default: that of the mix.")] = None,
    library_name: options.Library = None,
    profile: options.Profile = None,
    device: options.Device = None,
    as_json: options.Json = False,  # noqa: ARG001  as other commands have it; nothing else is printed
) -> None:
    """Print the vector of a text, a track, an audio file or a score as JSON.

    That of a score comes with its kind, format, title, composer, and remarks on what its reading left out.
    """
    if (track is None) == (text is None):
        raise UserError("Either a track or file, or --text, is needed")
    if text is not None and stem is not None:
        raise UserError("--stem is of a track, and a text has none", "Leave it out, or name a track instead of --text")
    stem = stem or MIX
    from cli import output
    from cli.score_remarks import say_remarks
    from cli.session import Networks, open_library
    from polymuse.settings import load_settings

    if text is not None:
        embedder = Networks(load_settings(profile=profile, device=device)).embedder
        vector = embedder.embed_text([text])[0]
        of = {"text": text}
    else:
        with open_library(library=library_name, profile=profile, device=device) as library:
            embedder = library.embedder
            vector = library.vector(str(track), stem)
            say_remarks(library.read_scores)
            of = {"track": track, "stem": stem}
            for score in library.read_scores.values():
                named = {"format": score.format, "title": score.title, "composer": score.composer}
                of |= {"kind": "score", **named, "remarks": score.remarks}
    made_by = {"embedder": embedder.name, "fingerprint": embedder.fingerprint, "dim": embedder.dim}
    output.print_json(of | made_by | {"vector": [round(float(x), 7) for x in vector]})
