"""The levels that tagging uses, of a track that was analysed before."""

import math
from collections.abc import Mapping

from polymuse.music import MIX, VOCALS, StemInfo


def levels_db(stems: Mapping[str, StemInfo]) -> dict[str, float]:
    """The RMS levels of the stems of a track, and of the mix as the sum of their powers.

    The level of the mix is not stored. It can be computed only if both the vocals and the accompaniment were separated,
    because then the stems add up to the mix.
    """
    levels = {name: stem.level_db for name, stem in stems.items()}
    if VOCALS not in levels or len(levels) == 1:
        return levels
    return levels | {MIX: 10 * math.log10(sum(10 ** (level / 10) for level in levels.values()))}
