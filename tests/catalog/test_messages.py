"""Messages over a socket: whole ones arrive, all others end the conversation at once."""

import socket
import struct
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from catalog import messages
from catalog.messages import HEADER, MAGIC, BrokenConnectionError, Ended, TooLargeError, receive, send

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    one, two = socket.socketpair()
    with one, two:
        yield one, two


def test_a_message_arrives(ends: Ends) -> None:
    big = np.arange(3_000_000, dtype=np.float32)  # more than fits into the buffers of a socket
    value = {"a": [big, np.eye(2, dtype=np.float32).T], "b": "ü"}
    sender = threading.Thread(target=send, args=(ends[0], value))
    sender.start()
    found = receive(ends[1], wait=60)
    sender.join()
    assert np.array_equal(found["a"][0], big)
    assert found["a"][1].tolist() == [[1, 0], [0, 1]]
    assert found["b"] == "ü"


def test_several_messages_keep_their_order(ends: Ends) -> None:
    send(ends[0], 1)
    send(ends[0], [np.zeros(2, dtype=np.float32)])
    send(ends[0], 2)
    assert [receive(ends[1], wait=60) for _ in range(3)][::2] == [1, 2]


def test_the_end_between_messages(ends: Ends) -> None:
    ends[0].close()
    with pytest.raises(Ended):
        receive(ends[1], wait=60)


@pytest.mark.parametrize(
    "sent",
    [
        b"G",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        HEADER.pack(MAGIC, 4, 0) + b"nul",
        HEADER.pack(MAGIC, 4, 0) + b"nule",
        HEADER.pack(MAGIC, 4, 4) + b"null1234",
        HEADER.pack(MAGIC, 2**32 - 1, 0),
        HEADER.pack(MAGIC, 4, 2**60) + b"null",
        HEADER.pack(b"PMc0", 4, 0) + b"null",
        struct.pack(">4sIQ", MAGIC, 4, 0) + b"null",
    ],
)
def test_garbage_is_refused(ends: Ends, sent: bytes) -> None:
    ends[0].sendall(sent)
    ends[0].shutdown(socket.SHUT_WR)
    with pytest.raises(BrokenConnectionError):
        receive(ends[1], wait=60)


def test_a_stranger_may_say_little(ends: Ends) -> None:
    send(ends[0], "x" * 100)
    with pytest.raises(BrokenConnectionError):
        receive(ends[1], wait=60, limit=99)


def test_a_message_that_stops_in_the_middle_is_given_up(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MESSAGE_SECONDS", 0.05)
    ends[0].sendall(HEADER.pack(MAGIC, 10, 0) + b"nul")
    with pytest.raises(OSError, match=r"timed out|does not end"):
        receive(ends[1], wait=60)


def test_a_message_that_nobody_reads_is_given_up(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MESSAGE_SECONDS", 0.05)
    with pytest.raises(TimeoutError):
        send(ends[0], np.zeros(10_000_000, dtype=np.float32))


def test_too_large_a_value_is_not_sent(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MAX_JSON", 10)
    with pytest.raises(TooLargeError):
        send(ends[0], "x" * 20)
    send(ends[0], "x")
    assert receive(ends[1], wait=60) == "x"
