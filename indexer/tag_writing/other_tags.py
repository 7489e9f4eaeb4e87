"""Which fields the tags say that are never written: what a person wrote there is not contradicted elsewhere."""

from typing import BinaryIO

from indexer.file_tags.apev2 import apev2_names
from indexer.file_tags.chunks import read_info
from indexer.file_tags.reading import PARSER_ERRORS
from indexer.tag_writing.fields import GENRE, field_of


def apev2_fields(file: BinaryIO) -> frozenset[str]:
    """Those of an APEv2 tag at the end of a file."""
    try:
        return frozenset(map(field_of, apev2_names(file))) - {""}
    except PARSER_ERRORS:
        return frozenset()


def info_fields(file: BinaryIO) -> frozenset[str]:
    """Those of the texts in a WAV or AIFF file."""
    file.seek(0)
    try:
        return frozenset({GENRE} & read_info(file).keys())
    except PARSER_ERRORS:
        return frozenset()
