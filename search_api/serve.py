"""The service as one process. `cli.service` starts it together with its indexer."""

import asyncio
import errno
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from types import FrameType

import uvicorn
from fastapi import FastAPI

from polymuse.errors import UnavailableError, UserError
from polymuse.permissions import protect
from polymuse.settings import Settings
from polymuse.signals import SIGNALS
from search_api import logs
from search_api.app import create_app
from search_api.connections import GuardedProtocol
from search_api.indexing import Indexing
from search_api.middleware.framing import MAX_HEADERS
from search_api.middleware.hosts import is_loopback
from search_api.open_files import max_connections, raise_limit

ACCEPTED_AT_ONCE = 128  # connections; asyncio looks at none of them before it has accepted so many
QUEUE = 4096  # connections that wait to be accepted; the system may permit fewer
GRACE = 10  # seconds for requests in progress to finish after Ctrl-C or SIGTERM

logger = logging.getLogger(__name__)


def serve(settings: Settings, indexing: Indexing | None = None) -> None:
    """Serve the library until SIGTERM; see `create_app`.

    Raises KeyboardInterrupt after Ctrl-C, and UserError if the service cannot start.
    """
    logs.configure(settings.log_format)
    raise_limit()
    protect(settings.layout)
    app = create_app(settings, indexing)
    with listen(settings.host, settings.port) as listener:
        asyncio.run(_serve(app, listener))


class _Listener(socket.socket):
    """asyncio accepts as many connections at once as it lets wait; here more may wait than it has files for."""

    def listen(self, backlog: int = 0) -> None:  # noqa: ARG002
        super().listen(QUEUE)


def listen(host: str, port: int) -> socket.socket:
    """Bind the socket before the models load, so that a port in use fails at once. Raises UnavailableError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family)
    except OSError as error:
        reason = (error.strerror or "").partition(" (")[0]  # Python adds what it was doing
        raise UnavailableError(f"Cannot listen on {host} port {port}: {reason}", _advice(error)) from error
    # asyncio disables Nagle's algorithm only if the socket names its protocol, and those of create_server do not.
    # Without this, every response on an open connection waits 40 ms for a delayed acknowledgement.
    return _Listener(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=bound.detach())


def _advice(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "Stop the program that uses the port, or choose another with --port or POLYMUSE_PORT"
    if error.errno == errno.EACCES:
        return "Ports below 1024 belong to the administrator: choose another with --port or POLYMUSE_PORT"
    return "Choose an address of this machine with --host or POLYMUSE_HOST: 127.0.0.1, or 0.0.0.0 for all networks"


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
        backlog=min(ACCEPTED_AT_ONCE, max_connections()),
        workers=1,
        timeout_graceful_shutdown=GRACE,
    )
    return uvicorn.Server(config)


async def _serve(app: FastAPI, listener: socket.socket) -> None:
    """Run the lifespan here and not in uvicorn, which would print a traceback for a UserError.

    There is one process, because it owns the store. Raises any error from opening the library.
    """
    server = guarded_server(app)
    app.state.stopping = lambda: server.should_exit
    # Includes the lifespan: a signal must not interrupt its start or end.
    with _ending(server):
        async with app.router.lifespan_context(app):
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            opening = asyncio.create_task(_announce(app, listener, server))
            await serving
            opening.cancel()
            if opening.done() and not opening.cancelled():
                await opening


@contextmanager
def _ending(server: uvicorn.Server) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the server. Afterwards, raise KeyboardInterrupt if there was a Ctrl-C.

    Not `Server.capture_signals`, which repeats SIGTERM afterwards: an orderly end is no failure to those who send it.
    """
    received: set[int] = set()

    def end(number: int, frame: FrameType | None) -> None:
        received.add(number)
        server.handle_exit(number, frame)

    before = {number: signal.signal(number, end) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if signal.SIGINT in received:
        raise KeyboardInterrupt


async def _announce(app: FastAPI, listener: socket.socket, server: uvicorn.Server) -> None:
    """Log when the library is open. If it cannot be opened, stop the server and raise the error."""
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    logger.info("opening the library; %s/healthz is up", address)
    anywhere = ip_address(host.partition("%")[0]).is_unspecified
    place = f"http://localhost:{port}/" if anywhere or is_loopback(host) else f"{address}/"
    others = "; on other devices, with the name of this machine for localhost" if anywhere else ""
    logger.info("open %s in a browser%s", place, others)
    try:
        await asyncio.wrap_future(app.state.loader.opened)
    except UserError:
        server.should_exit = True
        raise
    logger.info("listening on %s, described at /docs; open %s in a browser", address, place)
