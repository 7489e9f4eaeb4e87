"""Audio files -> compressed packets of their main audio stream, through the FFmpeg inside PyAV's wheels."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from models.audio.trailing_tags import AudioPart
from polymuse.errors import BadAudioError
from polymuse.paths import printable

READ_BUFFER = 262_144  # bytes that FFmpeg asks Python for at once
MAX_READ_ERRORS = 64  # in a row, before the rest of a file is given up
ENCRYPTED_TAGS = {"drms", "enca", "aavd"}  # MP4 sample entries of protected audio: iTunes, common encryption, Audible
CONVERT_ADVICE = "Convert it to a common format such as FLAC or MP3, or leave it out"


@contextmanager
def open_audio(path: Path, *, trailing_tags: bool = False) -> Iterator[tuple[InputContainer, AudioStream]]:
    """The demuxer of a file and its main audio stream. Raises BadAudioError when there is none.

    The file is read through a Python file object and FFmpeg may open nothing else: a playlist in disguise cannot
    reach other files or the network, and file names need not be text. Tags behind the audio are hidden from it
    unless asked for. Read errors in the body of the `with` are told as BadAudioError too.
    """
    try:
        if not _regular_size(path):
            raise BadAudioError(f"{printable(path)}: the file is empty", "Restore it from a copy, or leave it out")
        with path.open("rb") as file, _open_container(path, file if trailing_tags else AudioPart(file)) as container:
            yield container, _main_stream(path, container)
    except OSError as error:
        raise _unreadable(path, error) from error


def packets(container: InputContainer, stream: AudioStream) -> Iterator[av.Packet | None]:
    """The compressed packets of the stream in order; None in the place of what could not be read."""
    errors = 0
    while errors < MAX_READ_ERRORS:
        try:
            for packet in container.demux(stream):
                errors = 0
                if packet.size:  # an empty packet would tell the decoder that the file ends
                    yield packet
            return
        except FFmpegError:
            errors += 1
            yield None


def _regular_size(path: Path) -> int:
    """Bytes. Opening a pipe would wait for its other end."""
    status = path.stat()
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise BadAudioError(f"{printable(path)}: is a device or a pipe, not a file", "Leave it out")
    return status.st_size


def _open_container(path: Path, file: BinaryIO | AudioPart) -> InputContainer:
    try:
        return av.open(
            file,
            mode="r",
            metadata_errors="replace",  # tags in old encodings must not stop the audio
            buffer_size=READ_BUFFER,
            options={"protocol_whitelist": "none"},
        )
    except FFmpegError as error:
        raise BadAudioError(
            f"{printable(path)}: not audio, damaged at the start, or in an unknown format", CONVERT_ADVICE
        ) from error


def _main_stream(path: Path, container: InputContainer) -> AudioStream:
    """The stream that FFmpeg would play: the default one if marked, else the one with the most audio."""
    try:
        stream = container.streams.best("audio")
    except IndexError:  # PyAV knows the streams of the start; in a damaged file FFmpeg finds more of them later
        stream = None
    if not isinstance(stream, AudioStream):
        kinds = sorted({s.type for s in container.streams if s.type})
        if "audio" in kinds:
            raise BadAudioError(f"{printable(path)}: its audio is damaged beyond recognition", CONVERT_ADVICE)
        only = f", only {', '.join(kinds)}" if kinds else ""
        raise BadAudioError(f"{printable(path)}: holds no audio{only}", "Leave it out")
    if stream.codec_context is None:
        raise BadAudioError(f"{printable(path)}: its audio codec cannot be decoded here", CONVERT_ADVICE)
    if stream.codec_context.codec_tag in ENCRYPTED_TAGS:
        raise BadAudioError(f"{printable(path)}: the audio is encrypted", "Get a copy without copy protection")
    return stream


def _unreadable(path: Path, error: OSError) -> BadAudioError:
    shown = printable(path)
    if isinstance(error, FileNotFoundError):
        return BadAudioError(f"{shown}: the file is not there", "It was moved or deleted; index its folder again")
    if isinstance(error, PermissionError):
        return BadAudioError(f"{shown}: no permission to read the file", "Give your user read access to it")
    if isinstance(error, IsADirectoryError):
        return BadAudioError(f"{shown}: is a directory, not a file", "Name the files inside it")
    return BadAudioError(f"{shown}: cannot be read ({error.strerror or error})", "Check the disk or the connection")
