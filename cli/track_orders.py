"""The orders of a list of tracks. Nothing heavy is imported: `polymuse --help` reads it."""

from enum import StrEnum


class Order(StrEnum):
    """What a list is ordered by: the rows of `catalog.orders`, and the paths."""

    ARTIST = "artist"
    TITLE = "title"
    ALBUM = "album"
    YEAR = "year"
    ADDED = "added"
    PLAYED = "played"
    PLAYS = "plays"
    BPM = "bpm"
    KEY = "key"
    LOUDNESS = "loudness"
    ENERGY = "energy"
    DURATION = "duration"
    LENGTH = "length"
    RANDOM = "random"
    PATH = "path"
