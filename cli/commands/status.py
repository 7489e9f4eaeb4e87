"""`polymuse status`."""

from typing import Annotated, Any

import typer

from cli import options


def status(
    library_name: options.Library = None,
    profile: options.Profile = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="List the files that could not be indexed, and why.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Show what the library contains.

    With --failures also the files that could not be indexed.
    """
    from dataclasses import asdict

    from cli import output
    from cli.empty_library import say_if_empty, say_if_nothing_yet
    from cli.progress import say
    from cli.session import open_library
    from cli.unmeasured import unmeasured
    from models.profiles import PROFILES
    from polymuse.music import MIX

    if nothing := say_if_nothing_yet(library_name, profile):
        rows = {"profile": "none yet", "home": str(nothing.home), "tracks": 0}
        if as_json:
            output.print_json(rows)
        else:
            _print(rows)
        return
    with open_library(library=library_name, profile=profile) as library:
        stats = asdict(library.catalog.stats())
        rows = {
            "profile": library.profile,
            **({"excerpts": library.excerpts} if PROFILES[library.profile].has_quick else {}),
            "home": str(library.settings.home),
            "engine": library.catalog.place,
            **stats,
            "unmeasured": unmeasured(library.catalog),
            "separators": library.separators() if set(stats["stems"]) - {MIX} else {},
        }
        lists: dict[str, list[dict[str, Any]]] = {"failures": [], "too_short": []}
        for failure in library.failures:
            lists["too_short" if failure.is_too_short else "failures"].append(asdict(failure))
        rows |= {name: len(files) for name, files in lists.items()}
        say_if_empty(library)
    if as_json:
        output.print_json(rows | ({"failed": lists["failures"], "short": lists["too_short"]} if failures else {}))
        return
    _print(rows)
    for name, files in lists.items() if failures else ():
        if files:
            columns = ("path", "stage", "count", "cause", "advice")
            say(output.messages(), f"{name.replace('_', ' ').capitalize()}:")
            output.print_table(columns, [[failure[column] for column in columns] for failure in files])


def _print(rows: dict[str, Any]) -> None:
    from cli import output

    output.print_table(("", ""), [(key.replace("_", " "), _plain(value)) for key, value in rows.items()])


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {number}" for key, number in value.items()) or "none"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
