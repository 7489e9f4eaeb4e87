"""`polymuse status`."""

from typing import Annotated

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
    """Show what the library contains, and with --failures which files could not be indexed."""
    from dataclasses import asdict

    from cli import output
    from cli.empty_library import say_if_empty
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        stats = asdict(library.catalog.stats())
        rows = {
            "profile": library.profile,
            "home": str(library.settings.home),
            "engine": library.catalog.place,
            **stats,
            "failures": sum(not failure.is_too_short for failure in library.failures),
            "too_short": sum(failure.is_too_short for failure in library.failures),
        }
        say_if_empty(library)
        listed = [asdict(failure) for failure in library.failures] if failures else []
    if as_json:
        output.print_json(rows | ({"failed": listed} if failures else {}))
        return
    output.print_table(("", ""), [(key.replace("_", " "), _plain(value)) for key, value in rows.items()])
    if listed:
        columns = ("path", "stage", "count", "cause", "advice")
        output.print_table(columns, [[failure[column] for column in columns] for failure in listed])


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {number}" for key, number in value.items()) or "none"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
