"""Archives of MusicXML, friendly and not."""

import struct
import zipfile
from io import BytesIO

import pytest

from models.clamp3.scores.mxl import CONTAINER, unpack
from polymuse.errors import BadScoreError

SCORE = b"<score-partwise/>"
LIMIT = 1_000_000


def container(path: str, doctype: str = "") -> bytes:
    root = f'<rootfile full-path="{path}"/>'
    return f'<?xml version="1.0"?>{doctype}<container><rootfiles>{root}</rootfiles></container>'.encode()


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", method) as written:
        for name, content in files.items():
            written.writestr(name, content)
    return stream.getvalue()


class TestContainer:
    @pytest.mark.parametrize("name", ["score.xml", "a tune.musicxml", "scores/1"])
    def test_names_the_score_whatever_its_name_is(self, name: str) -> None:
        remarks: list[str] = []
        content = archive({"other.xml": b"<html/>", CONTAINER: container(name), name: SCORE})
        assert unpack(content, LIMIT, remarks) == SCORE
        assert remarks == []

    @pytest.mark.parametrize("told", [{}, {CONTAINER: b"<cont"}, {CONTAINER: container("gone.xml")}])
    def test_that_does_not_name_it_gets_a_remark(self, told: dict[str, bytes]) -> None:
        remarks: list[str] = []
        assert unpack(archive({"image.png": b"", **told, "tune.MusicXML": SCORE}), LIMIT, remarks) == SCORE
        assert remarks == ["the archive does not say which of its files is the score"]

    def test_with_entities_is_refused(self) -> None:
        bomb = container("&b;", '<!DOCTYPE c [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>')
        with pytest.raises(BadScoreError, match="declares entities"):
            unpack(archive({CONTAINER: bomb, "s.xml": SCORE}), LIMIT, [])


class TestHostileArchives:
    def test_a_bomb_is_unpacked_up_to_the_limit(self) -> None:
        """200 MB of zeros in 200 kB; also if the directory says that they are 100 bytes."""
        content = archive({CONTAINER: container("s.xml"), "s.xml": bytes(200_000_000)})
        claimed = content.replace(struct.pack("<L", 200_000_000), struct.pack("<L", 100))
        assert len(content) < 250_000
        for bomb in (content, claimed):
            with pytest.raises(BadScoreError, match=r"more than 1 MB|damaged"):
                unpack(bomb, LIMIT, [])

    def test_a_container_may_not_be_large(self) -> None:
        with pytest.raises(BadScoreError, match="more than"):
            unpack(archive({CONTAINER: bytes(5_000_000), "s.xml": SCORE}), LIMIT, [])

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_other_compression_is_refused(self, method: int) -> None:
        with pytest.raises(BadScoreError, match="compressed in a way"):
            unpack(archive({CONTAINER: container("s.xml"), "s.xml": SCORE}, method), LIMIT, [])

    def test_without_a_score_is_refused(self) -> None:
        with pytest.raises(BadScoreError, match="no score in the archive"):
            unpack(archive({"inner.mxl": archive({"s.xml": SCORE})}), LIMIT, [])

    @pytest.mark.parametrize("size", [4, 30, 100])
    def test_that_is_cut_is_refused(self, size: int) -> None:
        with pytest.raises(BadScoreError, match="damaged"):
            unpack(archive({CONTAINER: container("s.xml"), "s.xml": SCORE})[:size], LIMIT, [])

    def test_with_a_password_is_refused(self) -> None:
        content = bytearray(archive({CONTAINER: container("s.xml"), "s.xml": SCORE}))
        for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            position = content.rfind(signature)
            content[position + flags] |= 1
        with pytest.raises(BadScoreError, match="damaged"):
            unpack(bytes(content), LIMIT, [])
