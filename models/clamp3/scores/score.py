"""What reading a score gives."""

from dataclasses import dataclass

MEGABYTE = 10**6


@dataclass(frozen=True, slots=True)
class Reading:
    """A score as text."""

    text: str  # MIDI messages as lines, or interleaved ABC
    format: str  # "midi", "abc" or "musicxml"
    title: str = ""  # one clean line
    composer: str = ""  # the same
    has_notes: bool = True
    remarks: tuple[str, ...] = ()  # what was read leniently, or left out
