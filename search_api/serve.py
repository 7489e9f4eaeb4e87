"""The service as one process, started by `python -m search_api` and `polymuse serve`."""

import asyncio
import logging
import signal
import socket
import sys

import uvicorn
from fastapi import FastAPI

from polymuse.errors import UnavailableError, UserError
from polymuse.settings import Settings, load_settings
from search_api import logs
from search_api.app import create_app
from search_api.connections import MAX_HEADERS, GuardedProtocol

GRACE = 10  # seconds for requests in progress to finish after Ctrl-C or SIGTERM

logger = logging.getLogger(__name__)


def main() -> int:
    """Run `python -m search_api`; returns the exit code. A failed start writes one line to stderr."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell sets this for jobs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if sys.argv[1:]:
            raise UserError(
                f"`python -m search_api` takes no arguments: {sys.argv[1]}",
                "Set POLYMUSE_PORT etc., or run `polymuse serve`, which has flags",
            )
        serve(load_settings())
    except UserError as error:
        sys.stderr.write(f"polymuse: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def serve(settings: Settings) -> None:
    """Serve the library until Ctrl-C or SIGTERM. Raises UserError if it cannot start."""
    logs.configure(settings.log_format)
    app = create_app(settings)
    with listen(settings.host, settings.port) as listener:
        asyncio.run(_serve(app, listener))


def listen(host: str, port: int) -> socket.socket:
    """Bind the socket before the models load, so that a port in use fails at once. Raises UnavailableError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family)
    except OSError as error:
        raise UnavailableError(
            f"Cannot listen on {host} port {port}: {error.strerror}",
            "Stop the program that uses the port, or choose another with --port or POLYMUSE_PORT",
        ) from error
    # asyncio disables Nagle's algorithm only if the socket names its protocol, and those of create_server do not.
    # Without this, every response on an open connection waits 40 ms for a delayed acknowledgement.
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=bound.detach())


def guarded_server(app: FastAPI) -> uvicorn.Server:
    """A server with timeouts for slow clients. Its caller runs the lifespan."""
    config = uvicorn.Config(
        app,
        http=GuardedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the application looks at them, for any server
        h11_max_incomplete_event_size=MAX_HEADERS,
        workers=1,
        timeout_graceful_shutdown=GRACE,
    )
    return uvicorn.Server(config)


async def _serve(app: FastAPI, listener: socket.socket) -> None:
    """Run the lifespan here and not in uvicorn, which would print a traceback for a UserError.

    There is one process, because it owns the store. Raises any error from opening the library.
    """
    server = guarded_server(app)
    # Includes the lifespan: a signal must not interrupt its start or end.
    with server.capture_signals():
        async with app.router.lifespan_context(app):
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            opening = asyncio.create_task(_announce(app, listener, server))
            await serving
            opening.cancel()
            if opening.done() and not opening.cancelled():
                await opening


async def _announce(app: FastAPI, listener: socket.socket, server: uvicorn.Server) -> None:
    """Log when the library is open. If it cannot be opened, stop the server and raise the error."""
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    logger.info("opening the library; %s/healthz is up", address)
    try:
        await asyncio.wrap_future(app.state.loader.opened)
    except UserError:
        server.should_exit = True
        raise
    logger.info("listening on %s, described at /docs", address)
