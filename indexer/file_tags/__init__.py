"""Tags of audio files, such as title and artist."""

from indexer.file_tags.reading import read_tags
from indexer.file_tags.tag_info import TAGS_VERSION, TagInfo

__all__ = ["TAGS_VERSION", "TagInfo", "read_tags"]
