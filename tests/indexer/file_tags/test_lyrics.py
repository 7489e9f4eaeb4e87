from pathlib import Path

from indexer.file_tags.lyrics import MAX_FILE, read_lrc


def test_encodings(tmp_path: Path) -> None:
    lines = "[00:01.00]爱你一万年"
    for content, expected in {
        "\ufeff".encode() + lines.encode(): [lines],
        b"\xff\xfe" + lines.encode("utf-16-le"): [lines],
        b"\xfe\xff" + lines.encode("utf-16-be"): [lines],
        lines.encode("gbk"): [lines.encode("gbk")],
        b" \n": [],
    }.items():
        (tmp_path / "a.b.lrc").write_bytes(content)
        assert read_lrc(tmp_path / "a.b.mp3") == expected


def test_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.lrc").mkdir()
    assert read_lrc(tmp_path / "a.mp3") == read_lrc(tmp_path / "b.mp3") == []


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "a.lrc").open("wb") as file:
        file.write(b"a")
        file.truncate(2**34)
    [text] = read_lrc(tmp_path / "a.mp3")
    assert len(text) == MAX_FILE
