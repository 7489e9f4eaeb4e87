"""`polymuse mcp`."""

from typing import Annotated

import typer

from cli import options

EXAMPLES = """\b
Examples:
  claude mcp add poly-muse -- polymuse mcp
  polymuse mcp --library jazz --read-only

An agent starts it and talks to it over stdin and stdout. docs/agents.md has the settings of common agents. Agents on
other machines reach a running `polymuse serve` at /mcp, with the setting mcp: true."""


def mcp(
    read_only: Annotated[
        bool, typer.Option("--read-only", help="No tools that change playlists or read other files.")
    ] = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    device: options.Device = None,
) -> None:
    """Let agents search the library (Model Context Protocol).

    Needs `pip install "poly-muse[mcp]"`.
    """
    from cli.session import check_exists
    from polymuse.settings import load_settings
    from search_api.agents import stdio

    settings = load_settings(library=library_name, profile=profile, device=device)
    check_exists(settings)
    stdio.run(settings, read_only=read_only)
