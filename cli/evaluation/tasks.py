"""What `polymuse eval` measures beside retrieval: the sets of sentences that come with it, and what answers them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import data
from catalog.keys import readable
from catalog.understanding.understood import Understood
from cli.evaluation.figures import FigureTable
from cli.session import Networks, open_library
from polymuse.errors import UserError
from polymuse.paths import printable
from polymuse.settings import load_settings

SETS = Path(data.__file__).with_name("eval")


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a task."""

    tables: Sequence[FigureTable]
    remark: str  # what the figures are over, for people
    profile: str | None = None  # that was measured; None if the task needs no networks


def names(file: Path, **_flags: str | None) -> Measured:
    """The first tracks of a library made of names, searched as `polymuse search` does."""
    from cli.evaluation.made_library import MadeLibrary
    from cli.evaluation.names import evaluate
    from cli.evaluation.names_file import read_names

    asked = read_names(file)
    library = MadeLibrary.of_tracks(asked.tracks)
    remark = f"{len(asked.queries)} queries of a library of {len(asked.tracks)} tracks"
    return Measured(evaluate(asked.queries, library.search), remark=remark)


def parsing(file: Path, **_flags: str | None) -> Measured:
    """The parts that sentences are read into, each with the names that its library has."""
    from cli.evaluation.made_library import MadeLibrary
    from cli.evaluation.parsing import evaluate
    from cli.evaluation.parsing_file import LabelledSentence, read_sentences

    def read(sentence: LabelledSentence) -> Understood:
        return MadeLibrary.of_names(sentence.names).understand(sentence.text, sentence.folders)

    asked = read_sentences(file)
    return Measured(evaluate(asked, read), remark=f"{len(asked)} sentences")


def situations(file: Path, **flags: str | None) -> Measured:
    """The concepts that the encoder of texts makes of sentences that name none."""
    from cli.evaluation.situations import evaluate
    from cli.evaluation.situations_file import read_situations
    from models.starter.concepts import load_concepts

    asked = read_situations(file)
    slugs = load_concepts().slugs
    _check_known({slug for each in asked for slug in each.right | each.wrong}, slugs, "concept", file)
    with closing(Networks(load_settings(**flags))) as networks:
        if networks.embedder.meanings([asked[0].text]) == [None]:
            message = f"Profile {networks.profile} has no concepts: its texts become vectors at once"
            raise UserError(message, "Use --profile starter, or measure it by retrieval: `polymuse eval QUERIES.jsonl`")
        table = evaluate(asked, networks.embedder.meanings, len(slugs))
        return Measured([table], f"{len(asked)} sentences", networks.profile)


def tags(file: Path, **flags: str | None) -> Measured:
    """The confidence of tags, from the stored vectors of the tracks that the library has.

    Tags of the bank that the profile never gives are left out.
    """
    from cli.evaluation.tag_truth import confidences, evaluate
    from cli.evaluation.tags_file import read_tagged
    from models.tagging.descriptor_bank import load_bank

    labelled = read_tagged(file)
    with open_library(library=flags.get("library"), profile=flags.get("profile")) as library:
        slugs = [each.slug for each in (*load_bank().descriptors, *library.tagger.descriptors)]
        _check_known({slug for each in labelled for slug in each.right | each.wrong}, slugs, "tag", file)
        found = confidences(library, labelled)
        used = library.profile
    table = evaluate(found)
    if not table.rows:
        message = f"{len(found)} of the {len(labelled)} labelled tracks are in the library, too few for any tag"
        raise UserError(message, "Index them: docs/quality.md says where they come from")
    return Measured([table], f"{len(found)} of {len(labelled)} labelled tracks", used)


def _check_known(used: set[str], known: Sequence[str], what: str, file: Path) -> None:
    if unknown := sorted(used - set(known)):
        near = get_close_matches(unknown[0], known)
        advice = f"Near it: {', '.join(near)}" if near else f"Leave it out: {file.name} may name only those that exist"
        raise UserError(f"{printable(file)}: there is no {what} {readable(unknown[0])}", advice)


TASKS: Mapping[str, Callable[..., Measured]] = {
    "names": names,
    "parsing": parsing,
    "situations": situations,
    "tags": tags,
}
NEED_PROFILE = frozenset({"situations", "tags"})


def measure(task: str, file: Path | None = None, **flags: str | None) -> Measured:
    """Run a task over `file`, or over the set that comes with it."""
    return TASKS[task](file or SETS / f"{task}.jsonl", **flags)
