"""`polymuse serve`."""

from pathlib import Path
from typing import Annotated

import typer

from cli import options


def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind to; other than loopback needs an API key.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
    api_key: Annotated[str | None, typer.Option(help="Key that clients must send. Better in a file.")] = None,
    api_key_file: Annotated[
        Path | None, typer.Option(help="File with a key that clients must send; it is read again when it changes.")
    ] = None,
    root_path: Annotated[str | None, typer.Option(help="Path below which a proxy shows the service: /music.")] = None,
    library_name: options.Library = None,
    profile: options.Profile = None,
    device: options.Device = None,
) -> None:
    """Serve the library over HTTP and keep it up to date.

    Ctrl-C ends it. /docs describes every route.
    """
    from cli import service
    from indexer.stopping import Interrupted
    from polymuse.settings import load_settings

    settings = load_settings(
        library=library_name,
        host=host,
        port=port,
        api_key=api_key,
        api_key_file=api_key_file,
        root_path=root_path,
        profile=profile,
        device=device,
    )
    if api_key is not None:
        typer.echo(
            "polymuse: users of this machine can see --api-key among the processes; use --api-key-file", err=True
        )
    try:
        service.run(settings)
    except KeyboardInterrupt:
        raise Interrupted from None
