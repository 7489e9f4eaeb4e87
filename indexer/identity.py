"""Track ids: two files with the same compressed audio are the same track."""

import hashlib
import uuid
from pathlib import Path

from models.audio.demux import open_audio
from polymuse.errors import BadAudioError
from polymuse.paths import printable

NAMESPACE = uuid.UUID("5f6d1c0e-3f0b-5b0e-9a52-6b7d3c1f4e88")  # of this project; changing it re-indexes every library


def track_id(path: Path) -> str:
    """uuid5 over the compressed packets of the main audio stream; nothing is decoded.

    Renaming, moving, retagging and changing the cover do not change it. Codec parameters other than name, rate and
    channels are left out: the extradata of Ogg Vorbis contains the comments. Raises BadAudioError without packets.
    """
    digest = hashlib.sha256()
    found = False
    with open_audio(path) as audio:
        digest.update(f"{audio.codec} {audio.sample_rate} {audio.channels}\n".encode())
        for packet in audio.packets():
            if packet is not None:
                found = True
                digest.update(packet)
    if not found:
        raise BadAudioError(f"{printable(path)}: contains no audio data", "Restore it from a copy, or leave it out")
    return str(uuid.uuid5(NAMESPACE, digest.hexdigest()))
