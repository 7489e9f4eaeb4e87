"""The owner of a store answers for other processes: each message asks for one operation of its storage.

    -> {"schema", "engine", "format", "space": {...}, "secret"}     first; the secret only on loopback
    <- {"place"}, or {"differs": what}
    -> ["list", operation, ["tuple", argument, ...]]
    <- {"value"}, {"error"} or {"bug": traceback}

Each connection has a thread. Their calls take turns on the thread of the engine, so that nobody waits for more than one
call of each other.
"""

import hmac
import logging
import selectors
import socket
import threading
import traceback
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from catalog import addresses, wire
from catalog.description import FORMAT, Space, engine_version
from catalog.messages import MAX_GREETING, BrokenConnectionError, Ended, TooLargeError, receive, send
from catalog.storage import Storage
from catalog.store import StoreDirectory
from polymuse.errors import UnavailableError, UserError

OPERATIONS = frozenset(name for name in vars(Storage) if not name.startswith("_")) - {"close"}
MAX_CLIENTS = 256  # connections
GREETING_SECONDS = 5.0
CHECK_SECONDS = 1.0  # between looks whether the socket is still there
GRACE_SECONDS = 10.0  # for answers in progress when the owner leaves

logger = logging.getLogger(__name__)


def greeting(space: Space) -> dict[str, Any]:
    """What two processes must agree in to share a store."""
    return {"schema": wire.schema(), "engine": engine_version(), "format": FORMAT, "space": asdict(space)}


class OwnerSocket:
    """Answers for `storage`, which lies in `directory`, until `close`."""

    def __init__(self, storage: Storage, directory: StoreDirectory) -> None:
        """Raises OSError if there is no place for a socket, and UnavailableError if the address cannot be written."""
        self._storage = storage
        self._directory = directory
        self._greeting = greeting(directory.space)
        self._listener, self._address = addresses.bind(directory.path)
        self._closing = threading.Event()
        self._alarm, self._waker = socket.socketpair()
        self._clients: dict[threading.Thread, socket.socket] = {}
        try:
            directory.announce(self._address)
        except BaseException:
            for each in (self._listener, self._alarm, self._waker):
                each.close()
            raise
        self._thread = threading.Thread(target=self._accept, name="store-owner", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish the answers in progress, and let all others go."""
        self._closing.set()
        self._waker.close()
        self._thread.join()
        self._alarm.close()
        self._listener.close()
        if "unix" in self._address:
            with suppress(OSError):
                Path(self._address["unix"]).unlink()
        for how, patience in ((socket.SHUT_RD, GRACE_SECONDS), (socket.SHUT_RDWR, GRACE_SECONDS)):
            for thread, connection in tuple(self._clients.items()):
                with suppress(OSError):  # it has left
                    connection.shutdown(how)
                thread.join(patience)

    def _accept(self) -> None:
        while True:
            with selectors.DefaultSelector() as waiting:
                waiting.register(self._listener, selectors.EVENT_READ)
                waiting.register(self._alarm, selectors.EVENT_READ)
                ready = waiting.select(CHECK_SECONDS)
            if self._closing.is_set():
                return
            if ready:
                self._admit_next()
            else:
                self._return()

    def _admit_next(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:  # it has left again
            return
        except OSError as error:  # too many open files
            logger.warning("another process cannot use the store: %s", error)
            self._closing.wait(CHECK_SECONDS)
            return
        if len(self._clients) >= MAX_CLIENTS:
            connection.close()
            return
        thread = threading.Thread(target=self._serve, args=(connection,), name="store-client", daemon=True)
        self._clients[thread] = connection
        thread.start()

    def _return(self) -> None:
        """Make the socket again if something has removed it."""
        if addresses.is_at(self._listener, self._address):
            return
        try:
            fresh = addresses.bind_unix(Path(self._address["unix"]))
        except OSError as error:
            logger.debug("no socket at %s: %s", self._address, error)
            return
        self._listener.close()
        self._listener = fresh

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                addresses.check_user(connection, self._directory.path)
                if self._admit(connection):
                    while True:
                        operation, arguments = _request(receive(connection))
                        self._answer(connection, operation, arguments)
        except Ended:
            pass
        except OSError as error:
            logger.debug("a process that used the store is gone: %s", error)
        finally:
            self._clients.pop(threading.current_thread(), None)

    def _admit(self, connection: socket.socket) -> bool:
        """Whether the other side fits and may ask."""
        hello = receive(connection, wait=GREETING_SECONDS, limit=MAX_GREETING)
        if not isinstance(hello, dict):
            raise BrokenConnectionError("it begins without a greeting")
        secret = self._address.get("secret", "")
        if not hmac.compare_digest(str(hello.pop("secret", "")).encode(), secret.encode()):
            raise BrokenConnectionError("it does not know the secret")
        differing = [name for name, value in self._greeting.items() if hello.get(name) != value]
        send(connection, {"differs": differing})
        return not differing

    def _answer(self, connection: socket.socket, operation: str, arguments: tuple[Any, ...]) -> None:
        try:
            answer = {"value": getattr(self._storage, operation)(*arguments)}
        except UserError as error:
            answer = {"error": error}
        except Exception as error:
            if self._closing.is_set():  # it is not answered; the other side repeats it
                raise ConnectionAbortedError("the store is closed") from error
            answer = {"bug": traceback.format_exc()}
        try:
            send(connection, answer)
        except TooLargeError as error:
            send(connection, {"error": UnavailableError(f"The answer is too large to share: {error}")})
        except TypeError:
            send(connection, {"bug": traceback.format_exc()})


def _request(message: Any) -> tuple[str, tuple[Any, ...]]:
    match message:
        case [str(operation), tuple(arguments)] if operation in OPERATIONS:
            return operation, arguments
    raise BrokenConnectionError("not a request")
