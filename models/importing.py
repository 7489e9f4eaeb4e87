"""Imports weights that the user has fetched by other means: checks them, then stores them as if downloaded."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from models.weights.manifest import Download, RemoteFile
from models.weights.store import WeightStore
from polymuse.errors import UserError


def import_weights(
    store: WeightStore, given: Mapping[str, Sequence[Path]], *, link: bool = False
) -> list[tuple[Path, str]]:
    """Imports {weights: their files} into the store and returns each file with a line on its hash.

    Every file is checked before the first one is imported. Raises UserError for a file of another kind and
    UnavailableError for one that does not hold the network.
    """
    found = {name: _find(store, name, files) for name, files in given.items()}
    for name, files in found.items():
        for file in files:
            if not file.is_file():
                raise UserError(f"There is no file {file}", "Give the path of a file")
            if file.suffix == ".safetensors":
                raise UserError(f"{file} is not a file as its authors publish it", "Give the original file")
        CHECKS[name](files)
    for name, files in found.items():
        store.import_files(name, files, link=link)
    return [line for name, files in found.items() for line in _hash_reports(store, name, files)]


def _find(store: WeightStore, name: str, files: Sequence[Path]) -> list[Path]:
    """The files; for a folder, the file with the published name in it. One folder may hold all of them."""
    source = store.select(name)[0].source
    if len(files) == 1 and files[0].is_dir() and isinstance(source, Download):
        files = [*files] * len(source.files)
    return [
        file / remote.name if file.is_dir() else file
        for file, remote in zip(files, _published(store, name, len(files)), strict=True)
    ]


def _published(store: WeightStore, name: str, count: int) -> tuple[RemoteFile, ...]:
    source = store.select(name)[0].source
    if not isinstance(source, Download) or len(source.files) != count:
        needed = len(source.files) if isinstance(source, Download) else 0
        raise UserError(f"{name} has {needed} files, {count} given", "See `polymuse models import --help`")
    return source.files


def _hash_reports(store: WeightStore, name: str, files: Sequence[Path]) -> list[tuple[Path, str]]:
    return [
        (file, _hash_report(remote, sha256))
        for file, remote, sha256 in zip(files, _published(store, name, len(files)), store.sha256s(name), strict=True)
    ]


def _hash_report(remote: RemoteFile, sha256: str) -> str:
    if remote.sha256 is None:
        return f"imported; sha256 {sha256}, none is published"
    if remote.sha256 == sha256:
        return "imported; it is the published file"
    return f"imported; it is NOT the published file: sha256 {sha256}, published {remote.sha256}"


def _check_clamp3(files: Sequence[Path]) -> None:
    from models.clamp3.checkpoint import map_audio, map_text

    for file in files:
        map_text(file)
        map_audio(file)


def _check_mert(files: Sequence[Path]) -> None:
    from models.clamp3.checkpoint import map_mert

    for file in files:
        map_mert(file)


def _check_tokenizer(files: Sequence[Path]) -> None:
    from models.clamp3.tokenizer import XlmrTokenizer

    for file in files:
        XlmrTokenizer(file)


def _check_bs_roformer(files: Sequence[Path]) -> None:
    from models.bs_roformer.separator import BSRoformerSeparator

    checkpoint, config = files
    BSRoformerSeparator.load(checkpoint, config)


def _check_blip(files: Sequence[Path]) -> None:
    from models.pictures.captions import check_packages

    check_packages()
    from models.pictures.captioner import Captioner

    Captioner.load(files[0].parent)


CHECKS: Mapping[str, Callable[[Sequence[Path]], None]] = {
    "clamp3_saas": _check_clamp3,
    "mert_v1_95m": _check_mert,
    "xlm_roberta_tokenizer": _check_tokenizer,
    "bs_roformer_vocals": _check_bs_roformer,
    "bs_roformer_4stems_ft": _check_bs_roformer,
    "bs_roformer_4stems": _check_bs_roformer,
    "blip_captioning_base": _check_blip,
}
