"""`polymuse migrate`: the library to a server, back, or to another model."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import options
from polymuse.errors import NotFoundError, UserError
from polymuse.text import for_terminal

if TYPE_CHECKING:
    from catalog.opening import OpenCatalog
    from catalog.store import Space
    from polymuse.settings import Settings

app = typer.Typer(help="Move the library to a Qdrant server, back, or to another model.", no_args_is_help=True)


@app.command("to-server")
def to_server(profile: options.Profile = None, as_json: options.Json = False) -> None:
    """Copy the embedded store to the Qdrant server of POLYMUSE_QDRANT_URL. If interrupted, run it again to resume."""
    from catalog.catalog import Catalog
    from catalog.opening import connect, open_embedded, open_server
    from polymuse.settings import load_settings

    settings = load_settings(profile=profile)
    open_server(settings).close()  # fails early if the server is not available
    stored = [store.space for store in Catalog.peek(settings.layout.store)]
    _copy_each(settings, stored, open_embedded, connect, as_json=as_json)


@app.command("to-embedded")
def to_embedded(profile: options.Profile = None, as_json: options.Json = False) -> None:
    """Copy the library of the Qdrant server to the embedded store below POLYMUSE_HOME."""
    from catalog.opening import connect, open_embedded, open_server
    from catalog.server_collections import spaces
    from polymuse.settings import load_settings

    settings = load_settings(profile=profile)
    with open_server(settings) as server:
        stored = spaces(server)
    _copy_each(settings, stored, connect, open_embedded, as_json=as_json)


@app.command()
def model(
    profile: options.Profile = None,
    device: options.Device = None,
    excerpts: options.Excerpts = None,
    stems: options.Stems = None,
    separator: options.Separator = None,
    jobs: Annotated[int | None, typer.Option(metavar="N", min=1, help="Worker processes.")] = None,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="PROFILE", help="Profile of the library to re-embed, if it differs."),
    ] = None,
    without_missing: Annotated[
        bool, typer.Option("--without-missing", help="Switch even if some tracks could not be re-embedded.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Re-embed the library with the current model, next to the old vectors, then switch to the new ones.

    Nothing is switched while a track of the old library is missing. On a Qdrant server, searches use the old vectors
    meanwhile; services use the old model until they are restarted. No other process may use an embedded store at the
    end. If interrupted, run the command again to resume.
    """
    from cli.index_report import Report
    from cli.output import print_summary
    from cli.reembedding import old_space, reembed
    from cli.session import open_library

    report = Report(as_json=as_json)
    flags = {"profile": profile, "device": device, "stems": stems, "separator": separator, "jobs": jobs}
    flags |= {"excerpts": excerpts}
    with open_library(staged=True, **flags) as library:
        old = old_space(library, source)
        summary = reembed(library, old, report, without_missing=without_missing)
    print_summary(summary, as_json=as_json)
    raise typer.Exit(report.exit_code)


@app.command()
def clean(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, as_json: options.Json = False
) -> None:
    """Delete the vectors of former models.

    On a Qdrant server this includes the vectors of an unfinished `migrate model`. A service that was not restarted
    after the switch loses the collection it searches.
    """
    from cli.output import print_summary
    from polymuse.settings import load_settings

    settings = load_settings()
    deleted = _clean_store(settings, yes=yes) if settings.qdrant_url is None else _clean_server(settings, yes=yes)
    print_summary({"deleted": ", ".join(deleted) or "nothing"}, as_json=as_json)


def _clean_store(settings: "Settings", *, yes: bool) -> list[str]:
    import shutil

    from catalog.store_versions import former_stores

    paths = former_stores(settings.layout.store)
    _confirm([str(path) for path in paths], yes=yes)
    for path in paths:
        shutil.rmtree(path)
    return [path.name for path in paths]


def _clean_server(settings: "Settings", *, yes: bool) -> list[str]:
    from catalog.opening import open_server
    from catalog.server_collections import drop, spaces, unused

    with open_server(settings) as server:
        names = sorted({name for space in spaces(server) for name in unused(server, space)})
        _confirm(names, yes=yes)
        for name in names:
            drop(server, name)
    return names


def _confirm(names: list[str], *, yes: bool) -> None:
    if names and not yes:
        typer.confirm(f"Delete {for_terminal(', '.join(names))}?", abort=True, err=True)


def _copy_each(
    settings: "Settings", stored: "list[Space]", source: "OpenCatalog", target: "OpenCatalog", *, as_json: bool
) -> None:
    """Copy the catalogs of all profiles, or of the selected one."""
    from cli.output import print_summary
    from models.profiles import AUTO

    wanted = [space for space in stored if settings.profile in (AUTO, space.profile)]
    if not wanted:
        raise NotFoundError("There is nothing to copy", "Run `polymuse index` on a folder of music.")
    for space in wanted:
        print_summary(_copy_one(settings, space, source, target), as_json=as_json)


def _copy_one(settings: "Settings", space: "Space", source: "OpenCatalog", target: "OpenCatalog") -> dict[str, Any]:
    from catalog.exchange import copy, count_all
    from cli.conflicts import say_conflicts, say_descriptors
    from cli.step_progress import step_progress

    start = time.monotonic()
    with source(settings, space) as old, target(settings, space) as new:
        with step_progress(f"Copying {space.name}", count_all(old)) as step:
            taken = copy(old, new, step)
        conflicts = say_conflicts(taken) | say_descriptors(taken.descriptors)
        conflicts |= {"playlists": taken.playlists} if taken.playlists else {}
        expected, found = taken.stored + taken.there - len(taken.conflicts), count_all(new)
        if found < expected:
            raise UserError(f"{new.place} holds {found} tracks after a copy of {expected}", "Run the command again.")
        return {
            "library": space.name,
            "stored": taken.stored,
            "there_before": taken.there,
            **conflicts,
            "tracks_now": found,
            "from": old.place,
            "to": new.place,
            "seconds": round(time.monotonic() - start, 1),
        }
