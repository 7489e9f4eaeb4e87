"""The analysis of a score: one vector; nothing is decoded, separated or tagged."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.jobs import Job
from indexer.score_files import score_id
from models.analysis import Analysis
from polymuse.errors import BadAudioError, BadScoreError, UnavailableError, UnreadableError
from polymuse.music import MIX, SCORE
from polymuse.paths import printable

if TYPE_CHECKING:  # the parent process never loads the networks
    from models.embedder import Embedder


def is_of_score(job: Job) -> bool:
    return job.identified.file.kind == SCORE


def analyze_score(embedder: "Embedder", job: Job) -> Analysis:
    """Embed a score that was identified.

    Raises BadAudioError for a file that is no score, and UnreadableError, which is no verdict on it, if it has changed
    since it was identified, or if what reads scores of its format is missing on this machine.
    """
    path = job.identified.file.path
    started = time.perf_counter()
    try:
        found = embedder.embed_score(path)
    except BadScoreError as error:
        raise BadAudioError(error.message, error.advice) from error
    except UnavailableError as error:
        raise UnreadableError(error.message, error.advice) from error
    _check_unchanged(path, job.identified.track_id)
    return Analysis(
        seconds=0.0,
        codec=found.format,
        vectors={MIX: found.vector},
        stems={},
        tags=(),
        remarks=found.remarks,
        busy={"embed": time.perf_counter() - started},
        title=found.title,
        composer=found.composer,
    )


def _check_unchanged(path: Path, track_id: str) -> None:
    """The vector of other bytes must not be stored under an id that is the hash of these."""
    if score_id(path) != track_id:
        raise UnreadableError(f"{printable(path)}: it has changed while it was being read", "Index it again")
