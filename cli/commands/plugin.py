"""`polymuse plugin`: plugins for other servers."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import options
from polymuse.errors import UserError
from polymuse.paths import printable

app = typer.Typer(help="Plugins for other servers of music.", no_args_is_help=True)


@app.callback()
def _plugin() -> None:
    """Plugins for other servers of music."""


@app.command()
def navidrome(
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write: a file, a folder, - for standard output. Default: here."),
    ] = None,
    stem: Annotated[
        str,
        typer.Option(metavar="STEM", help="What must sound alike: mix, or for a further copy vocals, drums, bass, …"),
    ] = "mix",
    as_json: options.Json = False,
) -> None:
    """Write the plugin for Navidrome 0.61 or newer, which asks `polymuse serve` for songs that sound alike.

    The name of the file is the name of the plugin in Navidrome. docs/players.md says how to install it. An older file
    of the plugin is replaced, nothing else is.

    Examples:

        polymuse plugin navidrome --out /var/lib/navidrome/plugins

        polymuse plugin navidrome --stem drums           # polymuse-drums.ndp, a second plugin: "same drums"
    """
    from cli import output
    from players.navidrome.package import EXTENSION, is_plugin_file, plugin_file, plugin_name
    from polymuse.files import write_atomically

    data = plugin_file(stem)
    if out == options.STANDARD_STREAM:
        sys.stdout.buffer.write(data)
        return
    file = out or Path()
    if file.is_dir():
        file /= plugin_name(stem) + EXTENSION
    if file.suffix != EXTENSION:
        raise UserError(f"{printable(file)} would be no plugin for Navidrome", f"Name a file that ends in {EXTENSION}.")
    if file.exists() and not is_plugin_file(file):
        raise UserError(f"{printable(file)} exists, and is not this plugin", "Choose another name, or remove it first.")
    try:
        with write_atomically(file) as writer:
            writer.write(data)
    except OSError as error:
        raise UserError(f"Cannot write {printable(file)}: {error.strerror}", "Choose another folder.") from None
    file.chmod(0o644)  # Navidrome reads it as a user of its own
    if as_json:
        output.print_json({"file": str(file), "plugin": file.stem, "bytes": len(data)})
        return
    typer.echo(file)
    output.messages().print(
        f"Next: put {file.stem} first in ND_AGENTS, restart Navidrome or run `navidrome plugin rescan`, then set "
        "address and key on its page Plugins, and enable it there. See docs/players.md."
    )
