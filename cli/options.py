"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Profile = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Networks to use: auto (the best whose weights are present), clamp3 or starter."),
]
Device = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What networks run on: auto (GPUs of NVIDIA where there are any, else the CPU), cpu, cuda, cuda:1, mps. "
        "Profile clamp3 only.",
    ),
]
Stems = Annotated[
    str | None,
    typer.Option(metavar="NAMES", help="Stems to embed beside the mix: auto, none, or names joined by commas."),
]
Overlap = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Chunks that the separator hears over each moment: 2 is the default, 4 a little better and twice the "
        "work. Profile clamp3 only.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on stdout.")]
Limit = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, max=1000, help="How many tracks to list.")]
Stem = Annotated[
    list[str] | None,
    typer.Option(
        "--stem", metavar="NAME", help="Compare this stem instead of the mix; NAME or NAME=WEIGHT, may be repeated."
    ),
]
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
