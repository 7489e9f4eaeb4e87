"""What is said when one process cannot use a store together with another."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog import addresses, attachment
from catalog.attachment import Attachment
from catalog.messages import BrokenConnectionError, receive, send
from catalog.owner import Owner
from catalog.store import Space
from polymuse.errors import UnavailableError, UserError


@pytest.fixture
def answering(short_folder: Path) -> Iterator[Callable[..., Owner]]:
    """answering(value, ...): an owner that answers each message with the next value, and then leaves."""
    threads: list[threading.Thread] = []
    listeners = []

    def start(*answers: Any) -> Owner:
        listener, address = addresses.bind(short_folder)
        listener.setblocking(True)
        listeners.append(listener)

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                for each in answers:
                    receive(connection)
                    send(connection, each)

        threads.append(threading.Thread(target=answer))
        threads[-1].start()
        return Owner("process 7 (polymuse serve), since today", shared=True, address=address)

    yield start
    for thread, listener in zip(threads, listeners, strict=True):
        thread.join()
        listener.close()


@pytest.mark.parametrize(
    ("differs", "said"),
    [
        ("schema", "another version of polymuse"),
        ("engine", "another version of qdrant-edge-py"),
        ("format", "another format of the store"),
        ("space", "another version of the model"),
    ],
)
def test_another_version(
    short_folder: Path, space: Space, answering: Callable[..., Owner], differs: str, said: str
) -> None:
    with pytest.raises(UnavailableError, match=rf"in use by process 7 \(polymuse serve\).*{said}"):
        Attachment(short_folder, space, answering({"differs": [differs, "format"]}))


@pytest.mark.parametrize("answer", [None, {}, {"differs": 1}, {"value": 1}])
def test_something_else_than_a_greeting(
    short_folder: Path, space: Space, answering: Callable[..., Owner], answer: Any
) -> None:
    with pytest.raises(BrokenConnectionError):
        Attachment(short_folder, space, answering(answer))


@pytest.mark.parametrize("answer", [None, {}, {"error": "x"}, {"bug": 1}])
def test_something_else_than_an_answer(
    short_folder: Path, space: Space, answering: Callable[..., Owner], answer: Any
) -> None:
    link = Attachment(short_folder, space, answering({"differs": []}, answer))
    with pytest.raises(BrokenConnectionError):
        link.ask("count")
    link.close()


def test_an_owner_that_leaves_before_it_answers(
    short_folder: Path, space: Space, answering: Callable[..., Owner]
) -> None:
    link = Attachment(short_folder, space, answering({"differs": []}))
    with pytest.raises(OSError):  # noqa: PT011  the end or a broken pipe
        link.ask("count")
    assert not link.usable
    link.close()


def test_an_owner_that_does_not_answer(
    short_folder: Path, space: Space, answering: Callable[..., Owner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachment, "ANSWER_SECONDS", 0.05)
    started = threading.Event()
    listener, address = addresses.bind(short_folder)
    listener.setblocking(True)

    def greet() -> None:
        connection, _ = listener.accept()
        with connection:
            receive(connection)
            send(connection, {"differs": []})
            started.wait(60)

    thread = threading.Thread(target=greet)
    thread.start()
    owner = replace(Owner("process 7 (polymuse serve), since today", shared=True), address=address)
    link = Attachment(short_folder, space, owner)
    with pytest.raises(UnavailableError, match=r"process 7 .*has not answered"):
        link.ask("count")
    assert not link.usable
    started.set()
    thread.join()
    link.close()
    listener.close()


def test_too_large_a_request_leaves_the_connection_as_it_was(
    short_folder: Path, space: Space, answering: Callable[..., Owner], monkeypatch: pytest.MonkeyPatch
) -> None:
    link = Attachment(short_folder, space, answering({"differs": []}, {"value": 3}))
    with monkeypatch.context() as small:
        small.setattr("catalog.messages.MAX_JSON", 10)
        with pytest.raises(UserError, match="More than"):
            link.ask("count", "x" * 20)
    assert link.ask("count") == 3
    link.close()
