"""`polymuse separate`."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from cli import options
from models.audio.formats import AudioFormat
from polymuse.errors import BadAudioError, NotFoundError, UserError
from polymuse.file_names import file_name, same_file_name
from polymuse.paths import is_absent, printable


def separate(
    files: options.Files,
    out: Annotated[Path, typer.Option(help="Directory for the stems.")] = Path("output"),
    profile: options.Profile = None,
    device: options.Device = None,
    stems: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Stems to write, separated by commas; default: those of the separator."),
    ] = None,
    separator: options.Separator = None,
    checkpoint: options.Checkpoint = None,
    config: options.Config = None,
    overlap: options.Overlap = None,
    audio_format: Annotated[
        AudioFormat,
        typer.Option(
            "--format", help="wav is 32-bit float and never clips; the others are integers, flac with 24 bits."
        ),
    ] = AudioFormat.WAV,
    as_json: options.Json = False,
) -> None:
    """Separate files into stems.

    They are written as OUT/<name>/stems/<stem>.wav (or .flac).

    Examples:

        polymuse separate song.mp3

        polymuse separate song.mp3 --separator bs_roformer_4stems_ft --stems drums,bass

        polymuse separate song.mp3 --checkpoint six_stems.ckpt --config six_stems.yaml --stems guitar,piano
    """
    from cli.output import messages, print_json
    from cli.progress import say
    from cli.session import Networks
    from models.profiles import AUTO, NONE
    from polymuse.settings import load_settings

    for path in files:
        if is_absent(path):
            raise NotFoundError(f"{printable(path)}: there is no such file", "Check the path")
    if stems == NONE:
        raise UserError("--stems none leaves nothing to write", "Choose stems, such as --stems vocals")
    if separator == NONE:
        raise UserError("--separator none leaves nothing to write", "Choose another, such as --separator spleeter")
    flags = {"profile": profile, "device": device, "stems": stems, "overlap": overlap}
    flags |= options.separator_settings(separator, checkpoint, config)
    settings = load_settings(**flags)
    # The settings are about indexing; this command is there to write stems.
    unset = {key: AUTO for key in ("stems", "separator") if getattr(settings, key) == NONE}
    settings = settings.model_copy(update=unset)
    failed = False
    names: set[str] = set()
    with closing(Networks(settings)) as networks:
        for path in files:
            try:
                written = networks.separate(path, out / _unused_name(path.stem, names), audio_format)
            except BadAudioError as error:
                say(messages(), f"failed: {error}")
                failed = True
                continue
            clipped = {name: stem.clipped for name, stem in written.items() if stem.clipped}
            for name, count in clipped.items():
                say(messages(), f"{path}: {name}: {count} samples clipped; choose --format wav to keep them")
            if as_json:
                paths = {name: str(stem.path) for name, stem in written.items()}
                print_json({"file": str(path), "stems": paths, "clipped": clipped})
            else:
                sys.stdout.writelines(f"{stem.path}\n" for stem in written.values())
    if failed:
        raise typer.Exit(BadAudioError.exit_code)


def _unused_name(name: str, used: set[str]) -> str:
    """A name for a folder, with a number appended if files of different folders have the same one."""
    number = 1
    unused = file_name(name)
    while same_file_name(unused) in used:
        number += 1
        unused = file_name(name, f" ({number})")
    used.add(same_file_name(unused))
    return unused
