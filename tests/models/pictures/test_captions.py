"""Captions by the weights of a store, and what is said without them."""

from pathlib import Path

import pytest

from models.pictures import captions
from models.pictures.captions import NoPicturesError, can_caption, caption_picture, check_can_caption
from models.weights.store import WeightStore
from polymuse.errors import BadPictureError, UnavailableError
from tests.helpers.pictures import CAPTIONS, GRADIENT, SVG, install_blip


@pytest.fixture
def models(tmp_path: Path) -> Path:
    install_blip(tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def no_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captions, "PACKAGES", ("PIL", "no_such_package"))


def test_a_picture(models: Path) -> None:
    assert can_caption(models)
    assert caption_picture(models, GRADIENT) == CAPTIONS["gradient.png"]


def test_a_picture_without_words(models: Path) -> None:
    with pytest.raises(BadPictureError, match="No words were found"):
        caption_picture(models, GRADIENT.with_name("one_column.png"))


def test_no_picture(models: Path, tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_bytes(SVG)
    with pytest.raises(BadPictureError, match="SVG"):
        caption_picture(models, tmp_path / "a.svg")


def test_without_weights(tmp_path: Path) -> None:
    assert not can_caption(tmp_path)
    with pytest.raises(NoPicturesError) as caught:
        caption_picture(tmp_path, GRADIENT)
    assert str(caught.value) == (
        "BLIP, which describes pictures, is not installed. "
        "Run `polymuse models pull blip_captioning_base` (991 MB to download)"
    )


@pytest.mark.usefixtures("no_packages")
def test_without_the_extra(models: Path) -> None:
    assert not can_caption(models)
    with pytest.raises(NoPicturesError, match=r"Run `pip install 'poly-muse\[images\]'`$"):
        check_can_caption(models)


@pytest.mark.usefixtures("no_packages")
def test_without_both_one_line_says_both_steps(tmp_path: Path) -> None:
    with pytest.raises(NoPicturesError) as caught:
        check_can_caption(tmp_path)
    assert caught.value.advice == (
        "Run `pip install 'poly-muse[images]'` and `polymuse models pull blip_captioning_base` (991 MB to download)"
    )


def test_damaged_weights(models: Path) -> None:
    path = WeightStore(models).path("blip_captioning_base")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(UnavailableError, match=r"damaged.*models pull blip_captioning_base"):
        caption_picture(models, GRADIENT)
