"""Messages over a socket: a header with two lengths, the JSON, the arrays, as `catalog.wire` makes them.

A message is refused before memory is taken if it is too large, and must arrive or leave within MESSAGE_SECONDS.
"""

import socket
import struct
import time
from typing import Any

from catalog import wire

HEADER = struct.Struct("<4sIQ")  # MAGIC, bytes of the JSON, bytes of the arrays
MAGIC = b"PMc1"  # of this form of messages
MAX_JSON = 64 * 2**20  # bytes
MAX_ARRAYS = 512 * 2**20
MAX_GREETING = 2**16  # bytes of a message before the other side is known
MESSAGE_SECONDS = 60.0
CHUNK = 2**20  # bytes; memory grows with what has arrived, not with what is announced


class BrokenConnectionError(ConnectionError):
    """The other side has sent something that is not a message, or too slowly."""


class Ended(ConnectionError):  # noqa: N818  # the usual end of a conversation
    """The other side has closed the connection between two messages."""


class TooLargeError(ValueError):
    """A value that is too large for a message."""


def send(to: socket.socket, value: object) -> None:
    """Send a value. Raises TooLargeError and TypeError before anything is sent, and OSError."""
    text, arrays = wire.encode(value)
    size = wire.size(arrays)
    if len(text) > MAX_JSON or size > MAX_ARRAYS:
        raise TooLargeError(f"a message of {len(text) + size} bytes")
    to.settimeout(MESSAGE_SECONDS)
    to.sendall(HEADER.pack(MAGIC, len(text), size) + text)
    for array in arrays:
        to.sendall(array.reshape(-1).view("u1").data)


def receive(of: socket.socket, *, wait: float | None = None, limit: int = MAX_JSON + MAX_ARRAYS) -> Any:
    """The next value, which must begin within `wait` seconds.

    Raises Ended at the end of the conversation, BrokenConnectionError, and OSError.
    """
    of.settimeout(wait)
    first = of.recv(1)
    if not first:
        raise Ended("the other side has left")
    deadline = time.monotonic() + MESSAGE_SECONDS
    magic, text, arrays = HEADER.unpack(first + _receive(of, HEADER.size - 1, deadline))
    if magic != MAGIC or text > MAX_JSON or arrays > MAX_ARRAYS or text + arrays > limit:
        raise BrokenConnectionError(f"{magic!r} of {text} and {arrays} bytes is not a message")
    try:
        return wire.decode(bytes(_receive(of, text, deadline)), memoryview(_receive(of, arrays, deadline)))
    except ValueError as error:
        raise BrokenConnectionError(str(error)) from error


def _receive(of: socket.socket, size: int, deadline: float) -> bytearray:
    """Exactly this number of bytes."""
    received = bytearray()
    while len(received) < size:
        left = deadline - time.monotonic()
        if left <= 0:
            raise BrokenConnectionError("the message does not end")
        of.settimeout(left)
        part = of.recv(min(CHUNK, size - len(received)))
        if not part:
            raise BrokenConnectionError("the message is incomplete")
        received += part
    return received
