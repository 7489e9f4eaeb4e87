"""Errors meant for people. Everything else that is raised is a bug and keeps its traceback."""

from typing import ClassVar


class UserError(Exception):
    """Shown to people as one line, without a traceback: what is wrong, then what to do about it.

    `message` says what is wrong and what is allowed, `advice` what to do next.
    """

    exit_code: ClassVar[int] = 2  # status of the command line
    kind: ClassVar[str] = "usage"  # last part of the problem `type` over HTTP
    http_status: ClassVar[int] = 400

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message, advice)  # both in args, so that the error survives pickling between processes
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message.rstrip('.')}. {self.advice}" if self.advice else self.message


class NotFoundError(UserError):
    """A track, stem or file that is named but not there."""

    kind: ClassVar[str] = "not-found"
    http_status: ClassVar[int] = 404


class BadAudioError(UserError):
    """A file that yields no usable audio; the run goes on without it."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "bad-audio"
    http_status: ClassVar[int] = 422


class UnavailableError(UserError):
    """The store or the weights cannot be used."""

    exit_code: ClassVar[int] = 3
    kind: ClassVar[str] = "unavailable"
    http_status: ClassVar[int] = 503
