"""Reads a TensorFlow V2 checkpoint ("tensor bundle") without TensorFlow.

A checkpoint is a pair of files. `<prefix>.index` is an uncompressed LevelDB table (SSTable) that maps a variable
name to a `BundleEntryProto`; `<prefix>.data-00000-of-00001` holds the raw little-endian tensors. The formats are
described in LevelDB's `table_format.md` and TensorFlow's `tensor_bundle.proto`. Checksums are not verified here,
because the hash of the whole download is verified before it is unpacked.
"""

import math
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from safetensors.numpy import save_file

from polymuse.errors import UnavailableError

TABLE_MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
DTYPES = {1: np.dtype("<f4"), 3: np.dtype("<i4"), 9: np.dtype("<i8")}  # tensorflow.DataType
OPTIMIZER_MARKS = ("/Adam", "beta1_power", "beta2_power")

Fields = dict[int, list[int | bytes]]


class _DamagedError(Exception):
    """The bytes violate the format; `read_checkpoint` adds the path."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """The position of one tensor in the data file."""

    dtype: np.dtype
    shape: tuple[int, ...]
    offset: int
    size: int  # bytes


def read_checkpoint(prefix: Path) -> dict[str, np.ndarray]:
    """All variables of a single-shard checkpoint by name, without optimizer slots.

    `prefix` is the common start of both paths; if it is a folder, the file names in it start with the dot.
    Raises UnavailableError if a file is missing, cut short or of another format.
    """
    stem = f"{prefix}/" if prefix.is_dir() else str(prefix)
    index_path, data_path = Path(f"{stem}.index"), Path(f"{stem}.data-00000-of-00001")
    try:
        entries = _read_index(index_path.read_bytes())
        with data_path.open("rb") as data:
            if not entries:
                raise _DamagedError("the index names no variables")
            return {name: _read_tensor(data, name, entry) for name, entry in entries.items()}
    except (OSError, _DamagedError) as error:
        raise _unavailable(prefix, str(error)) from error


def convert(prefix: Path, target: Path) -> None:
    """Writes the float32 variables of a checkpoint to a safetensors file, under the same names."""
    variables = read_checkpoint(prefix)
    save_file({name: value for name, value in variables.items() if value.dtype == np.float32}, target)


def _unavailable(prefix: Path, cause: str) -> UnavailableError:
    return UnavailableError(f"cannot read the TensorFlow checkpoint {prefix}: {cause}", "Download the weights again.")


def _read_index(table: bytes) -> dict[str, _Entry]:
    if len(table) < FOOTER_BYTES or int.from_bytes(table[-8:], "little") != TABLE_MAGIC:
        raise _DamagedError("the index is not an SSTable (wrong magic number)")
    footer = table[-FOOTER_BYTES:]
    _, position = _varint(footer, 0)  # offset and size of the metaindex, which is empty
    _, position = _varint(footer, position)
    entries = {}
    for _, handle in _block(table, *_handle(footer, position)):
        for key, value in _block(table, *_handle(handle, 0)):
            name = _text(key)
            if name and not any(mark in name for mark in OPTIMIZER_MARKS):  # the empty key is the bundle's header
                entries[name] = _entry(name, value)
    return entries


def _handle(buffer: bytes, position: int) -> tuple[int, int]:
    """Offset and size of a block."""
    offset, position = _varint(buffer, position)
    size, _ = _varint(buffer, position)
    return offset, size


def _block(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of one block; a key shares a prefix with the one before it."""
    if size < 4 or offset + size >= len(table):
        raise _DamagedError("a block lies outside the index")
    if table[offset + size] != 0:  # the byte after a block names its compression
        raise _DamagedError("the index is compressed")
    block = table[offset : offset + size]
    (restarts,) = struct.unpack_from("<I", block, size - 4)
    end = size - 4 - 4 * restarts
    position, key = 0, b""
    while position < end:
        shared, position = _varint(block, position)
        own, position = _varint(block, position)
        length, position = _varint(block, position)
        if shared > len(key) or position + own + length > end:
            raise _DamagedError("an entry lies outside its block")
        key = key[:shared] + block[position : position + own]
        yield key, block[position + own : position + own + length]
        position += own + length


def _entry(name: str, value: bytes) -> _Entry:
    """Decodes a BundleEntryProto: 1 dtype, 2 shape, 4 offset, 5 size (3 shard and 6 crc32c are not used)."""
    fields = _message(value)
    dtype = DTYPES.get(_integer(fields, 1))
    if dtype is None:
        raise _DamagedError(f"{name} has data type {_integer(fields, 1)}, expected one of {sorted(DTYPES)}")
    shape = tuple(
        _integer(_message(dimension), 1)
        for message in fields.get(2, [])
        if isinstance(message, bytes)
        for dimension in _message(message).get(2, [])
        if isinstance(dimension, bytes)
    )
    entry = _Entry(dtype, shape, _integer(fields, 4), _integer(fields, 5))
    expected = math.prod(shape) * dtype.itemsize
    if entry.size != expected:
        raise _DamagedError(f"{name} {shape} has {entry.size} bytes, expected {expected}")
    return entry


def _read_tensor(data: BinaryIO, name: str, entry: _Entry) -> np.ndarray:
    if data.seek(0, os.SEEK_END) < entry.offset + entry.size:
        raise _DamagedError(f"the data file ends before {name}")
    data.seek(entry.offset)
    return np.frombuffer(data.read(entry.size), entry.dtype).reshape(entry.shape)


def _message(buffer: bytes) -> Fields:
    """Decodes one protobuf message: field number -> values (int for numbers, bytes for the rest)."""
    fields: Fields = {}
    position = 0
    while position < len(buffer):
        tag, position = _varint(buffer, position)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, position = _varint(buffer, position)
        else:
            length, position = {1: (8, position), 5: (4, position)}.get(wire) or _varint(buffer, position)
            value = buffer[position : position + length]
            position += length
        fields.setdefault(number, []).append(value)
    return fields


def _integer(fields: Fields, number: int) -> int:
    """The last value of a varint field; protobuf leaves zeros out."""
    value = fields.get(number, [0])[-1]
    if not isinstance(value, int):
        raise _DamagedError(f"field {number} is not a number")
    return value


def _varint(buffer: bytes, position: int) -> tuple[int, int]:
    """A base-128 number, low bits first, and the position after it."""
    value = shift = 0
    while position < len(buffer) and shift < 64:
        byte = buffer[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return value, position
        shift += 7
    raise _DamagedError("a number is cut off")


def _text(key: bytes) -> str:
    try:
        return key.decode()
    except UnicodeDecodeError as error:
        raise _DamagedError("a variable name is not text") from error
