"""The MCP server below the service: streamable HTTP at /mcp, behind the same keys.

Each request stands alone: there are no sessions to keep, to steal or to run out of, and no open streams.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from search_api.agents.server import AgentServer, Rights
from search_api.agents.waiting import patient
from search_api.middleware.admission import AGENTS
from search_api.middleware.limits import MAX_BODY
from search_api.security import may_change
from search_api.service import ServiceLoader


class AgentRoute:
    """Sends each request to the server with the tools that its key permits."""

    def __init__(self, loader: ServiceLoader) -> None:
        self._route = Route(AGENTS, self, methods=["POST"], include_in_schema=False)
        self._reading = _manager(loader, "read")
        self._changing = _manager(loader, "change")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Requests are answered within it."""
        async with self._reading.run(), self._changing.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self._route  # as FastAPI does it for its own: the log and the metrics name it
        manager = self._changing if may_change(Request(scope)) else self._reading
        await manager.handle_request(scope, receive, send)

    def add_to(self, app: FastAPI) -> None:
        """Only POST: a GET would open a stream for notifications, of which there are none."""
        app.router.routes.append(self._route)


def _manager(loader: ServiceLoader, rights: Rights) -> StreamableHTTPSessionManager:
    server = AgentServer(patient(loader), rights, note_damage=loader.note)
    server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        max_request_body_size=MAX_BODY,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # the service checks hosts
    )
    return server.session_manager
