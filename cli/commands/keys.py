"""`polymuse keys`: API keys of the service."""

from typing import Annotated

import typer

from cli import options

app = typer.Typer(help="API keys of `polymuse serve`.", no_args_is_help=True)


@app.callback()
def _keys() -> None:
    """API keys of `polymuse serve`."""


@app.command()
def new(
    admin: Annotated[
        bool,
        typer.Option(
            "--admin",
            help="Make a key that may also change folders, descriptors, marks and playlists, start jobs, and "
            "read /metrics.",
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Create a key. It is shown once; put the hash that is printed with it into the configuration."""
    from cli import output
    from polymuse.api_keys import Scope, new_key, stored_form
    from polymuse.settings import config_file

    scope = Scope.ADMIN if admin else Scope.READ
    key = new_key(scope)
    stored = stored_form(key, scope)
    if as_json:
        output.print_json({"key": key, "scope": scope, "stored": stored})
    else:
        typer.echo(
            f"{key}\n\nKeep it; it cannot be shown again. Add this to {config_file()}:\n\napi_keys:\n  - {stored}"
        )
