"""Tags of MPEG-4 files, as iTunes and MusicBrainz Picard write them."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from mutagen import MutagenError
from mutagen.mp4 import MP4Tags
from mutagen.mp4._atom import AtomError, Atoms  # where its own MP4 class has it from; that class reads covers as well

from indexer.file_tags.names import meaning
from indexer.file_tags.values import Value, Values, collect
from indexer.file_tags.vorbis import utf8

ATOMS = {  # mutagen's key -> field; the free ones are in `names`
    "\xa9nam": "title",
    "\xa9ART": "artist",
    "\xa9alb": "album",
    "aART": "album_artist",
    "trkn": "track_number",
    "disk": "disc_number",
    "\xa9day": "date",
    "\xa9gen": "genre",  # mutagen converts the number of gnre
    "cpil": "compilation",
    "\xa9wrt": "composer",
    "tmpo": "bpm",
    "\xa9lyr": "lyrics",
    "\xa9cmt": "comment",
}
MAX_ATOM = 2**20  # bytes; longer ones are pictures
MAX_ATOMS = 1_000


def read_mp4(file: BinaryIO) -> Values:
    """The fields of moov.udta.meta.ilst."""
    try:
        atoms = Atoms(file)
    except AtomError as error:  # not one of its errors otherwise
        raise MutagenError(str(error)) from error
    items = atoms[b"moov.udta.meta.ilst"]
    children = [atom for atom in items.children or () if atom.length <= MAX_ATOM and atom.name != b"covr"]
    items.children = children[:MAX_ATOMS]
    return collect(found for key, value in MP4Tags(atoms, file).items() for found in _meanings(key, value))


def _meanings(key: str, value: Any) -> Iterator[tuple[str, int, Value]]:
    values = value if isinstance(value, list) else [value]
    if key.startswith("----:"):
        field = meaning(key.rpartition(":")[2])
        if field is not None:
            yield from ((field[0], field[1] + 1, utf8(bytes(each))) for each in values)
    elif key in ATOMS:
        yield from ((ATOMS[key], 0, _text(each)) for each in values)


def _text(value: Any) -> str:
    """The text of a value: pairs are a number and how many there are, and 0 means none."""
    if isinstance(value, tuple):
        return str(value[0] or "")
    if isinstance(value, int):  # cpil is a bool
        return str(int(value) or "")
    return str(value)
