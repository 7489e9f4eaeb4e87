"""Tracks whose files an earlier version has decoded otherwise: their analysis is repeated, that of others is kept.

Since version 2 of the reader of file tags, embedders get the plain mean of all channels at the rate of the file where
that differs (`models.audio.channel_mean`), and float files are not scaled. A track has the version of the reader that
saw its files last. Lossy music beyond full scale is not clipped any more either, but only decoding would show which
files exceed it: their vectors hardly change, and are kept.
"""

from pathlib import Path
from typing import Protocol

from models.audio.channel_mean import rate_of_mean
from models.audio.demux import AudioInput, open_audio
from polymuse.errors import BadAudioError

SINCE = 2  # version of the reader of file tags


class Versioned(Protocol):
    """A track, as it is stored or what is compared of it."""

    @property
    def tags_version(self) -> int: ...


def is_redecoded(audio: AudioInput) -> bool:
    """Whether earlier versions have decoded a file of this kind otherwise."""
    is_float = audio.codec.startswith("pcm_f")
    return is_float or (audio.sample_rate > 0 and rate_of_mean(audio.sample_rate, audio.channels) is not None)


def is_file_redecoded(path: Path) -> bool:
    """The same of a file; False if it cannot be read."""
    try:
        with open_audio(path) as audio:
            return is_redecoded(audio)
    except BadAudioError:
        return False


def was_decoded_before(track: Versioned) -> bool:
    """Whether an earlier version has seen the files of a track last."""
    return track.tags_version < SINCE
