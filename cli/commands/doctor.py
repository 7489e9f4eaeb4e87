"""`polymuse doctor`."""

from typing import Annotated

import typer

from cli import options
from polymuse.errors import UnavailableError


def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="First clean up after killed processes, and report what was done.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Check the installation, the weights and the store, and say how to fix what is wrong."""
    from cli import output
    from cli.doctor import examine

    if repair:
        _repair()
    checks = examine()
    if as_json:
        for check in checks:
            output.print_json({"check": check.name, "good": check.good, "found": check.found, "advice": check.advice})
    else:
        rows = [("ok" if check.good else "BAD", check.name, check.found, check.advice) for check in checks]
        output.print_table(("", "check", "found", "what to do"), rows)
    if not all(check.good for check in checks):
        raise typer.Exit(UnavailableError.exit_code)


def _repair() -> None:
    from cli import output, progress
    from cli.repair import repair
    from polymuse.settings import load_settings

    done = 0
    for done, line in enumerate(repair(load_settings()), start=1):  # noqa: B007  the number of lines
        progress.say(output.messages(), line)
    if not done:
        progress.say(output.messages(), "Nothing to repair.")
