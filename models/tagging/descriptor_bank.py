"""The descriptor bank: what tracks can be tagged with, from the shipped file or a user's file."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import data
from models.embedder import Embedder
from models.tagging.state import TaggingFiles, learned, state_key
from models.tagging.tagger import Calibration, Descriptor, Tagger, Voice
from models.tagging.vector_cache import read_vectors, write_vectors
from polymuse.errors import UserError
from polymuse.music import MIX
from polymuse.parse_json import parse_json

BANK_FILE = Path(data.__file__).with_name("descriptor_bank.json")
SCHEMA_FILE = BANK_FILE.with_name("descriptor_bank.schema.json")  # `schema` as JSON, for editors

EmbedText = Callable[[Sequence[str]], np.ndarray]  # texts -> [n, dim] float32, L2-normalised

BATCH = 32  # texts per call of the embedder
MAX_PROBLEMS = 20  # in an error message
MAX_DESCRIPTORS = 10_000  # of a bank; a store takes as many

# The prior, without labelled tracks: scores of tracks to which a descriptor applies are on average 2 standard
# deviations above the others (AUC .92; the starter profile has .91 on its labelled tracks). With equal variances the
# log odds are then linear: 2 * score - 2 + log odds that the descriptor applies at all, assumed for 3 moods, 2 genres,
# 3 instruments and 4 textures out of 40.
SEPARATION = 2.0
PREVALENCE = {"mood": 3 / 40, "genre": 2 / 40, "instruments": 3 / 40, "texture": 4 / 40}

MESSAGES = {  # by type of error; pydantic's own messages are about Python
    "missing": "is missing",
    "too_short": "must not be empty",
    "tuple_type": "must be a list",
    "dict_type": "must be an object of language: name",
    "model_type": "must be an object with the fields of the schema",
}

SLUG = r"^[a-z0-9][a-z0-9_-]*$"
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
Text = Annotated[str, Field(pattern=r"\S", max_length=300)]


class DescriptorFields(BaseModel):
    """What a descriptor is, without what it is called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: Literal["mood", "genre", "instruments", "texture"]
    names: dict[Language, Text] = Field(
        description="ISO 639-1 code -> name; English is needed",
        json_schema_extra={"required": ["en"], "additionalProperties": False},
    )
    prompts: tuple[Text, ...] = Field(min_length=1, max_length=8, description="sentences whose vectors are averaged")
    stems: tuple[Literal["mix", "vocals", "drums", "bass", "other", "instrumental", "guitar", "piano"], ...] = Field(
        default=(MIX,), min_length=1, description="stems that indicate the descriptor"
    )
    voice: Literal["present", "absent", "needed"] | None = Field(
        default=None, description="what it says about singing; leave it out if nothing"
    )


class BankEntry(DescriptorFields):
    """One descriptor of a bank."""

    slug: str = Field(pattern=SLUG, max_length=100, description="what the tag is called in filters and results")

    @property
    def descriptor(self) -> Descriptor:
        voice = None if self.voice is None else Voice(self.voice)
        return Descriptor(self.slug, self.category, self.prompts, self.stems, voice)


class _BankFile(BaseModel):
    """A descriptor bank of Poly-Muse."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Descriptor bank")

    schema_: str = Field(default="", alias="$schema")
    about: str = ""
    descriptors: tuple[BankEntry, ...] = Field(min_length=1, max_length=MAX_DESCRIPTORS)


@dataclass(frozen=True, slots=True)
class DescriptorBank:
    """The validated content of a bank file."""

    entries: tuple[BankEntry, ...]

    @property
    def descriptors(self) -> tuple[Descriptor, ...]:
        return tuple(entry.descriptor for entry in self.entries)


def load_bank(path: Path | None = None) -> DescriptorBank:
    """Reads a bank, by default the shipped one.

    Raises UserError that names each problem: its path in the file, and the allowed values.
    """
    path = path or BANK_FILE
    try:
        content = parse_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(
            f"Cannot read the descriptor bank {path}: {error.strerror}", "Check the setting bank"
        ) from error
    except ValueError as error:
        raise UserError(f"The descriptor bank {path} is not JSON in UTF-8: {error}", "Mend it there") from error
    found = problems(content)
    if found:
        more = [f"and {len(found) - MAX_PROBLEMS} more"] if len(found) > MAX_PROBLEMS else []
        raise UserError(
            f"The descriptor bank {path} has problems: {'; '.join(found[:MAX_PROBLEMS] + more)}",
            f"{SCHEMA_FILE} is the JSON Schema of a bank",
        )
    return DescriptorBank(_BankFile.model_validate(content).descriptors)


def problems(content: object) -> list[str]:
    """The problems of the content of a bank file, one line each; empty if it is valid."""
    try:
        entries = _BankFile.model_validate(content).descriptors
    except ValidationError as error:
        return [f"{_place(each['loc'], content)}: {_message(each)}" for each in _first_causes(error)]
    return [
        *(f"{_where(entries, slug)}: the slug {slug!r} must be unique" for slug in _repeated(e.slug for e in entries)),
        *(f"descriptors[{i}] ({e.slug}).names: must have an English name, en" for i, e in _without_english(entries)),
        *(
            f"names.{language}: {name!r} must not name two descriptors"
            for language, name in _repeated((lang, n.casefold()) for e in entries for lang, n in e.names.items())
        ),
    ]


def schema() -> dict[str, Any]:
    """The JSON Schema of a bank file, as shipped next to the bank."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_BankFile.model_json_schema()}


def bank_hash(descriptors: Sequence[Descriptor]) -> str:
    """sha256 over everything of the bank that affects tags; names and users' descriptors do not."""
    content = [
        [each.slug, each.category, each.prompts, each.stems, each.voice and each.voice.value]
        + ([each.version] if each.version else [])
        for each in descriptors
        if not each.own
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def descriptor_vectors(embedder: Embedder, descriptors: Sequence[Descriptor], cache: Path | None) -> np.ndarray:
    """[descriptors, dim] float32 of norm 1: the mean direction of each descriptor's prompts, cached in `cache`."""
    if cache is None:
        return prompt_vectors(embedder.embed_text, descriptors)
    key = state_key(bank_hash(descriptors), embedder.fingerprint, embedder.text_version)
    path = cache / f"descriptor-vectors-{key}.npy"
    vectors = read_vectors(path, (len(descriptors), embedder.dim))
    if vectors is None:
        vectors = prompt_vectors(embedder.embed_text, descriptors)
        write_vectors(path, vectors)
    return vectors


def bank_tagger(embedder: Embedder, files: TaggingFiles = TaggingFiles()) -> Tagger:
    """The tagger for an embedder of sentences; calibrated only by the library and the user's labels."""
    return build_tagger(embedder, load_bank(files.bank).descriptors, Calibration(logistic=prior_logistic()), files)


def build_tagger(
    embedder: Embedder, descriptors: Sequence[Descriptor], shipped: Calibration, files: TaggingFiles
) -> Tagger:
    """A tagger with the calibration of this library if it has one, else the shipped calibration."""
    vectors = descriptor_vectors(embedder, descriptors, files.cache)
    state = files.state_of(bank_hash(descriptors), embedder.fingerprint)
    calibration = learned(shipped, state.statistics(), state.fit()) if state else shipped
    return Tagger(descriptors, vectors, calibration, shipped, embedder.text_version)


def prior_logistic() -> Mapping[str, tuple[float, float]]:
    """{category: (slope, intercept)} from SEPARATION and PREVALENCE."""
    return {
        category: (SEPARATION, float(np.log(share / (1 - share))) - SEPARATION**2 / 2)
        for category, share in PREVALENCE.items()
    }


def prompt_vectors(embed_text: EmbedText, descriptors: Sequence[Descriptor]) -> np.ndarray:
    """[descriptors, dim] float32 of norm 1: the mean direction of each descriptor's prompts."""
    prompts = [prompt for descriptor in descriptors for prompt in descriptor.prompts]
    batches = [prompts[start : start + BATCH] for start in range(0, len(prompts), BATCH)]
    vectors = np.concatenate([embed_text(batch) for batch in batches])
    first = np.cumsum([0, *(len(descriptor.prompts) for descriptor in descriptors[:-1])])
    sums = np.add.reduceat(vectors, first)
    return (sums / np.linalg.norm(sums, axis=1, keepdims=True)).astype(np.float32)


def _place(location: Sequence[int | str], content: object) -> str:
    """A location in the file for people, with the slug of the descriptor: descriptors[3] (calm).stems[0]."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".") or "the file"
    if len(location) > 1 and isinstance(content, dict):
        slug = content["descriptors"][location[1]]
        slug = slug.get("slug") if isinstance(slug, dict) else None
        if isinstance(slug, str):
            return place.replace("]", f"] ({slug})", 1)
    return place


def _first_causes(error: ValidationError) -> list[Any]:
    """The errors, except for lists that are too short only because their members are invalid."""
    errors = error.errors(include_url=False)
    places = [each["loc"] for each in errors]
    return [each for each in errors if each["type"] != "too_short" or not any(_inside(p, each["loc"]) for p in places)]


def _inside(place: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        model = BankEntry if len(error["loc"]) > 1 else _BankFile
        names = [field.alias or name for name, field in model.model_fields.items()]
        return f"unknown field; allowed: {', '.join(sorted(names, key=lambda name: name != 'slug'))}"  # it comes first
    if error["type"] == "too_long":
        return f"must have at most {error['ctx']['max_length']} items, not {error['ctx']['actual_length']}"
    if error["type"] in MESSAGES:
        return MESSAGES[error["type"]]
    message = str(error["msg"]).replace("Input should be", "must be").replace("String should", "must")
    given = repr(error["input"])
    return f"{message}, not {given[:60]}{'...' if len(given) > 60 else ''}"


def _repeated(values: Iterator[Any]) -> list[Any]:
    return [value for value, count in Counter(values).items() if count > 1]


def _without_english(entries: Sequence[BankEntry]) -> list[tuple[int, BankEntry]]:
    return [(index, entry) for index, entry in enumerate(entries) if "en" not in entry.names]


def _where(entries: Sequence[BankEntry], slug: str) -> str:
    return " and ".join(f"descriptors[{index}]" for index, entry in enumerate(entries) if entry.slug == slug)
