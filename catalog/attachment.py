"""A connection to the owner of a store, over which its operations are asked for one at a time."""

from pathlib import Path
from typing import Any

from catalog import addresses
from catalog.messages import BrokenConnectionError, TooLargeError, receive, send
from catalog.owner import Owner
from catalog.owner_socket import greeting
from catalog.store import Space
from polymuse.errors import UnavailableError, UserError

ANSWER_SECONDS = 120.0  # of the slowest operation, and of all those before it
GREETING_SECONDS = 10.0
VERSIONS = {
    "schema": "another version of polymuse",
    "engine": "another version of qdrant-edge-py",
    "format": "a version of polymuse with another format of the store",
    "space": "another version of the model",
}


class Attachment:
    """An open connection, for one call at a time; `usable` until a call is not answered."""

    def __init__(self, path: Path, space: Space, owner: Owner) -> None:
        """Attach to the owner of the store `path`.

        Raises OSError if it does not answer, and UnavailableError if it runs another version.
        """
        if owner.address is None:
            raise ConnectionRefusedError("it does not answer yet")
        self._owner = owner
        self.usable = True
        self._socket = addresses.connect(owner.address, path)
        try:
            self._greet(space)
        except BaseException:
            self.close()
            raise

    def ask(self, operation: str, *arguments: Any) -> Any:
        """The result of an operation of `Storage`.

        Raises what it raises there, and OSError if the owner is gone, in which case it may have been carried out.
        """
        self.usable = False
        try:
            send(self._socket, [operation, arguments])
            answer = receive(self._socket, wait=ANSWER_SECONDS)
        except TimeoutError as error:
            raise UnavailableError(
                f"The store is in use by {self._owner.name}, which has not answered for {ANSWER_SECONDS:.0f} seconds",
                "Wait until it is less busy, or stop it.",
            ) from error
        except TooLargeError as error:
            raise UserError(f"More than the process that has the store open can take at once: {error}") from error
        self.usable = True
        match answer:
            case {"value": value}:
                return value
            case {"error": UserError() as error}:
                raise error
            case {"bug": str(trace)}:
                raise RuntimeError(f"in {self._owner.name}:\n{trace}")
        raise BrokenConnectionError("not an answer")

    def close(self) -> None:
        """Leave the owner. May be called more than once."""
        self._socket.close()

    def _greet(self, space: Space) -> None:
        secret = (self._owner.address or {}).get("secret")
        send(self._socket, greeting(space) | ({} if secret is None else {"secret": secret}))
        match receive(self._socket, wait=GREETING_SECONDS):
            case {"differs": []}:
                return
            case {"differs": [str(first), *_]}:
                raise UnavailableError(
                    f"The store is in use by {self._owner.name}, which runs {VERSIONS.get(first, first)}",
                    "Stop it, and start it with this version.",
                )
        raise BrokenConnectionError("not a greeting")
