"""`polymuse status`, `doctor`, `config show` and `serve`."""

import os
import runpy
from typing import Annotated

import typer

from cli import options
from polymuse import ENV_PREFIX
from polymuse.errors import UnavailableError

config_app = typer.Typer(help="Settings and where they come from.", no_args_is_help=True)


@config_app.command("show")
def config_show(as_json: options.Json = False) -> None:
    """Print every setting, its value and where it came from."""
    from cli import output
    from polymuse.settings import load_settings, origins

    settings = load_settings()
    rows = [(key, str(getattr(settings, key)), origin) for key, origin in origins(settings).items()]
    if as_json:
        for key, value, origin in rows:
            output.print_json({"setting": key, "value": value, "origin": origin})
    else:
        output.print_table(("setting", "value", "from"), rows)


def status(
    profile: options.Profile = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="List the files that could not be indexed, and why.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Show what the library holds, and with --failures what stands in the way of the rest."""
    from dataclasses import asdict

    from cli import output
    from cli.session import open_library

    with open_library(profile=profile) as library:
        stats = asdict(library.catalog.stats())
        rows = {
            "profile": library.profile,
            "home": str(library.settings.home),
            "engine": library.catalog.place,
            **stats,
            "failures": len(library.failures),
        }
        listed = [asdict(failure) for failure in library.failures] if failures else []
    if as_json:
        output.print_json(rows | ({"failed": listed} if failures else {}))
        return
    output.print_table(("", ""), [(key.replace("_", " "), _plain(value)) for key, value in rows.items()])
    if listed:
        columns = ("path", "stage", "count", "cause", "advice")
        output.print_table(columns, [[failure[column] for column in columns] for failure in listed])


def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="Tidy up first what killed processes left, and say what was done.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Check the installation, the weights and the store, and say what to do about what is wrong."""
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


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to bind to; beyond this machine an API key is needed.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
    api_key: Annotated[str | None, typer.Option(help="Key that clients must send. Better in POLYMUSE_API_KEY.")] = None,
    profile: options.Profile = None,
    device: options.Device = None,
) -> None:
    """Serve the library over HTTP until Ctrl-C: /docs describes every call."""
    flags = {"host": host, "port": port, "api_key": api_key, "profile": profile, "device": device}
    os.environ |= {f"{ENV_PREFIX}{name.upper()}": str(value) for name, value in flags.items() if value is not None}
    runpy.run_module("search_api", run_name="__main__")


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {number}" for key, number in value.items()) or "none"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
