"""`polymuse doctor`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli import options
from polymuse.errors import UnavailableError

if TYPE_CHECKING:
    from cli.doctor import Check


def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="First clean up after killed processes, and report what was done.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Check the installation, and say how to fix what is wrong."""
    from dataclasses import asdict

    from cli import output
    from cli.doctor import examine

    if repair:
        _repair()
    checks = examine()
    if as_json:
        for check in checks:
            fields = asdict(check)
            output.print_json({"check": fields.pop("name")} | fields)
    else:
        rows = [(_mark(check), check.name, check.found, check.advice) for check in checks]
        output.print_table(("", "check", "found", "what to do"), rows)
    if not all(check.good for check in checks):
        raise typer.Exit(UnavailableError.exit_code)


def _mark(check: "Check") -> str:
    return "needed" if check.needed else "ok" if check.good else "BAD"


def _repair() -> None:
    from cli import output, progress
    from cli.repair import repair
    from polymuse.settings import load_settings

    done = 0
    for done, line in enumerate(repair(load_settings()), start=1):  # noqa: B007  the number of lines
        progress.say(output.messages(), line)
    if not done:
        progress.say(output.messages(), "Nothing to repair.")
