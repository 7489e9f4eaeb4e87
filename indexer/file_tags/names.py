"""Names of tags in Vorbis comments, APEv2, Matroska, TXXX frames, free MP4 atoms and ASF, and the fields they mean.

The names are those that MusicBrainz Picard writes (https://picard-docs.musicbrainz.org/en/appendices/tag_mapping.html)
and others in common use. They are compared without case, spaces and punctuation, which differ between programs.
"""

# field -> names, the preferred one first
FIELDS = {
    "title": "title",
    "artist": "artist author",
    "artists": "artists",
    "album": "album albumtitle product",
    "album_artist": "albumartist albumartists",
    "track_number": "tracknumber track tracknum partnumber",
    "disc_number": "discnumber disc disk partofset",
    "date": "date year daterelease datereleased releasedate",
    "original_date": "originaldate originalyear originalreleasetime originalreleaseyear origyear",
    "genre": "genre",
    "compilation": "compilation itunescompilation iscompilation",
    "composer": "composer",
    "label": "label publisher organization organisation",
    "isrc": "isrc",
    "recording": "musicbrainztrackid musicbrainzrecordingid",
    "track": "musicbrainzreleasetrackid",
    "release": "musicbrainzalbumid",
    "release_group": "musicbrainzreleasegroupid",
    "artist_id": "musicbrainzartistid",
    "album_artist_id": "musicbrainzalbumartistid",
    "work": "musicbrainzworkid",
    "bpm": "bpm tempo beatsperminute tbpm",
    "key": "key initialkey tkey",
    "track_gain_db": "replaygaintrackgain",
    "track_peak": "replaygaintrackpeak",
    "album_gain_db": "replaygainalbumgain",
    "album_peak": "replaygainalbumpeak",
    "r128_track": "r128trackgain",
    "r128_album": "r128albumgain",
    "lyrics": "lyrics unsyncedlyrics unsynchronisedlyrics syncedlyrics lyricssynchronised",
    "comment": "comment description",
}
_MEANINGS = {name: (field, rank) for field, names in FIELDS.items() for rank, name in enumerate(names.split())}
MAX_NAME = 100  # characters


def meaning(name: str) -> tuple[str, int] | None:
    """The field that a name means, and the position of the name among those of the field; None for other names.

    >>> meaning("ALBUM ARTIST"), meaning("MusicBrainz Album Id"), meaning("WM/AlbumTitle"), meaning("YEAR")
    (('album_artist', 0), ('release', 0), ('album', 1), ('date', 1))
    >>> meaning("ENCODER")
    """
    folded = name[: MAX_NAME + 1].casefold().removeprefix("wm/")
    if len(folded) > MAX_NAME:
        return None
    if folded.startswith("lyrics-"):  # FFmpeg adds the language
        return "lyrics", 0
    return _MEANINGS.get("".join(character for character in folded if character.isalnum()))
