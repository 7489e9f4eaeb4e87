"""The list of iTunes tags in MPEG-4 files. mutagen makes room for it and moves the offsets of the audio."""

import shutil
import struct
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, BinaryIO

from mutagen import MutagenError
from mutagen.mp4 import MP4Tags
from mutagen.mp4._atom import Atom, AtomError, Atoms  # where its own classes have them from

from indexer.file_tags.reading import PARSER_ERRORS
from indexer.tag_writing.digests import Digest
from indexer.tag_writing.fields import GAIN, MP4_ATOMS, MP4_FIELDS, MP4_FREE, PEAK, REPLAY_GAIN, field_of
from indexer.tag_writing.items import Item, RefusedError, TagArea, UnsupportedError

LIST = (b"moov", b"udta", b"meta", b"ilst")
ITUNES = "----:com.apple.iTunes:"
MOVING = {b"moof": "is in fragments", b"mfra": "is in fragments", b"iloc": "has pictures by their places"}
MOVING |= {b"saio": "is encrypted", b"sinf": "is encrypted"}  # atoms with places in the file that mutagen does not move
OFFSETS = {b"stco": ">I", b"co64": ">Q"}
ONCE = (b"moov", b"udta", b"meta", b"ilst")
MAX_ATOMS = 100_000
MAX_SHOWN = 2**16  # bytes of an atom with a field
NEW_PADDING = 1024  # bytes
HANDLER = b"\0" * 8 + b"mdirappl" + b"\0" * 9  # of tags that are new in their file


class Mp4:
    """See `items.Container`."""

    def read(self, file: BinaryIO) -> TagArea:
        atoms = _atoms(file)
        return TagArea("MP4", tuple(_item(raw) for raw in _items(file, atoms)))

    def render(self, kind: str, field: str, texts: Sequence[str]) -> tuple[bytes, ...]:  # noqa: ARG002
        return tuple(_Rendering().render(key, value) for key, value in _values(field, texts))

    def write(self, source: BinaryIO, target: BinaryIO, items: Sequence[bytes], kind: str) -> None:  # noqa: ARG002
        _atoms(source)
        source.seek(0)
        shutil.copyfileobj(source, target, 2**20)
        target.seek(0)
        tags = _Ready()
        tags["all"] = b"".join(items)
        try:
            tags.save(target, padding=lambda info: info.padding if info.padding >= 0 else NEW_PADDING)
        except (MutagenError, *PARSER_ERRORS) as error:
            raise RefusedError("its atoms cannot be moved") from error

    def outside(self, file: BinaryIO) -> bytes:
        atoms = _atoms(file)
        digest = Digest()
        for path, atom in _leaves(atoms.atoms, ()):
            if path[:3] == LIST[:3] and (path[3:] in ((b"ilst",), (b"free",)) or _is_new_handler(file, path, atom)):
                continue
            digest.add(b"/".join(path))
            if atom.name in OFFSETS:
                digest.add(_places(file, atom, atoms.atoms))
            else:
                start = atom.offset + 8
                digest.add_rest(file, start, atom.offset + atom.length - start)
        return digest.value


class _Rendering(MP4Tags):
    def render(self, key: str, value: Any) -> bytes:
        """The atom of one tag."""
        return self._render(key, value)


class _Ready(MP4Tags):
    """A list whose items are ready: mutagen would leave some out, convert others, and sort them."""

    def _render(self, key: str, value: Any) -> bytes:  # noqa: ARG002
        return value


def _values(field: str, texts: Sequence[str]) -> Iterator[tuple[str, Any]]:
    if field == REPLAY_GAIN:
        gain, peak, _ = texts
        for name, text in ((GAIN, gain), (PEAK, peak)):
            if text:
                yield ITUNES + name.lower(), [text.encode()]
    elif field in MP4_FREE:
        yield ITUNES + MP4_FREE[field], [text.encode() for text in texts]
    else:
        key = MP4_ATOMS[field]
        yield key, [int(text) for text in texts] if key == "tmpo" else list(texts)


def _item(raw: bytes) -> Item:
    name = raw[4:8].decode("latin-1")
    if (name not in MP4_FIELDS and name != "----") or len(raw) > MAX_SHOWN:
        return Item(raw, name)
    ilst = Atom.render(b"ilst", raw)
    inner = Atom.render(b"meta", bytes(4) + ilst)
    file = BytesIO(Atom.render(b"moov", Atom.render(b"udta", inner)))
    try:
        found = [*MP4Tags(Atoms(file), file).items()]
    except (MutagenError, AtomError, *PARSER_ERRORS) as error:
        raise RefusedError(f"its atom {name} cannot be read") from error
    if len(found) != 1:  # mutagen keeps what it does not understand
        return Item(raw, name)
    [(key, value)] = found
    field = field_of(key.rpartition(":")[2]) if name == "----" else MP4_FIELDS[name]
    texts = tuple(bytes(each).decode("utf-8", "replace") if name == "----" else str(each) for each in value)
    return Item(raw, key, field, texts if field else ())


def _atoms(file: BinaryIO) -> Atoms:
    try:
        atoms = Atoms(file)
    except (AtomError, *PARSER_ERRORS) as error:
        raise RefusedError("its atoms are damaged") from error
    end = file.seek(0, 2)
    if not atoms.atoms or atoms.atoms[-1].offset + atoms.atoms[-1].length != end:
        raise RefusedError("its atoms do not end where the file does")
    names = []
    for path, atom in _all(atoms.atoms, ()):
        names.append(path)
        if atom.name in MOVING:
            raise UnsupportedError(f"it {MOVING[atom.name]}")
        if atom.children and atom.children[-1].offset + atom.children[-1].length != atom.offset + atom.length:
            raise RefusedError("its atoms are damaged")
    if b"moov" not in {path[-1] for path in names if len(path) == 1}:
        raise RefusedError("its atoms are damaged")
    for length in range(1, len(LIST) + 1):
        if names.count(LIST[:length]) > 1:
            raise RefusedError("it has two lists of tags")
    return atoms


def _items(file: BinaryIO, atoms: Atoms) -> Iterator[bytes]:
    try:
        ilst = atoms[b"moov.udta.meta.ilst"]
    except KeyError:
        return
    for atom in ilst.children or ():
        file.seek(atom.offset)
        yield file.read(atom.length)


def _all(atoms: Sequence[Atom], above: tuple[bytes, ...]) -> Iterator[tuple[tuple[bytes, ...], Atom]]:
    """Every atom with its path, without those in lists of tags."""
    for number, atom in enumerate(atoms):
        if number >= MAX_ATOMS:
            raise RefusedError("it has too many atoms")
        path = (*above, atom.name)
        yield path, atom
        if atom.children is not None and atom.name != b"ilst":
            yield from _all(atom.children, path)


def _leaves(atoms: Sequence[Atom], above: tuple[bytes, ...]) -> Iterator[tuple[tuple[bytes, ...], Atom]]:
    return (each for each in _all(atoms, above) if each[1].children is None or each[1].name == b"ilst")


def _is_new_handler(file: BinaryIO, path: tuple[bytes, ...], atom: Atom) -> bool:
    if path[3:] != (b"hdlr",):
        return False
    file.seek(atom.offset + 8)
    return file.read(len(HANDLER) + 1) == HANDLER


def _places(file: BinaryIO, table: Atom, top: Sequence[Atom]) -> bytes:
    """Offsets as they are within the atoms of the file, so that they are the same wherever those are."""
    file.seek(table.offset + 12)
    data = file.read(table.length - 12)
    form = OFFSETS[table.name]
    count, width = int.from_bytes(data[:4]), struct.calcsize(form)
    if len(data) != 4 + count * width:
        raise RefusedError("its table of offsets is damaged")
    found = []
    for (offset,) in struct.iter_unpack(form, data[4:]):
        number = next((n for n, atom in enumerate(top) if atom.offset <= offset < atom.offset + atom.length), None)
        if number is None:
            raise RefusedError("its table of offsets points outside of the file")
        found.append(struct.pack(">IQ", number, offset - top[number].offset))
    return b"".join(found)
