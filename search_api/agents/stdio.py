"""The MCP server over stdin and stdout, for an agent that starts `polymuse mcp`."""

import os
import signal
import sys
import threading
from types import FrameType

import anyio

from polymuse.permissions import protect
from polymuse.settings import Settings
from polymuse.signals import INTERRUPTED, SIGNALS, end_at_once
from search_api import logs
from search_api.agents.extra import check_installed
from search_api.agents.waiting import patient
from search_api.service import ServiceLoader

PATIENCE = 50.0  # seconds for a call during the start; agents commonly wait 60
ENDING_SECONDS = 5.0  # to close the library after a signal


def run(settings: Settings, *, read_only: bool = False) -> None:
    """Answer on stdout until stdin ends; the library opens meanwhile. Raises UserError without the extra."""
    check_installed()
    from search_api.agents.server import AgentServer, Rights

    logs.configure(settings.log_format)
    protect(settings.layout)
    if sys.stdin.isatty():
        sys.stderr.write("polymuse: waiting for an agent on stdin; docs/agents.md says how to set one up\n")
    loader = ServiceLoader(settings)
    rights: Rights = "read" if read_only else "change, and files anywhere"
    server = AgentServer(patient(loader, PATIENCE), rights, note_damage=loader.note)
    loader.start()
    _end_on_signals(loader)
    try:
        anyio.run(server.run_stdio_async)
    finally:
        loader.close()


def _end_on_signals(loader: ServiceLoader) -> None:
    """The thread that reads stdin cannot be interrupted, so the process ends from here, with the library closed."""

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        for each in SIGNALS:
            signal.signal(each, end_at_once)
        closing = threading.Thread(target=loader.close, daemon=True)
        closing.start()
        closing.join(ENDING_SECONDS)
        os._exit(INTERRUPTED)

    for number in SIGNALS:
        signal.signal(number, end)
