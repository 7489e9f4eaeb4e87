"""Short audio files whose tags are written by mutagen, byte by byte, or by FFmpeg."""

import functools
import struct
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from mutagen.apev2 import APEv2
from mutagen.asf import ASF
from mutagen.flac import FLAC
from mutagen.id3 import ID3, Frame
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from tests.helpers.audio_files import encode, sweep

CODECS = {
    "mp3": "libmp3lame",
    "flac": "flac",
    "ogg": "vorbis",
    "opus": "libopus",
    "m4a": "aac",
    "wma": "wmav2",
    "wav": "pcm_s16le",
    "aiff": "pcm_s16be",
    "wv": "wavpack",
    "mka": "flac",
}


def audio(path: Path, tags: Mapping[str, str] | None = None) -> Path:
    """Writes a tenth of a second in the format of the extension; without `tags` there is no tag in it."""
    path.write_bytes(_audio(path.suffix[1:], tuple((tags or {}).items())))
    return path


@functools.cache
def _audio(suffix: str, tags: tuple[tuple[str, str], ...]) -> bytes:
    rate = 48_000 if suffix == "opus" else 44_100
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"a.{suffix}"
        sample_format = "s16p" if suffix == "wv" else None
        bit_rate = 128_000 if suffix == "wma" else None
        signal = sweep(0.1, rate)
        encode(path, CODECS[suffix], signal, rate, sample_format=sample_format, bit_rate=bit_rate, tags=dict(tags))
        data = path.read_bytes()
    if suffix == "mp3" and not tags:  # the muxer writes a tag in any case
        data = data[10 + sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True)) :]
    return data


def vorbis(path: Path, *comments: tuple[str, str]) -> Path:
    """A FLAC, Ogg Vorbis or Opus file with these comments."""
    file = {".flac": FLAC, ".ogg": OggVorbis, ".opus": OggOpus}[path.suffix](audio(path))
    if file.tags is None:
        file.add_tags()
    file.tags[:] = comments  # type: ignore[index]  # a list of pairs
    file.save()
    return path


def id3(path: Path, *frames: Frame, version: int = 4, v1: bool = False) -> Path:
    """An MP3 file, or any other, with a tag of version 2.3 or 2.4 in front."""
    if not path.exists():
        audio(path)
    tag = ID3()
    for frame in frames:
        tag.add(frame)
    if version == 3:
        tag.update_to_v23()
    tag.save(path, v2_version=version, v1=2 if v1 else 0, v23_sep="/")
    return path


def ape(path: Path, **items: str) -> Path:
    """An MP3 or WavPack file with an APEv2 tag at its end."""
    if not path.exists():
        audio(path)
    tag = APEv2()
    for name, value in items.items():
        tag[name.replace("_", " ")] = value
    tag.save(path)
    return path


def mp4(path: Path, atoms: Mapping[str, object]) -> Path:
    file = MP4(audio(path))
    for name, value in atoms.items():
        file[name] = value
    file.save()
    return path


def asf(path: Path, attributes: Mapping[str, object]) -> Path:
    file = ASF(audio(path))
    for name, value in attributes.items():
        file[name] = value
    file.save()
    return path


def id3v1(title: bytes, artist: bytes = b"", album: bytes = b"", genre: int = 255) -> bytes:
    """The 128 bytes at the end of a file."""
    fields = b"".join(text[:30].ljust(30, b"\0") for text in (title, artist, album))
    return b"TAG" + fields + bytes(4) + bytes(30) + bytes([genre])


def id3v2(*frames: bytes, version: int = 3, flags: int = 0) -> bytes:
    """A tag made of ready frames."""
    body = b"".join(frames)
    return b"ID3" + bytes([version, 0, flags]) + synchsafe(len(body)) + body


def frame(name: str, content: bytes, *, version: int = 3, flags: int = 0, size: int | None = None) -> bytes:
    length = len(content) if size is None else size
    stored = synchsafe(length) if version == 4 else struct.pack(">I", length)
    return name.encode() + stored + bytes([0, flags]) + content


def synchsafe(number: int) -> bytes:
    """A size in four bytes with seven bits each."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def riff(path: Path, *chunks: tuple[bytes, bytes]) -> Path:
    """A WAV file with chunks behind its audio."""
    data = audio(path).read_bytes()
    extra = b"".join(name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2) for name, body in chunks)
    path.write_bytes(data[:4] + struct.pack("<I", len(data) + len(extra) - 8) + data[8:] + extra)
    return path


def info(**texts: bytes) -> tuple[bytes, bytes]:
    """A list of type INFO, as a chunk for `riff`."""
    parts = (
        name.encode() + struct.pack("<I", len(text) + 1) + text + b"\0" * (2 - len(text) % 2)
        for name, text in texts.items()
    )
    return b"LIST", b"INFO" + b"".join(parts)


def id3_bytes(*frames: Frame) -> bytes:
    """A tag of version 2.4 as bytes."""
    tag, file = ID3(), BytesIO()
    for each in frames:
        tag.add(each)
    tag.save(file, v1=0)
    return file.getvalue()
