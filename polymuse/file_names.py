"""Names that become files and folders: of the music itself, of imported libraries, of other programs."""

import os
import re
import unicodedata

MAX_BYTES = 255  # of most file systems

# What Windows, exFAT and shared folders refuse, and characters that are not shown
_REFUSED = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff<>:"/\\\\|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE | re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


def file_name(name: str, suffix: str = "") -> str:
    """A name for a new file or folder that ends with the suffix, which every system can store.

    Characters that some system refuses become `_`, and so do the dots and spaces at either end where they would hide
    the file, lead to another folder or be cut off. The name is shortened at a character to what disks take.
    """
    safe = _REFUSED.sub("_", name).strip()
    if safe.startswith("."):
        safe = f"_{safe[1:]}"
    if _DEVICES.fullmatch(safe):
        safe = f"_{safe}"
    room = MAX_BYTES - len(os.fsencode(suffix))
    while len(os.fsencode(safe)) > room:
        safe = safe[:-1]
    if not suffix and safe != safe.rstrip(". "):
        safe = f"{safe.rstrip('. ')}_"
    return (safe or "_") + suffix


def same_file_name(name: str) -> str:
    """A key that two names share if some file system takes them for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_plain(name: object) -> bool:
    """Whether a name from another program is a text that can be part of a path anywhere: letters, digits, _ and -."""
    return isinstance(name, str) and _PLAIN.fullmatch(name) is not None
