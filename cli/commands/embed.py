"""`polymuse embed`."""

from typing import Annotated

import typer

from cli import options
from polymuse.errors import UserError
from polymuse.music import MIX


def embed(
    track: Annotated[
        str | None, typer.Argument(metavar="TRACK|FILE", help="A track of the library, or any file.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="Embed this text instead.")] = None,
    stem: Annotated[str | None, typer.Option(help="Which vector of the track; default: that of the mix.")] = None,
    library_name: options.Library = None,
    profile: options.Profile = None,
    device: options.Device = None,
) -> None:
    """Print the vector of a text, a track or a file as JSON."""
    if (track is None) == (text is None):
        raise UserError("Either a track or file, or --text, is needed")
    if text is not None and stem is not None:
        raise UserError("--stem is of a track, and a text has none", "Leave it out, or name a track instead of --text")
    stem = stem or MIX
    from cli import output
    from cli.session import Networks, open_library
    from polymuse.settings import load_settings

    if text is not None:
        embedder = Networks(load_settings(profile=profile, device=device)).embedder
        vector = embedder.embed_text([text])[0]
    else:
        with open_library(library=library_name, profile=profile, device=device) as library:
            embedder = library.embedder
            vector = library.vector(str(track), stem)
    of = {"text": text} if text is not None else {"track": track, "stem": stem}
    made_by = {"embedder": embedder.name, "fingerprint": embedder.fingerprint, "dim": embedder.dim}
    output.print_json(of | made_by | {"vector": [round(float(x), 7) for x in vector]})
