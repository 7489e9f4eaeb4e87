"""`polymuse descriptors`: what tracks can be tagged with, and descriptors of your own."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import options
from polymuse.errors import UserError

if TYPE_CHECKING:  # commands import what they need when they run, so that --help stays fast
    from cli.session import Library
    from models.tagging.descriptor_bank import BankEntry

app = typer.Typer(no_args_is_help=True, help="What tracks can be tagged with; add descriptors of your own.")


class Category(StrEnum):
    """`BankEntry.category`, which is a Literal, as the Enum that Typer needs."""

    MOOD = "mood"
    GENRE = "genre"
    INSTRUMENTS = "instruments"
    TEXTURE = "texture"


BANK, OWN, HIDDEN = "bank", "own", "own, but tags have the meaning of the bank"

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="What the tag is called in filters, e.g. heavy-rain.")]
Categories = Annotated[
    list[Category] | None, typer.Option("--category", help="Only this category; may be repeated.", show_default=False)
]
Language = Annotated[str, typer.Option("--language", metavar="CODE", help="Of the names, where there is one in it.")]


@app.command("list")
def list_(
    category: Categories = None,
    own: Annotated[bool, typer.Option("--own", help="Only those that you have added.")] = False,
    language: Language = "en",
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """List what tracks can be tagged with: the descriptors of the bank that the profile supports, then your own.

    Examples:

        polymuse descriptors list --category mood --language zh

        polymuse descriptors list --own --json
    """
    from cli import output
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        of_bank = [] if own else _supported(library)
        supporting, of_users = library.profile, library.catalog.own_descriptors()
        in_bank = {entry.slug for entry in _supported(library)}
    chosen = set(category or Category)
    listed = [(each, BANK) for each in of_bank]
    listed += [(each, HIDDEN if each.slug in in_bank else OWN) for each in of_users]
    listed = [(each, origin) for each, origin in listed if each.category in chosen]
    if as_json:
        for each, origin in listed:
            output.print_json(_plain(each, language) | {"own": origin != BANK})
    elif listed:
        rows = [(each.slug, each.category, _name(each, language), origin) for each, origin in listed]
        output.print_table(("slug", "category", "name", "from"), rows)
    else:
        none = "There are none" if own or of_bank else f"The {supporting} profile supports none of the bank"
        output.messages().print(f"{none}. `polymuse descriptors add --help` shows how to add one.")


@app.command()
def nearest(
    words: Annotated[list[str], typer.Argument(metavar="TEXT", help="A text in a language that the profile knows.")],
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, max=100, help="How many.")] = 10,
    category: Categories = None,
    language: Language = "en",
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Show the descriptors nearest in meaning to a text, with the cosine to their sentences.

    The tags of a track or of any audio file are printed by `polymuse tags`.

    Examples:

        polymuse descriptors nearest music for a rainy day

        polymuse descriptors nearest 小提琴 -n 3 --category instruments --json
    """
    from cli import output
    from cli.session import open_library

    text = " ".join(words).strip()
    if not text:
        raise UserError("The text is empty", "Give at least one word")
    with open_library(library=library_name, profile=profile) as library:
        library.ensure_bank()
        [vector] = library.embedder.embed_text([text])
        found = library.catalog.nearest_descriptors(vector, limit, category)
        known = {each.slug: each for each in library.catalog.descriptors([slug for slug, _ in found])}
    near = [(known[slug], cosine) for slug, cosine in found if slug in known]  # others were removed meanwhile
    if as_json:
        for each, cosine in near:
            output.print_json({"cosine": round(cosine, 4)} | _plain(each, language) | {"own": each.own})
    else:
        rows = [(f"{cosine:.3f}", each.slug, each.category, _name(each, language)) for each, cosine in near]
        output.print_table(("cosine", "slug", "category", "name"), rows, right=("cosine",))


@app.command()
def add(
    slug: Slug,
    category: Annotated[Category, typer.Option(help="What kind of tag it is.", show_default=False)],
    name: Annotated[
        list[str],
        typer.Option(metavar="CODE=NAME", help="Its name in a language; may be repeated. English, en, is needed."),
    ],
    prompt: Annotated[
        list[str],
        typer.Option(metavar="SENTENCE", help="A sentence that describes such music; may be repeated, 8 at most."),
    ],
    stem: Annotated[
        list[str] | None,
        typer.Option(metavar="STEM", help="The stem that tells; may be repeated. Default: mix.", show_default=False),
    ] = None,
    voice: Annotated[
        str | None,
        typer.Option(
            metavar="present|absent|needed",
            help="What it says about singing: somebody sings, nobody does, or it describes the voice.",
        ),
    ] = None,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Add a descriptor of your own, or replace it. A running service has it within a second.

    Music that is indexed from now on is tagged with it. Tracks in the library get it by `polymuse retag`; without that,
    `polymuse search --like-tag SLUG` ranks them by it. `polymuse descriptors remove SLUG` takes it back.

    Examples:

        polymuse descriptors add rain --category texture --name en=Rain --name zh=雨 --prompt "the sound of rain"

        polymuse descriptors add fado --category genre --name en=Fado --prompt "fado" --prompt "a fado singer"
    """
    from cli import output
    from cli.progress import say
    from cli.session import open_library
    from models.tagging.stored_descriptors import own_descriptor

    fields = {"slug": slug, "category": category.value, "names": _names(name), "prompts": prompt}
    entry = _entry(fields | ({"stems": stem} if stem else {}) | ({"voice": voice} if voice else {}))
    with open_library(library=library_name, profile=profile) as library:
        _check_not_in_bank(slug, library)
        made = own_descriptor(library.embedder.embed_text, entry)
        replaced = any(each.own for each in library.catalog.descriptors([slug]))
        library.catalog.put_descriptor(made)
        tracks = library.catalog.count()
    if as_json:
        output.print_json(_plain(made, "en") | {"own": True, "replaced": replaced, "retag": tracks > 0})
    else:
        later = "; `polymuse retag` gives it to those in the library" if tracks else ""
        done = "Replaced" if replaced else "Added"
        say(output.messages(), f"{done} {slug}. Tracks indexed from now on are tagged with it{later}.")


@app.command()
def remove(
    slug: Slug,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Remove a descriptor of your own. Tracks keep the tag until `polymuse retag`.

    With --json, what it was is printed.

    Examples:

        polymuse descriptors remove rain

        polymuse descriptors remove rain --json > rain.json
    """
    from cli import output
    from cli.filter_words import check_known
    from cli.progress import say
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        own = {each.slug: each for each in library.catalog.own_descriptors()}
        if slug not in own:
            _check_not_in_bank(slug, library)
        check_known("descriptor of your own", [slug], own)
        library.catalog.remove_descriptor(slug)
        tracks = library.catalog.count()
    if as_json:
        output.print_json(_plain(own[slug], "en") | {"own": True, "retag": tracks > 0})
    else:
        later = " Tracks keep the tag until `polymuse retag`." if tracks else ""
        say(output.messages(), f"Removed {slug}.{later}")


def _supported(library: "Library") -> "list[BankEntry]":
    """The descriptors of the bank that the profile can assign, in its order."""
    from models.profiles import PROFILES
    from models.tagging.descriptor_bank import load_bank

    bank = load_bank(library.settings.bank)
    expressible = PROFILES[library.profile].expressible(bank.descriptors)
    return [entry for entry in bank.entries if entry.slug in expressible]


def _check_not_in_bank(slug: str, library: "Library") -> None:
    if slug in {entry.slug for entry in _supported(library)}:  # the others are never assigned, and free
        raise UserError(f"{slug} is a descriptor of the bank", "Choose another slug, or change the bank in its file")


def _names(given: Sequence[str]) -> dict[str, str]:
    """{language: name} of en=Rain and the like. Raises UserError."""
    names: dict[str, str] = {}
    for each in given:
        language, equals, name = (part.strip() for part in each.partition("="))
        if not (language and equals and name):
            raise UserError(f"{each!r} is not a name with its language", "Write --name en=Rain")
        if language in names:
            raise UserError(f"There are two names in {language}", "Give one")
        names[language] = name
    if "en" not in names:
        raise UserError("The descriptor has no English name", "Add --name en=Rain")
    return names


def _entry(fields: dict[str, Any]) -> "BankEntry":
    """The descriptor of these fields. Raises UserError with its first problem."""
    from catalog.descriptors import MAX_SLUG
    from catalog.field_types import SLUG
    from models.tagging.descriptor_bank import BankEntry, problems

    slug = fields["slug"]
    if not SLUG.fullmatch(slug) or slug[0] in "-_" or len(slug) > MAX_SLUG:
        raise UserError(f"{slug[:MAX_SLUG]!r} is not a slug", "Write small letters, digits, - and _, e.g. heavy-rain")
    if not all(prompt.strip() for prompt in fields["prompts"]):
        raise UserError("A prompt is empty", 'Write a sentence: --prompt "music with the sound of rain"')
    if found := problems({"descriptors": [fields]}):
        raise UserError(f"{slug}: {found[0].partition(').')[2]}", "`polymuse descriptors add --help` has examples")
    return BankEntry.model_validate(fields)


def _name(descriptor: Any, language: str) -> str:
    return descriptor.names.get(language, descriptor.names["en"])


def _plain(descriptor: Any, language: str) -> dict[str, Any]:
    """A BankEntry or StoredDescriptor for JSON."""
    plain = {key: getattr(descriptor, key) for key in ("slug", "category", "names", "prompts", "stems")}
    return plain | {"name": _name(descriptor, language), "voice": descriptor.voice or None}
