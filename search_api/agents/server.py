"""The MCP server: which tools and resources there are, and how their errors read.

Imported only where the package mcp is installed; see `search_api.agents.extra`.
"""

import logging
from collections.abc import Callable
from typing import Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError, UnexpectedToolError
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import ValidationError

from catalog.description import DamagedError
from polymuse import __version__
from polymuse.errors import NotFoundError, UserError
from polymuse.text import for_agent
from polymuse.validation import plain_message
from search_api.agents.answers import NOTICE
from search_api.agents.changing_tools import ChangingTools
from search_api.agents.filter_help import filter_help
from search_api.agents.reading_tools import ReadingTools
from search_api.agents.track_report import track_report
from search_api.service import SearchService

INSTRUCTIONS = f"""Poly-Muse searches the user's own music library by what the music sounds like.

Begin with `search`; take ids from its hits for `similar`, `journey`, `track` and playlists. Scores can be compared
within one answer only, and `match` says whether the best hit fits at all: if it is weak, say so instead of presenting
hits as fitting. Tags, tempo and key are estimates with a confidence. Keep what you found in the library apart from
what you know from elsewhere.

{NOTICE}"""
MAX_FAULTS = 5  # wrong arguments that an error lists
MAX_ERROR = 1000  # characters
CHANGING = ("create_playlist", "change_playlist", "analyze")
READ = ToolAnnotations(read_only_hint=True, open_world_hint=False)
ADD = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
CHANGE = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False)

GetService = Callable[[], SearchService]
Rights = Literal["read", "change", "change, and files anywhere"]


class AgentServer(MCPServer):
    """Errors are one line that says what to do; what is no UserError is a bug, and shows nothing of itself."""

    def __init__(self, service: GetService, rights: Rights, note_damage: Callable[[DamagedError], None]) -> None:
        """`service` gives the open library, or raises a UserError; it may wait, as tools run in threads."""
        super().__init__(
            "poly-muse",
            title="Poly-Muse",
            instructions=INSTRUCTIONS,
            version=__version__,
            log_level="WARNING",
            subscriptions=False,
        )
        logging.getLogger("mcp").setLevel(logging.WARNING)  # it would log what was asked for
        self._note_damage = note_damage
        self._add_tools(service, rights)
        self._add_resources(ReadingTools(service))

    def _add_tools(self, service: GetService, rights: Rights) -> None:
        reading = ReadingTools(service)
        self.add_tool(reading.search, title="Search music by sound", annotations=READ)
        self.add_tool(reading.similar, title="Tracks that sound alike", annotations=READ)
        self.add_tool(reading.journey, title="From one track to another", annotations=READ)
        self.add_tool(reading.track, title="About a track", annotations=READ)
        self.add_tool(reading.tags, title="Tags", annotations=READ)
        self.add_tool(reading.playlists, title="Playlists", annotations=READ)
        self.add_tool(reading.playlist, title="Tracks of a playlist", annotations=READ)
        if rights == "read":
            return
        changing = ChangingTools(service, anywhere=rights != "change")
        self.add_tool(changing.create_playlist, title="Make a playlist", annotations=ADD)
        self.add_tool(changing.change_playlist, title="Change a playlist", annotations=CHANGE)
        self.add_tool(changing.analyze, title="Analyse an audio file", annotations=READ)

    def _add_resources(self, reading: ReadingTools) -> None:
        @self.resource(
            "polymuse://tracks/{id}/report",
            name="track-report",
            title="Report on a track",
            description="All that is known of a track of the library, as Markdown, with the tracks that sound like it",
            mime_type="text/markdown",
        )
        def report(id: str) -> str:  # noqa: A002  the field's own word
            try:
                return track_report(reading.track(id), reading.similar(id, limit=5).hits)
            except NotFoundError as error:
                raise ResourceNotFoundError(str(error)) from error
            except UserError as error:
                self._note(error)
                raise ResourceError(str(error)) from error

        @self.resource(
            "polymuse://filters",
            name="filters",
            title="The filter language",
            description="All fields of the parameter `where`",
            mime_type="text/markdown",
        )
        def filters() -> str:
            return filter_help()

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context | None = None
    ) -> CallToolResult | InputRequiredResult:
        """As `MCPServer.call_tool`, with errors for people."""
        self._check(name, arguments)
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, UserError):
                self._note(cause)
                raise ToolError(for_agent(str(cause), MAX_ERROR)) from cause
            if isinstance(cause, ValidationError):
                raise ToolError(_faults(cause)) from cause
            if isinstance(error, UnexpectedToolError):  # the service logs the rest
                message = f"The tool {name} failed on this call, which is a fault of Poly-Muse; its log says more"
                raise UnexpectedToolError(message) from cause
            raise

    def _check(self, name: str, arguments: dict[str, Any]) -> None:
        """Raises ToolError for what the SDK would ignore, or say in fewer words."""
        tool = self._tool_manager.get_tool(name)
        if tool is None and name in CHANGING:
            raise ToolError(f"{name} needs a key with more rights. Ask whoever runs the service for an admin key")
        if tool is None:
            known = ", ".join(each.name for each in self._tool_manager.list_tools())
            raise ToolError(f"There is no tool {for_agent(name, 100)!r}. There are: {known}")
        taken = tool.parameters.get("properties", {})
        if unknown := sorted(arguments.keys() - taken):
            named = for_agent(unknown[0], 100)
            raise ToolError(f"{name} has no parameter {named!r}. It takes: {', '.join(taken)}")

    def _note(self, error: UserError) -> None:
        if isinstance(error, DamagedError):
            self._note_damage(error)


def _faults(error: ValidationError) -> str:
    """The first wrong arguments, each with what is allowed, without the values."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    faults = [f"{'.'.join(str(part) for part in each['loc'])}: {plain_message(each['msg'])}" for each in found]
    more = f"; and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
    return for_agent(f"Wrong arguments: {'; '.join(faults[:MAX_FAULTS])}", MAX_ERROR) + more
