"""Demuxes audio files with FFmpeg, through PyAV: headers, and the packets and frames of the main audio stream.

PyAV parses header fields when a property is read, and damaged ones raise arbitrary errors: UnicodeDecodeError,
OverflowError, KeyError. So its properties are read only in this module.
"""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from models.audio.filetypes import MAGIC_BYTES, extension, looks_like_picture
from models.audio.trailing_tags import AudioPart
from models.score_suffix import score_suffix
from polymuse.errors import BadAudioError, UnreadableError
from polymuse.paths import printable

READ_BUFFER = 262_144  # bytes that FFmpeg reads at once
MAX_STREAMS = 200  # each takes 200 kB, and 26 bytes of a file; a recording of all programs of a transmitter has 100
MAX_READ_ERRORS = 64  # in a row, before the rest of a file is skipped
MAX_PACKET_SECONDS = 60.0  # longer ones are damage, or the first packet of Ogg Vorbis, where FFmpeg's number wraps
MAX_ADX_RATE = (2**31 - 1) // (2 * 18 * 8)  # Hz; blocks of two channels have 18 * 8 bits each
ENCRYPTED_TAGS = {"drms", "enca", "aavd"}  # MP4 sample entries of protected audio: iTunes, common encryption, Audible
# FFmpeg's names of the containers of audio, and of video with sound. A file is recognised by its content, whatever its
# name says: as subtitles, a playlist or a list of tags as well, if they were not left out
DEMUXERS = (
    "aac,ac3,adx,aiff,amr,amrnb,amrwb,ape,asf,asf_o,au,avi,caf,dsf,dts,dtshd,eac3,flac,flv,iff,loas,matroska,mlp,mov,"
    "mp3,mpc,mpc8,mpeg,mpegts,nut,ogg,oma,qoa,rm,shn,swf,tak,truehd,tta,voc,w64,wav,wv"
)
CONVERT_ADVICE = "Convert it to a common format such as FLAC or MP3, or leave it out"
# What damaged headers raise in Python; a MemoryError while packets are read is not caused by the file
HEADER_ERRORS = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RuntimeError)


class AudioInput:
    """An open audio file. The constructor and all methods raise BadAudioError for an invalid header."""

    def __init__(self, path: Path, container: InputContainer) -> None:
        self._path = path
        self._container = container
        with _reading_header(path):
            self._stream = _main_stream(path, container)
            context = self._stream.codec_context
            self.codec = context.codec.canonical_name  # FFmpeg's name: mp3, vorbis, pcm_s16le
            self.sample_rate = context.sample_rate  # Hz
            self.channels = context.channels
            self.seconds = container.duration / 1e6 if container.duration else None  # claimed, in microseconds

    def packets(self) -> Iterator[av.Packet | None]:
        """The compressed packets in order; None for a packet that could not be read."""
        return _packets(self._container, self._stream)

    def frames(self) -> Iterator[av.AudioFrame | None]:
        """The decoded frames in order; None for what could not be read or decoded."""
        for packet in self.packets():
            if packet is None:
                yield None
            else:
                yield from self._decoded(packet)
        yield from self._decoded(None)  # the frames that the decoder still buffers

    def tags(self) -> dict[str, str]:
        """{name as in the file: value}; tags of the container override those of the stream."""
        with _reading_header(self._path):
            return {**self._stream.metadata, **self._container.metadata}

    def pictures(self) -> Iterator[bytes]:
        """The attached pictures."""
        with _reading_header(self._path):
            pictures = [s for s in self._container.streams.video if s.disposition & Disposition.attached_pic]
        for stream in pictures:
            packet = next((packet for packet in _packets(self._container, stream) if packet is not None), None)
            if packet is not None:
                yield bytes(packet)

    def _decoded(self, packet: av.Packet | None) -> Iterator[av.AudioFrame | None]:
        try:
            yield from self._stream.decode(packet)
        except (FFmpegError, *HEADER_ERRORS):
            yield None


class Length:
    """The length of a stream, as the sum of its packets."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._known = True

    @property
    def seconds(self) -> float | None:
        """None if a packet had no plausible duration."""
        return self._seconds if self._known and self._seconds else None

    def add(self, packet: av.Packet) -> None:
        """Count a packet."""
        base = packet.time_base
        # Not their product: fractions take longer than reading the packet
        seconds = packet.duration * base.numerator / base.denominator if packet.duration and base else 0.0
        self._known = self._known and 0 < seconds <= MAX_PACKET_SECONDS
        self._seconds += seconds


@contextmanager
def open_audio(path: Path, *, trailing_tags: bool = False) -> Iterator[AudioInput]:
    """Opens the main audio stream of a file. Raises BadAudioError if there is none.

    The file is read through a Python file object and FFmpeg may open nothing else: a disguised playlist cannot reach
    other files or the network, and file names need not be valid UTF-8. Tags after the audio are hidden from FFmpeg
    unless `trailing_tags`. Read errors in the body of the `with` become BadAudioError too.
    """
    try:
        if not _regular_size(path):
            raise BadAudioError(f"{printable(path)}: the file is empty", "Restore it from a copy, or leave it out")
        with path.open("rb") as file:
            part = AudioPart(file, trailing_tags=trailing_tags)
            try:
                with _open_container(path, part) as container:
                    part.opened(container.format.name)
                    yield AudioInput(path, container)
            finally:
                part.check()  # FFmpeg takes a failed read for damage or for the end
    except OSError as error:
        raise _unreadable(path, error) from error


def _packets(container: InputContainer, stream: AudioStream | VideoStream) -> Iterator[av.Packet | None]:
    errors = 0
    while errors < MAX_READ_ERRORS:
        try:
            for packet in container.demux(stream):
                errors = 0
                if packet.size:  # an empty packet would tell the decoder that the file ends
                    yield packet
            return
        except (FFmpegError, *HEADER_ERRORS):
            errors += 1
            yield None


@contextmanager
def _reading_header(path: Path) -> Iterator[None]:
    try:
        yield
    except (FFmpegError, MemoryError, *HEADER_ERRORS) as error:
        raise BadAudioError(
            f"{printable(path)}: its header is damaged ({type(error).__name__})", CONVERT_ADVICE
        ) from error


def _regular_size(path: Path) -> int:
    """The size of a file in bytes. Raises BadAudioError for a pipe, which would block when it is opened."""
    status = path.stat()
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise BadAudioError(f"{printable(path)}: is a device or a pipe, not a file", "Leave it out")
    return status.st_size


def _open_container(path: Path, file: AudioPart) -> InputContainer:
    _check_adx(path, file)
    try:
        return av.open(
            file,
            mode="r",
            metadata_errors="replace",  # tags in old encodings must not stop the audio
            buffer_size=READ_BUFFER,
            options={"protocol_whitelist": "none", "format_whitelist": DEMUXERS, "max_streams": str(MAX_STREAMS)},
        )
    except (FFmpegError, MemoryError, *HEADER_ERRORS) as error:
        cause, advice = _not_audio(path)
        raise BadAudioError(f"{printable(path)}: {cause}", advice) from error


def _not_audio(path: Path) -> tuple[str, str]:
    """What a file is that FFmpeg does not take for audio, and advice. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(MAGIC_BYTES)
    if looks_like_picture(head):
        return "a picture, not audio", "Search by it with --picture (over HTTP: /v1/caption), or leave it out"
    if score_suffix(path, ()) is not None:
        return "a score, not audio", "Index scores with --scores, or leave it out"
    return "not audio, damaged at the start, or in an unknown format", CONVERT_ADVICE


def _check_adx(path: Path, file: AudioPart) -> None:
    """Rejects what libavcodec 62 rejects in `avpriv_adx_decode_header`, after which its decoder divides by zero."""
    head = file.read(12)
    rate = int.from_bytes(head[8:12])  # Hz
    supported = head[4:7] == b"\x03\x12\x04" and head[7:8] in (b"\1", b"\2") and 0 < rate <= MAX_ADX_RATE
    file.seek(int.from_bytes(head[2:4]) - 2)
    signed = file.read(6) == b"(c)CRI"
    file.seek(0)
    if head.startswith(b"\x80\0") and (signed or extension(path.name) == "adx") and not (signed and supported):
        raise BadAudioError(f"{printable(path)}: its ADX header is damaged or of an unknown kind", CONVERT_ADVICE)


def _main_stream(path: Path, container: InputContainer) -> AudioStream:
    """The stream that FFmpeg would play: the default one if marked, else the one with the most audio."""
    try:
        stream = container.streams.best("audio")
    except IndexError:  # PyAV lists the streams at the start; FFmpeg may find more of them later in a damaged file
        stream = None
    if not isinstance(stream, AudioStream):
        kinds = sorted({s.type for s in container.streams if s.type})
        if "audio" in kinds:
            raise BadAudioError(f"{printable(path)}: its audio is damaged beyond recognition", CONVERT_ADVICE)
        only = f", only {', '.join(kinds)}" if kinds else ""
        raise BadAudioError(f"{printable(path)}: holds no audio{only}", "Leave it out")
    if stream.codec_context is None:
        raise BadAudioError(f"{printable(path)}: its audio codec cannot be decoded here", CONVERT_ADVICE)
    if _codec_tag(stream) in ENCRYPTED_TAGS:
        raise BadAudioError(f"{printable(path)}: the audio is encrypted", "Get a copy without copy protection")
    return stream


def _codec_tag(stream: AudioStream) -> str:
    """The fourcc of the codec; "" if it is not text, as in WAV and AVI with AAC (0xFF) or FLAC (0xF1AC)."""
    try:
        return stream.codec_context.codec_tag
    except UnicodeDecodeError:  # PyAV decodes the number as ASCII
        return ""


def _unreadable(path: Path, error: OSError) -> BadAudioError:
    shown = printable(path)
    if isinstance(error, FileNotFoundError):
        return UnreadableError(f"{shown}: the file is not there", "It was moved or deleted; index its folder again")
    if isinstance(error, PermissionError):
        return UnreadableError(f"{shown}: no permission to read the file", "Give your user read access to it")
    if isinstance(error, IsADirectoryError):
        return BadAudioError(f"{shown}: is a directory, not a file", "Name the files inside it")
    return UnreadableError(f"{shown}: cannot be read ({error.strerror or error})", "Check the disk or the connection")
