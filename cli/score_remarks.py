"""What the reading of scores left out, for people."""

from collections.abc import Mapping
from pathlib import Path

from cli.output import messages
from cli.progress import say
from models.embedder import ScoreEmbedding
from polymuse.paths import printable


def say_remarks(scores: Mapping[Path, ScoreEmbedding]) -> list[str]:
    """Say the remarks on stderr, in a line for each score that has any, and return these lines."""
    lines = [f"{printable(path)}: {'; '.join(score.remarks)}" for path, score in scores.items() if score.remarks]
    for line in lines:
        say(messages(), line)
    return lines
