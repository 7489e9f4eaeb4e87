"""`/v1/descriptors`: all tags with their names in a language, those nearest to something, and those of users."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import numpy as np
from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, Field

from catalog.descriptors import MAX_SLUG
from models.tagging.descriptor_bank import SLUG, BankEntry, DescriptorFields
from models.tagging.levels import levels_db
from models.tagging.stored_descriptors import own_descriptor
from polymuse.descriptors import StoredDescriptor
from polymuse.errors import NotFoundError, UserError
from polymuse.music import MIX
from search_api.languages import accepted_languages, look_up
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import ID_EXAMPLE, QueryText, StemName, Strict, TrackId
from search_api.service import CurrentService, SearchService

router = APIRouter(prefix="/descriptors", tags=["library"])
changes = APIRouter(prefix="/descriptors", tags=["library"])

FALLBACK = "en"  # every descriptor has an English name
MAX_NEAREST = 100
_CALM = {"slug": "calm", "category": "mood", "name": "平静", "language": "zh", "expressible": True, "own": False}

Measure: TypeAlias = Literal["cosine", "confidence"]
Category: TypeAlias = Literal["mood", "genre", "instruments", "texture"]
Slug = Annotated[str, Path(pattern=SLUG, max_length=MAX_SLUG, examples=["rain"])]
Language = Annotated[
    str | None,
    Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=40, description="a language tag (BCP 47)"),
]
AcceptLanguage = Annotated[str, Header()]


class DescriptorAnswer(BaseModel):
    slug: str = Field(description="the name of the tag in filters and responses")
    category: str = Field(description="mood, genre, instruments or texture")
    name: str
    language: str = Field(description="of the name")
    expressible: bool = Field(description="whether this profile can assign the tag")
    own: bool = Field(description="whether a user has added it to those of the bank")


class DescriptorsAnswer(BaseModel):
    model_config = example({"profile": "starter", "descriptors": [_CALM]})

    profile: str
    descriptors: list[DescriptorAnswer] = Field(
        description="in the order of the descriptor bank, then those of users by slug"
    )


class DescriptorParams(Strict):
    lang: Language = None


class NearDescriptor(BaseModel):
    slug: str
    category: str
    name: str
    language: str = Field(description="of the name")
    cosine: float
    confidence: float | None = Field(description="that the tag applies; null for a text")


class NearestAnswer(BaseModel):
    model_config = example(
        {
            "profile": "starter",
            "measure": "cosine",
            "descriptors": [
                {"slug": "calm", "category": "mood", "name": "calm", "language": "en", "cosine": 0.83}
                | {"confidence": None}
            ],
        }
    )

    profile: str
    measure: Measure = Field(
        description="what they are ordered by: for a text the cosine with their sentences; for music, whose cosines "
        "with different tags are not comparable, the confidence that the tag applies"
    )
    descriptors: list[NearDescriptor]


class NearestParams(Strict):
    """Exactly one of `q`, `track` and `audio_token`."""

    q: QueryText | None = None
    track: TrackId | None = Field(default=None, examples=[ID_EXAMPLE])
    audio_token: Annotated[str | None, Field(min_length=1, max_length=64, description="of an upload")] = None
    stem: StemName | None = Field(default=None, description="this stem alone; default: all that there are")
    at: Annotated[
        float | None,
        Field(ge=0, le=1e6, allow_inf_nan=False, description="of a track, only the moment at this second"),
    ] = None
    category: list[Category] = Field(default=[], max_length=4, description="default: all")
    limit: Annotated[int, Field(ge=1, le=MAX_NEAREST)] = 10
    lang: Language = None

    def check(self) -> None:
        """Raises UserError for parameters that do not go together."""
        if sum(each is not None for each in (self.q, self.track, self.audio_token)) != 1:
            raise UserError("It is not clear what the tags should be near to", "Give one of q, track and audio_token")
        if self.at is not None and (self.track is None or self.stem is not None):
            raise UserError("A moment is a part of the mix of a track", "Give `at` with `track`, without `stem`")
        if self.stem is not None and self.q is not None:
            raise UserError("A text has no stems", "Leave out `stem`")


class NewDescriptor(Strict, DescriptorFields):
    """A descriptor of your own: what to call it, and sentences that describe the music."""


class OwnDescriptorAnswer(BaseModel):
    model_config = example({"descriptor": _CALM | {"slug": "rain", "name": "雨", "own": True}, "retag": True})

    descriptor: DescriptorAnswer
    retag: bool = Field(
        description="whether there are tracks, which have it only after `polymuse retag`; new ones are tagged with it"
    )


@router.get("", responses=declared(422), summary="All tags, with their names in a language")
def descriptors(
    service: CurrentService,
    response: Response,
    params: Annotated[DescriptorParams, Query()],
    accept_language: AcceptLanguage = "",
) -> DescriptorsAnswer:
    """Names are in the language `lang`, else in one of `Accept-Language`, else in English."""
    response.headers["Vary"] = "Accept-Language"
    wanted = _languages(params.lang, accept_language)
    by_slug = service.live_descriptors.current().by_slug
    own = [each for each in by_slug.values() if each.own and each.slug not in service.expressible]
    taken = {each.slug for each in own}  # also from a descriptor of the bank that the profile never assigns
    of_bank = [
        _named(entry, wanted, expressible=entry.slug in service.expressible, own=False)
        for entry in service.descriptors
        if entry.slug not in taken
    ]
    of_users = [_named(each, wanted, expressible=True, own=True) for each in own]
    return DescriptorsAnswer(profile=service.profile, descriptors=[*of_bank, *of_users])


@router.get("/nearest", responses=declared(400, 404, 422), summary="The tags nearest to a text, a track or an upload")
def nearest_descriptors(
    service: CurrentService,
    response: Response,
    params: Annotated[NearestParams, Query()],
    accept_language: AcceptLanguage = "",
) -> NearestAnswer:
    """What a text means in tags, or which tags music has that is not in the library, or a moment of a track."""
    params.check()
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "no-store"
    measure, found = _nearest_to_text(service, params) if params.q is not None else _nearest_to_music(service, params)
    names = service.live_descriptors.current().by_slug
    wanted = _languages(params.lang, accept_language)
    near = [
        NearDescriptor(
            slug=slug, category=names[slug].category, name=name, language=language, cosine=cosine, confidence=confidence
        )
        for slug, cosine, confidence in found
        if slug in names  # others were removed meanwhile
        for language, name in [_name(names[slug].names, wanted)]
    ]
    return NearestAnswer(profile=service.profile, measure=measure, descriptors=near)


@changes.put("/{slug}", responses=declared(400, 403, 413, 415, 422), summary="Add a descriptor of your own")
def put_descriptor(service: CurrentService, slug: Slug, new: NewDescriptor) -> OwnDescriptorAnswer:
    """Tracks that are indexed from now on are tagged with it, in all processes. One that is there is replaced."""
    if FALLBACK not in new.names:
        raise UserError("The descriptor has no English name", 'Add one to names: {"en": "rain"}')
    entry = BankEntry(slug=slug, **dict(new))
    made = own_descriptor(service.encoder, entry)
    service.catalog.put_descriptor(made)
    service.live_descriptors.forget()
    answer = _named(made, [FALLBACK], expressible=True, own=True)
    return OwnDescriptorAnswer(descriptor=answer, retag=service.catalog.count() > 0)


@changes.delete(
    "/{slug}", status_code=204, responses=declared(403, 404, 422), summary="Remove a descriptor of your own"
)
def delete_descriptor(service: CurrentService, slug: Slug) -> None:
    """Tracks keep the tag until `polymuse retag`."""
    if not service.catalog.remove_descriptor(slug):
        raise NotFoundError(f'There is no descriptor "{slug}"', "GET /v1/descriptors lists them")
    service.live_descriptors.forget()


Near: TypeAlias = list[tuple[str, float, float | None]]  # slug, cosine, confidence


def _nearest_to_text(service: SearchService, params: NearestParams) -> tuple[Measure, Near]:
    [vector] = service.encoder([params.q or ""])
    found = service.catalog.nearest_descriptors(vector, params.limit, params.category or None)
    return "cosine", [(slug, cosine, None) for slug, cosine in found]


def _nearest_to_music(service: SearchService, params: NearestParams) -> tuple[Measure, Near]:
    vectors, levels = _music(service, params)
    tagger = service.tagger.current()
    confidences = tagger.confidences(vectors, levels)
    cosines = tagger.cosines({MIX: vectors[MIX]})[MIX]
    near: Near = [
        (each.slug, float(cosine), confidences[each.slug])
        for each, cosine in zip(tagger.descriptors, cosines, strict=True)
        if not params.category or each.category in params.category
    ]
    return "confidence", sorted(near, key=lambda each: (-(each[2] or 0.0), each[0]))[: params.limit]


def _music(service: SearchService, params: NearestParams) -> tuple[Mapping[str, np.ndarray], dict[str, float]]:
    """The vectors to tag, "mix" among them, and the levels that are known. Raises NotFoundError."""
    if params.audio_token is not None:
        return _only(service.uploads.get(params.audio_token).vectors, params.stem), {}
    [track] = service.catalog.get([params.track or ""])
    if params.at is not None:
        if params.at > track.duration + 1:  # players measure a little more than the file says
            raise UserError(f"The track ends at {track.duration:.1f} s", "Give `at` within it")
        return {MIX: _moment(service, track.id, params.at)}, {}
    vectors = service.catalog.vectors([track.id])[track.id]
    return _only(vectors, params.stem), levels_db(track.stems) if params.stem is None else {}


def _moment(service: SearchService, track_id: str, second: float) -> np.ndarray:
    """The vector [dim] of the moment whose middle is nearest to a second."""
    segments = service.catalog.segments(track_id)
    if not segments:
        raise NotFoundError("The track has no moments", "Index the music with moments, or leave out `at`")
    return min(segments, key=lambda each: abs((each.start + each.end) / 2 - second)).vector


def _only(vectors: Mapping[str, np.ndarray], stem: str | None) -> Mapping[str, np.ndarray]:
    """The vectors, or that of a stem in place of the mix. Raises NotFoundError."""
    if stem is None:
        return vectors
    if stem not in vectors:
        raise NotFoundError(f'It has no stem "{stem}"', f"It has {', '.join(sorted(vectors))}")
    return {MIX: vectors[stem]}


def _languages(lang: str | None, header: str) -> list[str]:
    return [*([lang] if lang else []), *accepted_languages(header), FALLBACK]


def _name(names: Mapping[str, str], wanted: list[str]) -> tuple[str, str]:
    """(language, name)"""
    return look_up(names, wanted) or (FALLBACK, names[FALLBACK])


def _named(
    descriptor: BankEntry | StoredDescriptor, wanted: list[str], *, expressible: bool, own: bool
) -> DescriptorAnswer:
    language, name = _name(descriptor.names, wanted)
    return DescriptorAnswer(
        slug=descriptor.slug,
        category=descriptor.category,
        name=name,
        language=language,
        expressible=expressible,
        own=own,
    )
