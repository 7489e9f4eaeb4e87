"""`polymuse mcp` as a process, with the SDK's client at its stdin and stdout."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from polymuse.signals import INTERRUPTED
from tests.helpers.paths import ROOT
from tests.search_api.agents.conftest import found, said

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "indexer", "mcp", "--profile", "starter"]
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "POLYMUSE_HOME": str(home)}


def test_an_agent_starts_it_and_searches_at_once(empty_home: Path, tmp_path: Path) -> None:
    async def talk() -> None:
        parameters = StdioServerParameters(
            command=COMMAND[0], args=COMMAND[1:], env=environment(empty_home), cwd=str(ROOT)
        )
        async with Client(parameters) as client:  # the library is still opening
            assert "analyze" in {tool.name for tool in (await client.list_tools()).tools}
            assert "polymuse index" in found(await client.call_tool("search", {"text": "calm piano"}))["note"]
            (tmp_path / "noise.mp3").write_bytes(b"no audio" * 1000)
            text = said(await client.call_tool("analyze", {"path": str(tmp_path / "noise.mp3")}))
            assert text.startswith("The file could not be analysed")

    asyncio.run(talk())


def test_stdout_is_for_the_protocol_alone_and_a_signal_ends_it(empty_home: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--read-only"],
        env=environment(empty_home),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    search = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "search", "arguments": {}}}
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    for message in ("not json", json.dumps(HELLO), json.dumps(ready), json.dumps(search)):
        process.stdin.write(message.encode() + b"\n")
    process.stdin.flush()
    answers: list[dict] = []
    while not any(answer.get("id") == 2 for answer in answers):
        answers.append(json.loads(process.stdout.readline()))
    process.send_signal(signal.SIGTERM)
    rest, errors = process.communicate(timeout=120)
    assert (process.returncode, rest) == (INTERRUPTED, b"")
    assert b"Traceback" not in errors


def test_missing_weights_are_said_in_each_answer(tmp_path: Path) -> None:
    async def talk() -> str:
        parameters = StdioServerParameters(
            command=COMMAND[0], args=COMMAND[1:], env=environment(tmp_path), cwd=str(ROOT)
        )
        async with Client(parameters) as client:
            return said(await client.call_tool("search", {"text": "calm"}))

    assert "polymuse models pull" in asyncio.run(talk())
