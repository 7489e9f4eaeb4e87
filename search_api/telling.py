"""The tags that set a part of the library apart from the rest: they name regions of the map, and clusters."""

import numpy as np

COMMON = 0.3  # share of a part's tracks that has a tag which names it
DISTINCT = 1.3  # how many times as frequent as in the library such a tag is
FURTHER = 0.6  # score of a further tag, as a share of that of the first


def telling(
    share: np.ndarray, everywhere: np.ndarray, most: int = 2, *, common: float = COMMON, further: float = FURTHER
) -> list[int]:
    """Indices of up to `most` tags, by their part in the divergence of a part of the library from the whole.

    `share`, `everywhere`: [tags], how many of the tracks have each, from 0 to 1, in the part and in the library.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.where(everywhere > 0, share / everywhere, 0)
        score = np.where((share >= common) & (times >= DISTINCT), share * np.log(times), 0)
    best = np.argsort(-score, kind="stable")[:most]
    return [int(index) for index in best if score[index] > 0 and score[index] >= further * score[best[0]]]
