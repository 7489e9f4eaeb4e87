"""A folder that holds all playlists as M3U8 files, for other players.

A record in the folder says which files this program wrote, with the digest of each. A file that is not in it, or has
been changed since, is a stranger's: it is left alone, and the playlist gets a name with a number.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog.playlists.playlist import PlaylistHead
from catalog.validation import is_track_id
from polymuse.errors import UserError
from polymuse.file_names import file_name, same_file_name
from polymuse.files import write_atomically
from polymuse.parse_json import parse_json
from polymuse.paths import printable
from polymuse.permissions import directory_for_user, write_for_user

RECORD = ".polymuse-playlists.json"
SUFFIX = ".m3u8"

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Written:
    """What has become of the files of a folder."""

    written: list[str] = field(default_factory=list)  # names of files
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)  # names that a file of someone else has


def write_folder(
    folder: Path,
    playlists: Iterable[PlaylistHead],
    content: Callable[[PlaylistHead], bytes | None],
    *,
    dry_run: bool = False,
) -> Written:
    """Write each playlist, and remove the files of those that have gone. `content`: the file; None leaves it as it is.

    The folder is made if it is missing. Each file is replaced as a whole, and only if it changes. Raises UserError if
    the folder cannot be written; files that were written by then are complete and recorded.
    """
    done = Written()
    try:
        if not dry_run:
            directory_for_user(folder)  # other programs read it
        known = _read_record(folder / RECORD)
        record = dict(known)
        try:
            _write_all(folder, list(playlists), content, record, done, dry_run=dry_run)
        finally:
            if record != known and not dry_run:
                with write_atomically(folder / RECORD, "w") as file:
                    json.dump({"files": record}, file, indent=1)
    except OSError as error:
        raise UserError(
            f"The playlists cannot be written to {printable(folder)}: {error.strerror}",
            "Check the setting playlists_folder, permissions and free space of its disk.",
        ) from error
    return done


def _write_all(
    folder: Path,
    playlists: list[PlaylistHead],
    content: Callable[[PlaylistHead], bytes | None],
    record: dict[str, list[str]],
    done: Written,
    *,
    dry_run: bool,
) -> None:
    """`record` is {id: [name of its file, digest]}, and is kept up to date while files are written."""
    there = {same_file_name(path.name): path.name for path in folder.iterdir()} if folder.exists() else {}
    present = {head.id for head in playlists}
    for gone in [id_ for id_ in record if id_ not in present]:
        name, digest = record.pop(gone)
        if _is_ours(folder / name, digest):
            done.removed.append(name)
            there.pop(same_file_name(name), None)
            if not dry_run:
                (folder / name).unlink()
    taken: set[str] = set()
    for head in sorted(playlists, key=lambda head: (head.created, head.id)):  # older ones keep their names
        data = content(head)
        digest = "" if data is None else hashlib.sha256(data).hexdigest()
        before = record.get(head.id)
        # A file that is there as it would be written is ours, too: a full disk may have kept it from being recorded.
        name, is_new = _name(folder, head.name, (before or ["", ""], ["", digest]), there, taken, done)
        taken.add(same_file_name(name))
        if data is None:
            continue
        is_there = not is_new and _is_ours(folder / name, digest)
        (done.unchanged if is_there else done.written).append(name)
        if dry_run:
            continue
        if not is_there:
            with write_for_user(folder / name) as file:
                file.write(data)
        record[head.id] = [name, digest]
        if before is not None and before[0] != name and _is_ours(folder / before[0], before[1]):
            done.removed.append(before[0])  # it has been renamed
            (folder / before[0]).unlink()
            there.pop(same_file_name(before[0]), None)


def _name(
    folder: Path,
    title: str,
    ours: Iterable[Sequence[str]],
    there: Mapping[str, str],
    taken: set[str],
    done: Written,
) -> tuple[str, bool]:
    """The name of the file of a playlist, and whether there is no file of ours yet.

    `ours`: names and digests of files that are ours, with "" for any name.
    """
    for number in range(1, len(there) + len(taken) + 2):
        ending = f" ({number})" if number > 1 else ""
        name = file_name(title, f"{ending}{SUFFIX}")
        if same_file_name(name) in taken:
            continue
        if same_file_name(name) not in there:
            return name, True
        if any(own in ("", name) and digest and _is_ours(folder / name, digest) for own, digest in ours):
            return name, False
        done.strangers.append(name)
    raise AssertionError("one more name than files is free")


def _is_ours(path: Path, digest: str) -> bool:
    try:
        return not path.is_symlink() and hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except FileNotFoundError:
        return False
    except IsADirectoryError:
        return False


def _read_record(path: Path) -> dict[str, list[str]]:
    """{id: [name, digest]}; entries that are not ones are left out, as the file is where others can write."""
    try:
        stored = parse_json(path.read_bytes())
        files = stored["files"]
        return {
            id_: [name, digest]
            for id_, (name, digest) in files.items()
            if is_track_id(id_) and name == file_name(name.removesuffix(SUFFIX), SUFFIX) and isinstance(digest, str)
        }
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        logger.warning("%s is damaged; files that it named count as someone else's", printable(path))
        return {}
