"""Errors meant for people. Everything else that is raised is a bug and keeps its traceback.

All of them, each with the package that defines it, the exit code of the command line, the HTTP status and the kind:

    UserError                     polymuse    2     400   usage
        BadAudioError             polymuse    1     422   bad-audio
            TooShortError         polymuse    1     422   bad-audio
            UnreadableError       polymuse    1     422   bad-audio
        BadExportError            catalog     1     422   bad-export
        BadPictureError           polymuse    1     422   bad-picture
        BadPlaylistFileError      catalog     1     422   bad-playlist
        BadScoreError             polymuse    1     422   bad-score
        ForbiddenError            search_api  2     403   forbidden
        IncompleteError           cli         1     409   incomplete
        InvalidEntryError         catalog     1     422   invalid-entry
        MalformedError            search_api  2     400   bad-request
        MisdirectedError          search_api  2     421   misdirected
        NoSpaceError              search_api  2     507   no-space
        NotAFolderError           indexer     2     422   not-a-folder
        NotFoundError             polymuse    2     404   not-found
        OutsideRootsError         indexer     2     403   forbidden
        PlaylistConflictError     catalog     1     409   playlist-changed
        PlaylistError             catalog     2     422   bad-playlist
        RefusedError              indexer     1     422   tags-refused
            UnsupportedError      indexer     1     422   tags-refused
        RetryableError            search_api  2     400   usage
            BusyError             search_api  2     429   busy
            SlowError             search_api  2     503   timeout
            StartingError         search_api  2     503   starting
            TooManyAttemptsError  search_api  2     429   too-many-attempts
        TheirsError               players     1     409   playlist-changed
        UnauthorizedError         search_api  2     401   unauthorized
        UnavailableError          polymuse    3     503   unavailable
            DamagedError          catalog     3     503   unavailable
            InUseError            catalog     3     503   unavailable
            MismatchError         models      3     503   unavailable
            MissingWeightsError   polymuse    3     503   weights-missing
            NoPicturesError       models      3     503   pictures-unavailable
            PlayerError           players     3     503   unavailable
            TooLittleMemoryError  models      3     503   unavailable
"""

from typing import ClassVar


class UserError(Exception):
    """Shown to people as one line, without a traceback: what is wrong, then what to do about it.

    `message` states the problem and what is allowed, `advice` the next step.
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
    """A named track, stem or file does not exist."""

    kind: ClassVar[str] = "not-found"
    http_status: ClassVar[int] = 404


class BadAudioError(UserError):
    """A file without usable audio; the run continues without it."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "bad-audio"
    http_status: ClassVar[int] = 422


class TooShortError(BadAudioError):
    """Audio that is sound but too short to be analysed, such as a jingle; it is counted, and no failure."""


class UnreadableError(BadAudioError):
    """The disk or the connection has failed, or the file is out of reach: no verdict on its audio."""


class BadScoreError(UserError):
    """A file that is no score, or one without a note that can be read; the run continues without it."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "bad-score"
    http_status: ClassVar[int] = 422


class BadPictureError(UserError):
    """A file that is no picture, or one that cannot be described."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "bad-picture"
    http_status: ClassVar[int] = 422


class UnavailableError(UserError):
    """The store or the weights cannot be used."""

    exit_code: ClassVar[int] = 3
    kind: ClassVar[str] = "unavailable"
    http_status: ClassVar[int] = 503


class MissingWeightsError(UnavailableError):
    """Weights are not on this machine, or damaged, and can be downloaded."""

    kind: ClassVar[str] = "weights-missing"
