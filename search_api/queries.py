"""Search requests, as JSON and as query strings: validated and normalised."""

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    create_model,
    model_validator,
)

from catalog import search_options
from catalog.date_types import Days
from catalog.descriptors import MAX_SLUG
from catalog.field_types import FieldType, Folder, Keyword, Number, Part, Stems, Tags
from catalog.fields import FIELDS
from catalog.file_tag_types import YES, Artists, Flag, Ids
from catalog.filters import STRONG, Filter, Range, TagTerm, parse_filter
from catalog.kinds import Kinds
from catalog.mark_types import ANY, KnownAs, LeavingOut, WrongTags
from catalog.measured_types import Camelot, Compatible, MeasuredNumber, MusicalKey, Tempo, TempoRange
from catalog.query import Audio, DescriptorTerm, Query, Seed, Text
from catalog.search_options import MAX_DEPTH, Moments, SearchOption, Shared
from catalog.song_types import Songs
from polymuse.music import MIX, TrackKind
from search_api.uploads import UploadMemory

MAX_TEXT = 1000  # characters
MAX_TERMS = 16  # per kind: texts, tracks, stems, ...
MAX_FILTER = 4000  # characters
MAX_VALUES = 400  # of a field in a filter; the text of one has no room for more
MAX_NAMES = 100  # of an object; the largest has twenty fields
NOT_BLANK = r"[^\s\x1c-\x1f\x85\ufeff]"  # what \S means differs between Python, Rust and ECMAScript; this does not

WHERE_EXAMPLE = "year:1990..2000 tag:calm>0.6 -artist:bach"
ID_EXAMPLE = "6f0a1f0c-6f0e-5c8e-9a57-0f8a2f7f4f11"


def normalise_text(text: str) -> str:
    """The text as it is embedded and cached: composed characters (NFC), single spaces, none at the ends."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


QueryText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_TEXT, pattern=NOT_BLANK),
    AfterValidator(normalise_text),
    Field(examples=["calm piano", "大提琴独奏"]),
]
StemName = Annotated[str, StringConstraints(to_lower=True, pattern="^[A-Za-z0-9_]{1,64}$"), Field(examples=["vocals"])]
Slug = Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9_-]*$", max_length=MAX_SLUG), Field(examples=["calm"])]
TrackId = Annotated[str, StringConstraints(min_length=1, max_length=64), Field(examples=[ID_EXAMPLE])]
Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
Weight = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


def described(option: SearchOption, **limits: Any) -> Any:
    """A Field with the description and the range of a search option."""
    return Field(ge=option.min, le=option.max, description=option.description, **limits)


Limit = Annotated[int, described(search_options.LIMIT)]
Offset = Annotated[int, Field(ge=0, lt=MAX_DEPTH, description=f"hits to skip; limit + offset is at most {MAX_DEPTH}")]
MinScore = Annotated[float | None, described(search_options.MIN_SCORE)]
Diversity = Annotated[float, described(search_options.DIVERSITY)]
MomentsChoice = Annotated[
    Moments | None,
    Field(description="locate: hits include their best matching moment; rank: tracks are ranked by that moment"),
]
WithoutDuplicates = Annotated[bool, described(search_options.WITHOUT_DUPLICATES)]
WithoutSame = Annotated[list[Shared], described(search_options.WITHOUT_SAME, max_length=2)]
Explain = Annotated[bool, described(search_options.EXPLAIN)]
Understand = Annotated[
    bool,
    Field(
        description="read names of the library, likeness, limits and negation in the texts; false: texts describe sound"
    ),
]
WhereText = Annotated[
    str, Field(max_length=MAX_FILTER, description="terms `field:value`; a leading - excludes", examples=[WHERE_EXAMPLE])
]


class Strict(BaseModel):
    """Rejects unknown names: a misspelt option must not be ignored."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _few_names(cls, values: Any) -> Any:
        """Each unknown name would be an error of its own."""
        if isinstance(values, dict) and len(values) > MAX_NAMES:
            raise ValueError(f"an object has at most {MAX_NAMES} names, not {len(values)}")
        return values


class WeightedText(Strict):
    text: QueryText
    weight: Weight = 1.0


class WeightedTrack(Strict):
    id: TrackId
    weight: Weight = 1.0
    stem: StemName | None = Field(
        default=None, description="represent the track by this stem in every comparison; null: by the stem compared"
    )


class WeightedDescriptor(Strict):
    slug: Slug
    weight: Weight = 1.0


class AudioTerm(Strict):
    token: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        description="the `audio_token` of an upload"
    )
    weight: Weight = 1.0


class Interval(Strict):
    """Numbers from `low` to `high`, both included; either may be omitted."""

    low: float | None = None
    high: float | None = None

    def to_value(self) -> Range | TempoRange:
        return Range(self.low, self.high)


class TempoInterval(Interval):
    """Tempi in BPM; with `octaves` half and double of them count as well."""

    octaves: bool = False

    def to_value(self) -> TempoRange:
        return TempoRange(self.low, self.high, self.octaves)


class TagWanted(Strict):
    slug: Name
    min_confidence: float = STRONG

    def to_value(self) -> TagTerm:
        return TagTerm(self.slug, self.min_confidence)


class _Terms(Strict):
    def to_filter(self, exclude: Filter | None = None) -> Filter:
        """Convert to a Filter. Raises UserError for an invalid value."""
        values = {attribute: tuple(map(_to_value, getattr(self, attribute))) for attribute in FIELDS}
        return Filter(**values, exclude=exclude)


def _to_value(term: str | Interval | TagWanted) -> Any:
    return term if isinstance(term, str) else term.to_value()


# JSON type of a value, by the type of its field
JSON_TYPES: dict[type[FieldType], Any] = {
    Keyword: Name,
    Artists: Name,
    Ids: Name,
    Flag: Literal[YES],
    LeavingOut: Literal[YES, ANY],
    WrongTags: Name,
    KnownAs: Name,
    Songs: Name,
    Days: Name,
    Kinds: TrackKind,
    Part: Name,
    Folder: Name,
    Number: Interval,
    MeasuredNumber: Interval,
    Tempo: TempoInterval,
    MusicalKey: Name,
    Camelot: Name,
    Compatible: Name,
    Tags: TagWanted,
    Stems: StemName,
}
_LISTS: dict[str, Any] = {
    attribute: (list[JSON_TYPES[type(each)]], Field(default=[], max_length=MAX_VALUES, description=each.about))
    for attribute, each in FIELDS.items()
}
Terms = create_model(
    "Terms", __base__=_Terms, __doc__="A track must match one value of each field, but all tags and stems.", **_LISTS
)
_EXCLUDE: Any = (Terms | None, Field(default=None, description="terms that must not match"))
WhereObject = create_model("WhereObject", __base__=Terms, exclude=_EXCLUDE)


def _read_where(value: Any) -> Filter:
    if isinstance(value, Filter):
        return value
    if isinstance(value, str):
        if len(value) > MAX_FILTER:
            raise ValueError(f"a filter has at most {MAX_FILTER} characters")
        return parse_filter(value)
    terms = WhereObject.model_validate(value)
    unwanted: _Terms | None = getattr(terms, "exclude")  # noqa: B009  # a field that `create_model` made
    exclude = Filter() if unwanted is None else unwanted.to_filter()
    return terms.to_filter(exclude if exclude != Filter() else None)


def _shorthand(key: str, bare: Any, full: type[BaseModel]) -> BeforeValidator:
    """Accept a plain string in place of an object that has it under `key`."""
    return BeforeValidator(
        lambda value: {key: value} if isinstance(value, str) else value, json_schema_input_type=bare | full
    )


def _equal_weights(stems: Any) -> Any:
    if isinstance(stems, dict) and len(stems) > MAX_TERMS:
        raise ValueError(f"a search has at most {MAX_TERMS} stems, not {len(stems)}")
    return dict.fromkeys(stems, 1.0) if isinstance(stems, list) and all(isinstance(s, str) for s in stems) else stems


TextTerm = Annotated[WeightedText, _shorthand("text", QueryText, WeightedText)]
DescriptorSlug = Annotated[WeightedDescriptor, _shorthand("slug", Slug, WeightedDescriptor)]
TrackTerm = Annotated[WeightedTrack, _shorthand("id", TrackId, WeightedTrack)]
_StemMap = Annotated[
    dict[StemName, Weight],
    Field(min_length=1, max_length=MAX_TERMS, json_schema_extra={"additionalProperties": False}),
]
_StemList = Annotated[list[StemName], Field(min_length=1, max_length=MAX_TERMS)]
StemWeights = Annotated[
    _StemMap,
    BeforeValidator(_equal_weights, json_schema_input_type=_StemMap | _StemList),
    Field(description="stem -> weight, or a list of stems with equal weights"),
]
Where = Annotated[
    Filter,
    PlainValidator(_read_where, json_schema_input_type=WhereText | WhereObject),
    PlainSerializer(str, return_type=str),
    Field(description="the filter language, or an object with one list per field"),
]


class SearchRequest(Strict):
    """What hits should be like or unlike, the stems to compare, a filter and options.

    The response contains the normalised request as `query`; send that to repeat the search.
    """

    texts: list[TextTerm] = Field(default=[], max_length=MAX_TERMS)
    not_texts: list[TextTerm] = Field(default=[], max_length=MAX_TERMS)
    descriptors: list[DescriptorSlug] = Field(
        default=[], max_length=MAX_TERMS, description="tags as a direction: tracks near the vector of each"
    )
    not_descriptors: list[DescriptorSlug] = Field(default=[], max_length=MAX_TERMS)
    tracks: list[TrackTerm] = Field(default=[], max_length=MAX_TERMS)
    not_tracks: list[TrackTerm] = Field(default=[], max_length=MAX_TERMS)
    audio: list[AudioTerm] = Field(default=[], max_length=MAX_TERMS, description="uploaded audio files")
    not_audio: list[AudioTerm] = Field(default=[], max_length=MAX_TERMS)
    stems: StemWeights = {MIX: 1.0}
    where: Where = Filter()
    limit: Limit = 20
    offset: Offset = 0
    min_score: MinScore = None
    diversity: Diversity = 0.0
    moments: MomentsChoice = None
    without_duplicates: WithoutDuplicates = False
    without_same: WithoutSame = []
    explain: Explain = False
    understand: Understand = True

    def to_query(self, uploads: UploadMemory) -> Query:
        """Convert to a Query. Raises NotFoundError for an upload that is no longer in memory."""
        return Query(
            texts=_texts(self.texts),
            not_texts=_texts(self.not_texts),
            descriptors=_descriptors(self.descriptors),
            not_descriptors=_descriptors(self.not_descriptors),
            tracks=_seeds(self.tracks),
            not_tracks=_seeds(self.not_tracks),
            stems=self.stems,
            where=self.where,
            limit=self.limit,
            offset=self.offset,
            min_score=self.min_score,
            diversity=self.diversity,
            audio=_audio(self.audio, uploads),
            not_audio=_audio(self.not_audio, uploads),
            moments=self.moments,
            without_duplicates=self.without_duplicates,
            without_same=frozenset(self.without_same),
            explain=self.explain,
        )


def _texts(terms: list[WeightedText]) -> tuple[Text, ...]:
    return tuple(Text(term.text, term.weight) for term in terms)


def _descriptors(terms: list[WeightedDescriptor]) -> tuple[DescriptorTerm, ...]:
    return tuple(DescriptorTerm(term.slug, term.weight) for term in terms)


def _seeds(terms: list[WeightedTrack]) -> tuple[Seed, ...]:
    return tuple(Seed(term.id, term.weight, term.stem) for term in terms)


def _audio(terms: list[AudioTerm], uploads: UploadMemory) -> tuple[Audio, ...]:
    return tuple(Audio(uploads.get(term.token).vectors, term.weight) for term in terms)


class SearchOptions(Strict):
    """Query parameters that all searches share."""

    stem: list[StemName] = Field(
        [], max_length=MAX_TERMS, description="stems to compare, equally weighted; default: mix"
    )
    where: WhereText = ""
    limit: Limit = 20
    offset: Offset = 0
    min_score: MinScore = None
    diversity: Diversity = 0.0
    moments: MomentsChoice = None
    without_duplicates: WithoutDuplicates = False
    without_same: WithoutSame = []
    explain: Explain = False
    understand: Understand = True

    def to_request(self, **sources: Any) -> SearchRequest:
        """The request for these `texts`, `not_texts` or `tracks`. Raises UserError for an invalid filter."""
        return SearchRequest(
            **sources,
            stems=dict.fromkeys(self.stem or [MIX], 1.0),
            where=parse_filter(self.where),
            limit=self.limit,
            offset=self.offset,
            min_score=self.min_score,
            diversity=self.diversity,
            moments=self.moments,
            without_duplicates=self.without_duplicates,
            without_same=self.without_same,
            explain=self.explain,
            understand=self.understand,
        )
