"""The orders of a list of tracks. Nothing heavy is imported: `polymuse --help` reads it."""

from enum import StrEnum


class Order(StrEnum):
    """What a list is ordered by."""

    ARTIST = "artist"
    TITLE = "title"
    YEAR = "year"
    ADDED = "added"
    BPM = "bpm"
    KEY = "key"
    LOUDNESS = "loudness"
    ENERGY = "energy"
    LENGTH = "length"
    PATH = "path"
