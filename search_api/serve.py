"""The service as one process, started by `python -m search_api` and `polymuse serve`."""

import asyncio
import logging
import signal
import socket
import sys

import uvicorn
from fastapi import FastAPI

from polymuse.errors import UnavailableError, UserError
from polymuse.settings import load_settings
from search_api.app import create_app

GRACE = 10  # seconds that open requests get to finish after Ctrl-C or SIGTERM

logger = logging.getLogger(__name__)


def main() -> int:
    """Serve until Ctrl-C or SIGTERM; returns the exit code. One line on stderr says why a start failed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts a job in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        settings = load_settings()
        app = create_app(settings)
        with listen(settings.host, settings.port) as listener:
            asyncio.run(_serve(app, listener))
    except UserError as error:
        sys.stderr.write(f"polymuse: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def listen(host: str, port: int) -> socket.socket:
    """Bound before the models load, so that a taken port is known at once. Raises UnavailableError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family)
    except OSError as error:
        raise UnavailableError(
            f"Cannot listen on {host} port {port}: {error.strerror}",
            "Stop the program that uses the port, or choose another with --port or POLYMUSE_PORT",
        ) from error
    # asyncio turns Nagle's algorithm off only where the protocol is named, which create_server does not: without
    # this, every answer on an open connection waits 40 ms for a delayed acknowledgement.
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=bound.detach())


async def _serve(app: FastAPI, listener: socket.socket) -> None:
    """The lifespan is entered here and not by uvicorn, which would print a traceback for a UserError.

    One process: it owns the store.
    """
    config = uvicorn.Config(app, lifespan="off", log_config=None, workers=1, timeout_graceful_shutdown=GRACE)
    server = uvicorn.Server(config)
    # Around the lifespan as well: a signal that arrives while it starts or ends must not cut it short.
    with server.capture_signals():
        async with app.router.lifespan_context(app):
            host, port = listener.getsockname()[:2]
            logger.info("listening on http://%s:%d, described at /docs", f"[{host}]" if ":" in host else host, port)
            await server.serve(sockets=[listener])
