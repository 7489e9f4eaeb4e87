"""`polymuse analyze`."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import options
from polymuse.errors import NotFoundError, UserError
from polymuse.file_names import file_name
from polymuse.parse_json import parse_json
from polymuse.paths import is_absent, printable
from polymuse.permissions import directory_for_user, write_for_user

if TYPE_CHECKING:
    from cli.session import Networks

EXAMPLES = """\b
Examples:
  polymuse analyze song.mp3
  polymuse analyze 卡农.mp3 --out reports --stems none
  polymuse analyze song.mp3 --checkpoint six_stems.ckpt --config six_stems.yaml

Writes DIR/<name>/report.html, report.md and report.json, and DIR/<name>/stems/<stem>.wav, and prints the path of the
page. Similar tracks are listed if there is a library."""


def analyze(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An audio file.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory for the report.")] = Path("output"),
    library_name: options.Library = None,
    profile: options.Profile = None,
    device: options.Device = None,
    stems: options.Stems = None,
    separator: options.Separator = None,
    checkpoint: options.Checkpoint = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Write a report about one file.

    It shows tags, their strength over time, stems, levels and similar tracks.
    """
    from cli.output import print_json
    from cli.report.report_page import as_page
    from cli.report.track_report import as_json as report_json
    from cli.report.track_report import as_markdown
    from cli.session import Networks
    from indexer.stopping import deferred
    from polymuse.settings import load_settings

    if is_absent(file):
        raise NotFoundError(f"{printable(file)}: there is no such file", "Check the path")
    flags = {"profile": profile, "device": device, "stems": stems}
    flags |= options.separator_settings(separator, checkpoint, config)
    settings = load_settings(library=library_name, **flags)
    directory = _directory(out, file)
    with closing(Networks(settings)) as networks, _writing(directory):
        report = _make_report(networks, file, directory)
        forms = {"json": report_json(report), "markdown": as_markdown(report), "html": as_page(report)}
        written = {form: directory / f"report.{'md' if form == 'markdown' else form}" for form in forms}
        with deferred():
            for form, path in written.items():
                with write_for_user(path, "w") as report_file:
                    report_file.write(forms[form])
    if as_json:
        sounds = {sound["name"]: str(directory / sound["file"]) for sound in report["sounds"] if sound["file"]}
        reports = {form: str(path) for form, path in written.items()}
        print_json({"file": str(file), "reports": reports, "stems": sounds, "tags": report["tags"]})
    else:
        sys.stdout.write(f"{written['html']}\n")


def _make_report(networks: "Networks", file: Path, directory: Path) -> dict[str, Any]:
    """Analyse the file and search the library, with progress on stderr."""
    from cli.output import messages
    from cli.progress import say
    from cli.report.examination import examine
    from cli.report.similar_tracks import find_similar
    from cli.report.track_report import Subject, build_report
    from indexer.score_files import is_score
    from models.profiles import PROFILES

    if is_score(file, PROFILES[networks.profile].score_suffixes):
        raise UserError(
            f"{printable(file)} is a score, and a report is about audio",
            f"`polymuse search --like {printable(file)}` finds music like it",
        )
    console = messages()
    say(console, f"Loading the networks of profile {networks.profile}")
    analyzer = networks.analyzer
    subject = Subject(
        file, networks.audio.track_id(file), networks.audio.read_tags(file, networks.settings.tag_encoding)
    )
    examination = examine(analyzer, networks.tagger, file, directory, lambda line: say(console, line))
    for remark in examination.analysis.remarks:
        say(console, f"{file}: {remark}")
    say(console, "Looking for similar tracks")
    vectors = examination.analysis.vectors
    similar = find_similar(networks.settings, analyzer.embedder, vectors, subject.track_id)
    if similar.note:
        say(console, similar.note)
    fingerprints = {"embedder": analyzer.embedder.fingerprint}
    if analyzer.separator is not None:
        fingerprints["separator"] = analyzer.separator.fingerprint
    return build_report(subject, examination, similar, networks.profile, fingerprints)


def _directory(out: Path, file: Path) -> Path:
    """The directory of the report: DIR/<name>, with a number if the report of another file has that name."""
    number = 1
    directory = out / file_name(file.stem)
    while _reported_path(directory) not in (None, printable(file.absolute())):
        number += 1
        directory = out / file_name(file.stem, f" ({number})")
    return directory


def _reported_path(directory: Path) -> str | None:
    """The path of the file that the report in a directory is about; None if there is no report."""
    try:
        return parse_json((directory / "report.json").read_bytes())["track"]["path"]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError):
        return ""  # not one of our reports


@contextmanager
def _writing(directory: Path) -> Iterator[None]:
    """Create the directory first, so that errors show up before hours of work. Removes it if it stays empty."""
    try:
        directory_for_user(directory)
        try:
            yield
        except BaseException:
            with suppress(OSError):  # not empty
                directory.rmdir()
            raise
    except OSError as error:
        where = printable(error.filename or directory)
        message = f"Cannot write the report: {where}: {error.strerror or error}"
        raise UserError(message, "Choose another directory with --out") from error
