"""Runs the plugin as Navidrome does: an instance per call, with `http_send` of the test and Extism as the host."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import extism
import httpx
from fastapi.testclient import TestClient

MAX_ANSWER = 10 << 20  # bytes; Navidrome reads no more, and says nothing of it
SETTINGS = {"url": "http://polymuse.test:8765", "key": "secret-key-of-the-test"}


@dataclass(frozen=True)
class HttpAnswer:
    """What a server sends, or why it could not be asked."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    error: str = ""

    def to_json(self) -> str:
        """As `http_send` gives it to a plugin: Go leaves empty fields out and cuts bodies off."""
        if self.error:
            return json.dumps({"error": self.error}, ensure_ascii=False)
        body = self.body[:MAX_ANSWER]
        result: dict[str, Any] = {"statusCode": self.status, "headers": self.headers}
        if body:
            result["body"] = base64.b64encode(body).decode()
        return json.dumps({"result": result}, separators=(",", ":"), ensure_ascii=False)


class CallFailedError(Exception):
    """What Navidrome shows to the listener."""


class NavidromeHost:
    """The plugin with settings, as texts, and a server; `requests` are those that it was sent."""

    def __init__(
        self, wasm: bytes, answer: Callable[[dict[str, Any]], HttpAnswer], settings: dict[str, str] | None = None
    ) -> None:
        self._compiled = _compiled(wasm)
        self.answer = answer
        self._settings = SETTINGS if settings is None else settings
        self.requests: list[dict[str, Any]] = []

    def call(self, function: str, given: Any) -> bytes:
        """The output of an exported function. Raises CallFailedError."""
        text = given if isinstance(given, bytes) else json.dumps(given, ensure_ascii=False).encode()
        with extism.Plugin(self._compiled, config=self._settings) as plugin:
            try:
                return bytes(plugin.call(function, text, host_context=self))
            except extism.Error as error:
                raise CallFailedError(str(error)) from error

    def has(self, function: str) -> bool:
        with extism.Plugin(self._compiled, config=self._settings) as plugin:
            return plugin.function_exists(function)


@extism.host_fn("http_send", "extism:host/user", ([extism.ValType.I64], [extism.ValType.I64]))
def http_send(plugin: extism.CurrentPlugin, inputs: list[extism.Val], outputs: list[extism.Val]) -> None:
    host: NavidromeHost = plugin.host_context()
    request = json.loads(plugin.input_string(inputs[0]))["request"]
    host.requests.append({**request, "body": base64.b64decode(request["body"], validate=True)})
    plugin.return_string(outputs[0], host.answer(host.requests[-1]).to_json())


@cache
def _compiled(wasm: bytes) -> extism.extism.CompiledPlugin:
    return extism.extism.CompiledPlugin(wasm, True, [http_send])


def through_httpx(client: httpx.Client | TestClient) -> Callable[[dict[str, Any]], HttpAnswer]:
    """Sends requests as Navidrome's `http_send` does; URLs are taken below the base of the client."""

    def answer(request: dict[str, Any]) -> HttpAnswer:
        url = request["url"].removeprefix(SETTINGS["url"])
        response = client.request(request["method"], url, content=request["body"], headers=request["headers"])
        return HttpAnswer(response.content, response.status_code, dict(response.headers))

    return answer
