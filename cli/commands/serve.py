"""`polymuse serve`."""

from typing import Annotated

import typer

from cli import options


def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind to; other than loopback needs an API key.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
    api_key: Annotated[str | None, typer.Option(help="Key that clients must send. Better in POLYMUSE_API_KEY.")] = None,
    root_path: Annotated[str | None, typer.Option(help="Path below which a proxy shows the service: /music.")] = None,
    library_name: options.Library = None,
    profile: options.Profile = None,
    device: options.Device = None,
) -> None:
    """Serve the library over HTTP and keep it up to date, until Ctrl-C. /docs describes every route."""
    from cli import service
    from indexer.stopping import Interrupted
    from polymuse.settings import load_settings

    settings = load_settings(
        library=library_name,
        host=host,
        port=port,
        api_key=api_key,
        root_path=root_path,
        profile=profile,
        device=device,
    )
    try:
        service.run(settings)
    except KeyboardInterrupt:
        raise Interrupted from None
