"""The socket of the service."""

import socket

import pytest

from polymuse.errors import UnavailableError
from search_api.serve import listen


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """asyncio sets TCP_NODELAY only on connections of a listener whose protocol is TCP."""
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_a_port_in_use_is_said_without_the_words_of_python() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(UnavailableError) as caught:
            listen("127.0.0.1", port)
    assert caught.value.message == f"Cannot listen on 127.0.0.1 port {port}: Address already in use"
