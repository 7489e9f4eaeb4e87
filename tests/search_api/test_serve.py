"""The socket of the service."""

import socket
import sys
from contextlib import ExitStack

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


@pytest.mark.skipif(sys.platform != "linux", reason="other systems answer or cut off differently")
def test_many_connections_may_wait_to_be_accepted() -> None:
    """asyncio sets the length of the queue to the number of connections that it accepts at once."""
    with listen("127.0.0.1", 0) as listener, ExitStack() as stack:
        listener.listen(1)
        for _ in range(100):
            stack.enter_context(socket.create_connection(listener.getsockname(), timeout=60))
