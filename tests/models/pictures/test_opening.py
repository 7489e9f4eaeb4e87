"""Pictures as people and attackers make them."""

import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.pictures import opening
from models.pictures.opening import open_picture
from polymuse.errors import BadPictureError
from tests.helpers.paths import ROOT
from tests.helpers.pictures import SVG, corners, encoded

CORNERS = [(2, 2), (45, 2), (2, 29), (45, 29)]
TURNS = {  # EXIF orientation -> what makes such a file of an upright picture
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]


def opened(folder: Path, content: bytes, name: str = "picture") -> Image.Image:
    (folder / name).write_bytes(content)
    return open_picture(folder / name)


def refused(folder: Path, content: bytes, name: str = "picture") -> str:
    with pytest.raises(BadPictureError) as caught:
        opened(folder, content, name)
    assert str(folder) not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.advice
    return caught.value.message


def check_corners(image: Image.Image, tolerance: int = 0) -> None:
    assert (image.mode, image.size) == ("RGB", (48, 32))
    found = np.array([image.getpixel(at) for at in CORNERS], int)
    np.testing.assert_allclose(found, COLOURS, atol=tolerance)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *, colour: int = 2, extra: bytes = b"", pixels: bytes = b"") -> bytes:
    """A PNG file with this header, whatever its pixels are."""
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(pixels, 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + data + chunk(b"IEND", b"")


class TestFormats:
    @pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "GIF"])
    def test_without_loss(self, tmp_path: Path, form: str) -> None:
        check_corners(opened(tmp_path, encoded(corners(), form)))

    @pytest.mark.parametrize(("form", "options"), [("JPEG", {"quality": 95, "subsampling": 0}), ("WEBP", {})])
    def test_with_loss(self, tmp_path: Path, form: str, options: dict[str, Any]) -> None:
        check_corners(opened(tmp_path, encoded(corners(), form, **options)), tolerance=8)

    def test_by_content_not_by_name(self, tmp_path: Path) -> None:
        check_corners(opened(tmp_path, encoded(corners(), "PNG"), "song.mp3"))

    @pytest.mark.parametrize("form", ["ICO", "PPM", "TGA", "PCX", "PDF"])
    def test_no_others(self, tmp_path: Path, form: str) -> None:
        assert "not a picture that can be read" in refused(tmp_path, encoded(corners(), form))

    @pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
    def test_the_first_frame(self, tmp_path: Path, form: str) -> None:
        others = [Image.new("RGB", (48, 32), colour) for colour in ("black", "grey")]
        options = {"lossless": True} if form == "WEBP" else {}
        check_corners(opened(tmp_path, encoded(corners(), form, save_all=True, append_images=others, **options)))

    def test_palette_with_transparency(self, tmp_path: Path) -> None:
        image = corners("P")
        check_corners(opened(tmp_path, encoded(image, "PNG", transparency=bytes([0, 128] * 64))), tolerance=40)


class TestColours:
    def test_cmyk(self, tmp_path: Path) -> None:
        check_corners(opened(tmp_path, encoded(corners("CMYK"), "JPEG", quality=95, subsampling=0)), tolerance=12)
        check_corners(opened(tmp_path, encoded(corners("CMYK"), "TIFF")), tolerance=2)

    def test_grey(self, tmp_path: Path) -> None:
        image = opened(tmp_path, encoded(corners("L"), "PNG"))
        assert [image.getpixel(at) for at in CORNERS[::3]] == [(76, 76, 76), (255, 255, 255)]  # 0.299 red

    def test_black_and_white(self, tmp_path: Path) -> None:
        image = opened(tmp_path, encoded(corners("1"), "PNG"))
        assert image.getpixel(CORNERS[3]) == (255, 255, 255)

    def test_sixteen_bits_keep_the_upper_eight(self, tmp_path: Path) -> None:
        values = np.array([[0x0000, 0x40FF], [0x8000, 0xFFFF]], np.uint16)
        image = opened(tmp_path, encoded(Image.fromarray(values), "PNG"))
        assert np.asarray(image)[..., 0].tolist() == [[0, 0x40], [0x80, 0xFF]]

    def test_other_ranges_are_stretched(self, tmp_path: Path) -> None:
        """(x + 1) / 2 * 255, rounded down."""
        values = np.array([[-1, 0, np.nan, 1]], np.float32)
        image = opened(tmp_path, encoded(Image.fromarray(values), "TIFF"))
        assert np.asarray(image)[0, :, 0].tolist() == [0, 127, 127, 255]

    def test_transparency_is_dropped_as_the_official_captioning_does(self, tmp_path: Path) -> None:
        image = corners("RGBA")
        image.putalpha(0)
        check_corners(opened(tmp_path, encoded(image, "PNG")))


class TestOrientation:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
    @pytest.mark.parametrize("orientation", TURNS)
    def test_is_applied(self, tmp_path: Path, form: str, orientation: int) -> None:
        turn = TURNS[orientation]
        stored = corners() if turn is None else corners().transpose(turn)
        exif = Image.Exif()
        exif[0x0112] = orientation
        options = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(form, {})
        check_corners(opened(tmp_path, encoded(stored, form, exif=exif, **options)), tolerance=8)

    @pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 200])
    def test_damaged_exif_says_nothing(self, tmp_path: Path, exif: bytes) -> None:
        check_corners(opened(tmp_path, encoded(corners(), "PNG", exif=exif)))


class TestLimits:
    def test_900_million_pixels_are_refused_by_the_header(self, tmp_path: Path) -> None:
        """Their 2.7 GB of pixels are zeros, which PNG compresses to 2.6 MB."""
        packer = zlib.compressobj(9)
        data = b"".join(packer.compress(bytes(90_001) * 100) for _ in range(300)) + packer.flush()
        content = png(30_000, 30_000).replace(chunk(b"IDAT", zlib.compress(b"", 9)), chunk(b"IDAT", data))
        assert len(content) > 2_000_000
        assert "too many pixels; the limit is 100 million" in refused(tmp_path, content)

    @pytest.mark.parametrize("size", [(20_000, 20_001), (30_000, 30_000), (2**31 - 1, 1), (10_001, 10_000)])
    def test_no_format_may_have_more(self, tmp_path: Path, size: tuple[int, int]) -> None:
        assert "too many pixels" in refused(tmp_path, png(*size))

    def test_the_largest_picture_that_is_decoded_whole(self, tmp_path: Path) -> None:
        picture = opened(tmp_path, png(10_000, 10_000, colour=0, pixels=bytes(10_001 * 10_000)))
        assert picture.size == (10_000, 10_000)

    @pytest.fixture
    def small_limits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(opening, "MAX_PIXELS", 10_000)
        monkeypatch.setattr(opening, "REDUCED", 32)

    @pytest.mark.usefixtures("small_limits")
    def test_a_large_jpeg_is_decoded_at_a_fraction(self, tmp_path: Path) -> None:
        """384 / 8 = 48 and 256 / 8 = 32."""
        large = corners().resize((384, 256), Image.Resampling.NEAREST)
        check_corners(opened(tmp_path, encoded(large, "JPEG", quality=95)), tolerance=8)
        assert "too many" in refused(tmp_path, encoded(large, "JPEG", progressive=True))
        assert "too many" in refused(tmp_path, encoded(large, "PNG"))
        assert "too many" in refused(tmp_path, encoded(large.resize((40_000, 8)), "JPEG"))

    def test_bytes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(opening, "MAX_BYTES", 2 << 20)
        assert refused(tmp_path, encoded(corners(), "PNG") + bytes(2 << 20)) == "The file is larger than 2 MB"

    @pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
    def test_text_that_unpacks_to_too_much(self, tmp_path: Path, kind: bytes) -> None:
        """100 MB of spaces in a file of 100 KB."""
        packed = zlib.compress(b" " * 100_000_000, 9)
        field = b"k\0\1\0\0\0" if kind == b"iTXt" else b"k\0\0"
        content = encoded(corners(), "PNG")
        bomb = content[:33] + chunk(kind, field + packed) + content[33:]
        assert "too large" in refused(tmp_path, bomb)


class TestDamage:
    def test_empty(self, tmp_path: Path) -> None:
        assert refused(tmp_path, b"") == "The file is empty"

    def test_no_pixels(self, tmp_path: Path) -> None:
        for content in (
            png(0, 0),
            png(0, 5),
            encoded(corners(), "BMP")[:18] + bytes(8) + encoded(corners(), "BMP")[26:],
        ):
            refused(tmp_path, content)

    def test_one_pixel(self, tmp_path: Path) -> None:
        assert opened(tmp_path, encoded(Image.new("RGB", (1, 1), "red"), "PNG")).getpixel((0, 0)) == (255, 0, 0)

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
    def test_truncated(self, tmp_path: Path, form: str) -> None:
        rng = np.random.default_rng(0)
        whole = encoded(Image.fromarray(rng.integers(0, 255, (64, 64, 3), np.uint8)), form)
        for share in (0.1, 0.5, 0.9):
            refused(tmp_path, whole[: int(len(whole) * share)])

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
    def test_changed_bytes_are_refused_or_shown(self, tmp_path: Path, form: str) -> None:
        rng = np.random.default_rng(1)
        whole = encoded(corners(), form)
        for _ in range(150):
            changed = bytearray(whole)
            for at in rng.integers(0, len(whole), 3):
                changed[at] = rng.integers(0, 256)
            with suppress(BadPictureError):
                assert opened(tmp_path, bytes(changed)).mode == "RGB"

    def test_svg(self, tmp_path: Path) -> None:
        assert refused(tmp_path, SVG, "drawing.svg") == "The file is an SVG drawing"
        assert refused(tmp_path, b"\xef\xbb\xbf<!-- -->" + SVG, "drawing.png") == "The file is an SVG drawing"

    @pytest.mark.parametrize(("brand", "name"), [(b"heic", "HEIC"), (b"mif1", "HEIC"), (b"avif", "AVIF")])
    def test_a_photo_of_a_phone(self, tmp_path: Path, brand: bytes, name: str) -> None:
        content = b"\0\0\0\x18ftyp" + brand + bytes(500)
        assert refused(tmp_path, content, "photo.jpg") == f"The file is a picture in {name}"

    @pytest.mark.parametrize("content", [b"\0" * 5000, b"not a picture", b"%PDF-1.7\n", b"\xff\xd8\xff"])
    def test_something_else(self, tmp_path: Path, content: bytes) -> None:
        refused(tmp_path, content)

    def test_audio(self, tmp_path: Path) -> None:
        clip = ROOT / "data" / "demo" / "bach_toccata_d_minor.opus"
        assert "not a picture that can be read" in refused(tmp_path, clip.read_bytes(), "song.jpg")

    def test_no_such_file(self, tmp_path: Path) -> None:
        with pytest.raises(BadPictureError, match="cannot be read: No such file"):
            open_picture(tmp_path / "none.png")
        with pytest.raises(BadPictureError, match="cannot be read: Is a directory"):
            open_picture(tmp_path)

    def test_pillow_says_what_is_wrong_in_one_line(self, tmp_path: Path) -> None:
        whole = encoded(corners(), "PNG")
        message = refused(tmp_path, whole[: len(whole) // 2])
        assert message.startswith("The picture is damaged or incomplete: ")
