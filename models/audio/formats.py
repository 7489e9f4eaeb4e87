"""Formats of audio output. Light to import: the command line lists them as choices."""

from enum import StrEnum


class AudioFormat(StrEnum):
    """A container and a sample format."""

    WAV = "wav"  # 32-bit float: keeps what exceeds full scale
    WAV16 = "wav16"  # 16-bit integers
    WAV24 = "wav24"  # 24-bit integers
    FLAC = "flac"  # 24-bit integers, losslessly compressed

    @property
    def suffix(self) -> str:
        return ".flac" if self is AudioFormat.FLAC else ".wav"

    @property
    def bits(self) -> int | None:
        """The width of an integer sample; None for float."""
        return {AudioFormat.WAV: None, AudioFormat.WAV16: 16}.get(self, 24)
