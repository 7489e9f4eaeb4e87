"""Options that several commands share."""

import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated

import typer

from models.profiles import AUTO, NONE, PROFILES, profiles_that
from models.separators import SEPARATORS
from polymuse.errors import UserError

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
        f"Profile {profiles_that(lambda each: each.accelerated)}, or separator bs_roformer.",
    ),
]
Excerpts = Annotated[
    str | None,
    typer.Option(
        metavar="full|quick",
        help="How much of each track is embedded: all of it, or a minute in four passages, several times faster. "
        "A library has one kind; default: that of the library, full for a new one. Profile "
        f"{profiles_that(lambda each: each.has_quick)} only.",
    ),
]
Stems = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES", help="Stems to embed in addition to the mix: auto, none, or names separated by commas."
    ),
]
Separator = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=f"What separates: {', '.join((AUTO, *SEPARATORS, NONE))}. auto: "
        f"{' and '.join(f'{each.separates_with} with {name}' for name, each in PROFILES.items())}.",
    ),
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Separate with your own BS-RoFormer checkpoint (.ckpt, .pth, .safetensors); with --config."
    ),
]
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="The YAML file published with --checkpoint.")]
Overlap = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Chunks of the separator that cover each moment: 2 is the default, 4 is slightly better at twice the "
        f"work. Not with {' or '.join(name for name, each in SEPARATORS.items() if not each.overlaps)}.",
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

Scores = Annotated[
    bool | None,
    typer.Option(
        "--scores/--no-scores",
        help="Take in scores as well: MIDI, ABC and MusicXML files. "
        f"Profile {profiles_that(lambda each: each.reads_scores)} only.",
    ),
]

STANDARD_STREAM = Path("-")  # as a FILE: standard input or output


def separator_settings(
    separator: str | None, checkpoint: Path | None = None, config: Path | None = None
) -> dict[str, object]:
    """The settings of the options for separation. Raises UserError for a checkpoint beside another separator."""
    if checkpoint is None and config is None:
        return {"separator": separator}
    if separator not in (None, AUTO):
        raise UserError(f"--checkpoint cannot be combined with --separator {separator}", "Leave out one of them")
    return {"separator": AUTO, "separator_checkpoint": checkpoint, "separator_config": config}


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
