"""An owner answers for others, whatever they send."""

import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog import addresses, messages, owner_socket
from catalog.attachment import Attachment
from catalog.catalog import Catalog
from catalog.filters import Filter
from catalog.messages import receive, send
from catalog.owner import Owner
from catalog.owner_socket import OPERATIONS, greeting
from catalog.store import Space, directory_of
from catalog.track import Entry
from catalog.validation import InvalidEntryError
from polymuse.errors import NotFoundError, UnavailableError
from tests.helpers.ids import id_of

MakeEntry = Callable[..., Entry]


@pytest.fixture
def owner(folder: Path, space: Space) -> Iterator[Catalog]:
    with Catalog.share(folder, space) as catalog:
        yield catalog


@pytest.fixture
def path(folder: Path, space: Space) -> Path:
    return directory_of(folder, space)


def connected(path: Path) -> socket.socket:
    address = Owner.of(path).address
    assert address is not None
    return addresses.connect(address, path)


def attached(path: Path, space: Space) -> Attachment:
    return Attachment(path, space, Owner.of(path))


def is_closed(connection: socket.socket) -> bool:
    connection.settimeout(60)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_operations_are_those_of_the_storage() -> None:
    assert {"upsert", "search", "count", "flush"} <= OPERATIONS
    assert "close" not in OPERATIONS


@pytest.mark.usefixtures("owner")
class TestStrangers:
    @pytest.mark.parametrize(
        "hello",
        [b"\0" * 1000, b"GET / HTTP/1.1\r\n\r\n", os.urandom(5000), messages.HEADER.pack(b"PMc1", 2**31, 2**62)],
    )
    def test_garbage_ends_the_conversation(self, path: Path, space: Space, hello: bytes) -> None:
        with connected(path) as stranger:
            stranger.sendall(hello)
            assert is_closed(stranger)
        assert attached(path, space).ask("count", Filter()) == 0

    @pytest.mark.parametrize("hello", [None, "hello", ["count"], {}])
    def test_something_else_than_a_greeting(self, path: Path, hello: Any) -> None:
        with connected(path) as stranger:
            send(stranger, hello)
            if hello == {}:
                assert receive(stranger, wait=60) == {"differs": ["schema", "engine", "format", "space"]}
            assert is_closed(stranger)

    @pytest.mark.parametrize(
        "request_", [None, "count", ["count"], ["close", ()], ["__init__", ()], ["_engine", ()], 7]
    )
    def test_something_else_than_a_request(self, path: Path, space: Space, request_: Any) -> None:
        with connected(path) as client:
            send(client, greeting(space))
            assert receive(client, wait=60) == {"differs": []}
            send(client, request_)
            assert is_closed(client)

    def test_one_that_says_nothing_is_not_waited_for(
        self, path: Path, space: Space, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(owner_socket, "GREETING_SECONDS", 0.05)
        with connected(path) as silent:
            assert is_closed(silent)
        attached(path, space).close()

    def test_one_that_dies_in_the_middle_of_a_message(self, owner: Catalog, path: Path, space: Space) -> None:
        with connected(path) as client:
            send(client, greeting(space))
            receive(client, wait=60)
            client.sendall(messages.HEADER.pack(b"PMc1", 1000, 10**6) + b"x" * 10)
        assert attached(path, space).ask("stems", []) == []
        assert owner.count() == 0

    def test_one_that_does_not_read_its_answer(
        self, owner: Catalog, path: Path, space: Space, entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        owner.upsert([entry(number, title="x" * 10_000) for number in range(100)])
        monkeypatch.setattr(messages, "MESSAGE_SECONDS", 0.2)
        with connected(path) as slow:
            send(slow, greeting(space))
            receive(slow, wait=60)
            for _ in range(3):
                send(slow, ["get", ([id_of(number) for number in range(100)],)])
            assert attached(path, space).ask("find_by_path", "/music/7.ogg").id == id_of(7)
            left = select.poll()
            left.register(slow, select.POLLRDHUP)
            assert left.poll(60_000)  # it has been let go


@pytest.mark.usefixtures("owner")
class TestErrors:
    def test_those_for_people_arrive_as_they_are(self, path: Path, space: Space) -> None:
        link = attached(path, space)
        with pytest.raises(NotFoundError, match=r"No track .* Take the id from"):
            link.ask("get", [id_of(1)])
        assert link.usable

    def test_others_arrive_with_their_traceback(self, path: Path, space: Space) -> None:
        link = attached(path, space)
        with pytest.raises(RuntimeError, match=f"in process {os.getpid()}(.|\n)*Traceback(.|\n)*TypeError"):
            link.ask("count")
        assert link.usable

    def test_invalid_entries_are_refused_by_the_owner_too(self, path: Path, space: Space, entry: MakeEntry) -> None:
        with pytest.raises(InvalidEntryError, match="its norm is 2"):
            attached(path, space).ask("upsert", [entry(1, mix=[2, 0, 0, 0])])

    def test_an_answer_that_is_too_large(
        self, owner: Catalog, path: Path, space: Space, entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        owner.upsert([entry(1, title="x" * 1000)])
        monkeypatch.setattr(messages, "MAX_JSON", 1000)
        link = attached(path, space)
        with pytest.raises(UnavailableError, match="too large"):
            link.ask("get", [id_of(1)])
        assert link.ask("stems", []) == ["mix"]


def test_the_socket_is_made_again(owner: Catalog, path: Path, space: Space) -> None:
    address = Owner.of(path).address
    assert address is not None
    Path(address["unix"]).unlink()
    with Catalog.share(path.parent, space) as other:
        assert other.count() == owner.count() == 0


def test_only_so_many_others(owner: Catalog, path: Path, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_socket, "MAX_CLIENTS", 1)
    first = attached(path, space)
    with pytest.raises(OSError):  # noqa: PT011  closed or reset
        attached(path, space)
    first.close()
    with Catalog.share(path.parent, space) as other:  # once the first has left
        assert other.count() == owner.count() == 0


def test_over_loopback(folder: Path, space: Space, entry: MakeEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where Unix sockets do not exist: with a secret."""
    monkeypatch.setattr(addresses, "UNIX", False)
    path = directory_of(folder, space)
    with Catalog.share(folder, space) as owner, Catalog.share(folder, space) as other:
        other.upsert([entry(1)])
        assert np.array_equal(owner.vectors([id_of(1)])[id_of(1)]["mix"], [1, 0, 0, 0])
        with connected(path) as stranger:
            send(stranger, greeting(space) | {"secret": "guess"})
            assert is_closed(stranger)


def test_leaving_waits_for_answers_in_progress(folder: Path, space: Space, entry: MakeEntry) -> None:
    owner = Catalog.share(folder, space)
    other = Catalog.share(folder, space)
    entries = [entry(number) for number in range(1, 301)]
    writer = threading.Thread(target=other.upsert, args=(entries,))
    writer.start()
    owner.close()
    writer.join()
    assert other.count() == 300
    other.close()
    with Catalog.open(folder, space) as again:
        assert again.count() == 300
