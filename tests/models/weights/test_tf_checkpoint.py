import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from models.weights.tf_checkpoint import convert, read_checkpoint
from polymuse.errors import UnavailableError
from tests.helpers.searching import examples

FLOAT, INT32, INT64, DOUBLE = 1, 3, 9, 2  # tensorflow.DataType
NOT_COMPRESSED, SNAPPY = b"\0", b"\1"

KERNEL = np.arange(6, dtype=np.float32).reshape(2, 3)
BIAS = np.array([-1.5, 0.25, 1e-6], np.float32)
STEP = np.array(70_000, np.int64)


def varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def bundle_entry(dtype: int, shape: tuple[int, ...], offset: int, size: int) -> bytes:
    """As TensorFlow writes it: zeros left out, the checksum last."""
    dimensions = b"".join(message(2, number(1, n)) for n in shape)
    where = number(4, offset) if offset else b""
    return number(1, dtype) + message(2, dimensions) + where + number(5, size) + b"\x35" + b"\xaa\xbb\xcc\xdd"


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A table block with shared key prefixes and one restart."""
    out, last = b"", b""
    for key, value in entries:
        shared = next((n for n, (a, b) in enumerate(zip(key, last, strict=False)) if a != b), min(len(key), len(last)))
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    return out + struct.pack("<II", 0, 1)


def table(blocks: list[bytes], compression: bytes = NOT_COMPRESSED) -> bytes:
    out, handles = b"", []
    for number_, content in enumerate([*blocks, block([])]):  # the last is the empty metaindex
        handles.append((b"key%d" % number_, varint(len(out)) + varint(len(content))))
        out += content + compression + b"\0\0\0\0"
    index = block(handles[:-1])
    footer = handles[-1][1] + varint(len(out)) + varint(len(index))
    return out + index + NOT_COMPRESSED + b"\0\0\0\0" + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


HEADER = (b"", number(1, 1))  # number of shards
TENSORS = KERNEL.tobytes() + BIAS.tobytes() + STEP.tobytes()  # at 0, 24 and 36
INDEX = table(
    [
        block(
            [
                HEADER,
                (b"beta1_power", bundle_entry(FLOAT, (), 0, 4)),
                (b"conv2d/bias", bundle_entry(FLOAT, (3,), 24, 12)),
                (b"conv2d/bias/Adam", bundle_entry(FLOAT, (3,), 24, 12)),
                (b"conv2d/bias/Adam_1", bundle_entry(FLOAT, (3,), 24, 12)),
            ]
        ),
        block(
            [
                (b"conv2d/kernel", bundle_entry(FLOAT, (2, 3), 0, 24)),
                (b"global_step", bundle_entry(INT64, (), 36, 8)),
            ]
        ),
    ]
)


def write(prefix: Path, index: bytes = INDEX, tensors: bytes = TENSORS) -> Path:
    Path(f"{prefix}.index").write_bytes(index)
    Path(f"{prefix}.data-00000-of-00001").write_bytes(tensors)
    return prefix


class TestRead:
    def test_variables_of_all_blocks(self, tmp_path: Path) -> None:
        variables = read_checkpoint(write(tmp_path / "model"))
        assert list(variables) == ["conv2d/bias", "conv2d/kernel", "global_step"]  # no optimizer slots
        np.testing.assert_array_equal(variables["conv2d/kernel"], KERNEL)
        np.testing.assert_array_equal(variables["conv2d/bias"], BIAS)
        assert variables["global_step"] == 70_000
        assert variables["global_step"].dtype == np.int64
        assert variables["global_step"].shape == ()

    def test_a_folder_holds_files_without_a_stem(self, tmp_path: Path) -> None:
        (tmp_path / ".index").write_bytes(INDEX)
        (tmp_path / ".data-00000-of-00001").write_bytes(TENSORS)
        assert read_checkpoint(tmp_path)["global_step"] == 70_000

    def test_convert_keeps_names_and_only_floats(self, tmp_path: Path) -> None:
        convert(write(tmp_path / "model"), tmp_path / "model.safetensors")
        variables = load_file(tmp_path / "model.safetensors")
        assert set(variables) == {"conv2d/bias", "conv2d/kernel"}
        np.testing.assert_array_equal(variables["conv2d/kernel"], KERNEL)


class TestDamage:
    @pytest.mark.parametrize(
        ("index", "tensors", "cause"),
        [
            (b"", TENSORS, "magic"),
            (b"not a table at all, although it is long enough for a footer", TENSORS, "magic"),
            (INDEX[100:], TENSORS, "outside the index"),
            (INDEX, TENSORS[:-1], "ends before global_step"),
            (table([block([HEADER])]), TENSORS, "names no variables"),
            (table([block([HEADER])], SNAPPY), TENSORS, "compressed"),
            (table([block([(b"x", bundle_entry(DOUBLE, (3,), 0, 24))])]), TENSORS, "x has data type 2"),
            (table([block([(b"x", bundle_entry(INT32, (3,), 0, 8))])]), TENSORS, r"x \(3,\) has 8 bytes, expected 12"),
            (table([block([(b"\xff", bundle_entry(INT32, (), 0, 4))])]), TENSORS, "not text"),
        ],
    )
    def test_cause_is_named(self, tmp_path: Path, index: bytes, tensors: bytes, cause: str) -> None:
        prefix = write(tmp_path / "model", index, tensors)
        with pytest.raises(UnavailableError, match=cause) as caught:
            read_checkpoint(prefix)
        assert str(prefix) in str(caught.value)

    @pytest.mark.parametrize("suffix", [".index", ".data-00000-of-00001"])
    def test_missing_file_is_named(self, tmp_path: Path, suffix: str) -> None:
        prefix = write(tmp_path / "model")
        missing = Path(f"{prefix}{suffix}")
        missing.unlink()
        with pytest.raises(UnavailableError, match=missing.name):
            read_checkpoint(prefix)

    @examples(300)
    @given(position=st.integers(0, len(INDEX) - 1), value=st.integers(0, 255))
    def test_a_wrong_byte_never_ends_in_another_error(
        self, tmp_path_factory: pytest.TempPathFactory, position: int, value: int
    ) -> None:
        index = bytearray(INDEX)
        index[position] = value
        prefix = write(tmp_path_factory.getbasetemp() / "damaged", bytes(index))
        try:
            variables = read_checkpoint(prefix)
        except UnavailableError:
            return
        assert all(value.nbytes <= len(TENSORS) for value in variables.values())
