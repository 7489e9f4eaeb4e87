"""Track ids: two files with the same compressed audio are the same track."""

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path

from indexer.redecoding import is_redecoded
from models.audio.demux import Length, open_audio
from polymuse.errors import BadAudioError
from polymuse.paths import printable

NAMESPACE = uuid.UUID("5f6d1c0e-3f0b-5b0e-9a52-6b7d3c1f4e88")  # of this project; changing it re-indexes every library
MAX_SECONDS = 30 * 86_400.0  # a header that claims more is damaged


@dataclass(frozen=True, slots=True)
class Identity:
    """What the packets of a file say, without decoding them."""

    track_id: str
    seconds: float | None  # the length of the whole file; None if it is unknown
    redecoded: bool = False  # as in `indexer.redecoding`


def identify(path: Path) -> Identity:
    """The track id: uuid5 over the compressed packets of the main audio stream; nothing is decoded.

    Renaming, moving, retagging and changing the cover do not change it. Codec parameters other than name, rate and
    channels are left out: the extradata of Ogg Vorbis contains the comments. The length is the sum of the packets where
    they have one, else what the header claims, which is an estimate in some MP3 files. Raises BadAudioError without
    packets.
    """
    digest = hashlib.sha256()
    found, length = False, Length()
    with open_audio(path) as audio:
        digest.update(f"{audio.codec} {audio.sample_rate} {audio.channels}\n".encode())
        for packet in audio.packets():
            if packet is not None:
                found = True
                digest.update(packet)
                length.add(packet)
        seconds = length.seconds or audio.seconds or 0.0
        redecoded = is_redecoded(audio)
    if not found:
        raise BadAudioError(f"{printable(path)}: contains no audio data", "Restore it from a copy, or leave it out")
    known_seconds = seconds if 0 < seconds <= MAX_SECONDS else None
    return Identity(str(uuid.uuid5(NAMESPACE, digest.hexdigest())), known_seconds, redecoded)


def track_id(path: Path) -> str:
    """The track id of a file, as `identify` finds it."""
    return identify(path).track_id
