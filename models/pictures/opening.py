"""Opens pictures that strangers have made: known formats only, and nothing is decoded before its size is known."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from polymuse.errors import BadPictureError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # told apart by their contents
MAX_BYTES = 64 << 20
MAX_PIXELS = 100_000_000  # decoded whole: 400 MB, Pillow takes four bytes for a pixel
MAX_REDUCED_PIXELS = 400_000_000  # of JPEG files, which can be decoded at an eighth of their size
REDUCED = 1024  # pixels; the shorter side of a reduced picture is not below, the network takes 384
_WORDS = "JPEG, PNG, WebP, GIF, BMP or TIFF"
_BRANDS = {  # first brand of an ISO base media file -> its format, which is not read
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
_HEAD = 2048  # bytes that are looked at for SVG


def open_picture(path: Path) -> Image.Image:
    """The first frame of a picture as 8-bit RGB, upright.

    Transparency is dropped without a background, as CLaMP 3's image captioning does it. The orientation of EXIF is
    applied, which that ignores. 16 bits become their upper eight; values of other ranges are stretched to 0..255.

    Raises BadPictureError, whose message does not contain the path, for anything but a complete picture within the
    limits.
    """
    try:
        size, head = path.stat().st_size, _head(path)
    except OSError as error:
        raise BadPictureError(f"The file cannot be read: {error.strerror}", "Check the path") from error
    if not size:
        raise BadPictureError("The file is empty", f"Choose a picture in {_WORDS}")
    if size > MAX_BYTES:
        raise BadPictureError(f"The file is larger than {MAX_BYTES >> 20} MB", "Save the picture in a smaller size")
    if b"<svg" in head.lower():
        raise BadPictureError("The file is an SVG drawing", f"Export it as PNG: pictures are {_WORDS}")
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        raise BadPictureError(
            f"The file is a picture in {_BRANDS[head[8:12]]}", f"Export it as JPEG: pictures are {_WORDS}"
        )
    Image.MAX_IMAGE_PIXELS = MAX_REDUCED_PIXELS  # Pillow refuses more while it reads the header
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd tags; the next one would let twice as many pixels through
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                _check_size(image)
                image.load()
                return _rgb(_upright(image))
    except (BadPictureError, MemoryError):
        raise
    except UnidentifiedImageError:
        raise BadPictureError("The file is not a picture that can be read", f"Pictures are {_WORDS}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadPictureError(
            f"The picture is damaged or incomplete: {reason}", "Save it again, or choose another"
        ) from error


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _check_size(image: Image.Image) -> None:
    """Decides by the header alone. A large JPEG file is set to be decoded at a fraction of its size.

    Progressive ones hold all their coefficients in memory, at any size.
    """
    if not (image.width and image.height):
        raise BadPictureError("The picture has no pixels", "Choose another")
    if image.width * image.height <= MAX_PIXELS:
        return
    if image.format in ("JPEG", "MPO") and "progressive" not in image.info:
        image.draft(None, (REDUCED, REDUCED))
    if image.width * image.height > MAX_PIXELS:  # another format, or very long and narrow
        raise _too_many_pixels()


def _too_many_pixels() -> BadPictureError:
    limits = f"{MAX_PIXELS // 1_000_000} million, {MAX_REDUCED_PIXELS // 1_000_000} million in plain JPEG"
    return BadPictureError(f"The picture has too many pixels; the limit is {limits}", "Save it in a smaller size")


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF data say; damaged ones say nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001  the pixels are fine
        return image


def _rgb(image: Image.Image) -> Image.Image:
    """`convert` alone would clip what has more than 8 bits."""
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode in ("I", "F"):
        values = np.nan_to_num(np.asarray(image, np.float32), posinf=0, neginf=0)
        low, high = float(values.min()), float(values.max())
        if low < 0 or high > 255:
            values = (values - low) * (255 / max(high - low, 1e-30))
        image = Image.fromarray(values.astype(np.uint8))
    return image.convert("RGB")
