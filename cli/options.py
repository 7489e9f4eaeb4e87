"""Options that several commands share."""

import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated

import typer

from models.profiles import profiles_that

Library = Annotated[
    str | None,
    typer.Option("--library", metavar="NAME", help="A library with a name, kept apart from the main one: demo, …"),
]
Profile = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help=f"Networks to use: auto (the best whose weights are present), {profiles_that()}."
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What networks run on: auto (NVIDIA GPUs if there are any, else the CPU), cpu, cuda, cuda:1, mps. "
        f"Profile {profiles_that(lambda each: each.accelerated)} only.",
    ),
]
Stems = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES", help="Stems to embed in addition to the mix: auto, none, or names separated by commas."
    ),
]
Overlap = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Chunks of the separator that cover each moment: 2 is the default, 4 is slightly better at twice the "
        f"work. Profile {profiles_that(lambda each: each.overlaps)} only.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON Lines on stdout.")]
Playlist = Annotated[bool, typer.Option("--m3u", help="A playlist on stdout.")]
Csv = Annotated[bool, typer.Option("--csv", help="Comma-separated values on stdout.")]
Where = Annotated[
    str,
    typer.Option(
        metavar="FILTER",
        help="Only tracks that match, e.g. 'artist:\"Nina Simone\" year:1990..2000 tag:calm>0.6 has:vocals'.",
    ),
]
TrackOrFile = Annotated[
    str, typer.Argument(metavar="TRACK|FILE", help="A track of the library (id or path), or any audio file.")
]
Files = Annotated[list[Path], typer.Argument(metavar="FILE", help="Audio files.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")]

Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="PATTERN", help="Leave out files and folders that match, as in .gitignore; may be repeated."),
]

STANDARD_STREAM = Path("-")  # as a FILE: standard input or output


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Decorator: turn each field of the dataclass that a command takes into an option, after the command's own options.

    Typer reads the options from the signature of the function, so the decorator replaces the signature.
    """
    own = dict(inspect.signature(command).parameters)
    [name] = [name for name, parameter in own.items() if is_dataclass(parameter.annotation)]
    group = own.pop(name).annotation
    fields = inspect.signature(group).parameters

    @wraps(command)
    def run(**given: object) -> None:
        chosen = group(**{field: given.pop(field) for field in fields})
        command(**given, **{name: chosen})

    run.__signature__ = inspect.Signature([*own.values(), *fields.values()])  # type: ignore[attr-defined]
    return run
