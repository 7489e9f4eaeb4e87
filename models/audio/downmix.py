"""Any channel layout -> stereo, without ever exceeding full scale.

FFmpeg's own downmix is not used: it does not normalise float audio (5.1 -> mono peaks at 1.69).
"""

from collections.abc import Sequence

import numpy as np

SIDE = 2**-0.5  # -3 dB for centre and surround channels: ITU-R BS.775, table 2

# Channel name in FFmpeg's terms -> (gain to the left, gain to the right). The low-frequency channels are left out,
# as in BS.775: they repeat what the main channels contain.
GAINS: dict[str, tuple[float, float]] = {
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "FC": (SIDE, SIDE),
    "LFE": (0.0, 0.0),
    "LFE2": (0.0, 0.0),
    "BL": (SIDE, 0.0),
    "BR": (0.0, SIDE),
    "BC": (SIDE * SIDE, SIDE * SIDE),  # one surround channel: -3 dB twice, as in the 3/1 row of the table
    "SL": (SIDE, 0.0),
    "SR": (0.0, SIDE),
    "FLC": (1.0, 0.0),  # between front and centre: treated as front
    "FRC": (0.0, 1.0),
    "WL": (1.0, 0.0),
    "WR": (0.0, 1.0),
    "DL": (1.0, 0.0),  # an existing downmix
    "DR": (0.0, 1.0),
}


def stereo_matrix(names: Sequence[str]) -> np.ndarray:
    """[2, C] float32 gains for channels with these names; each row sums to 1.

    One channel is copied to both sides and two are unchanged, whatever their names. With more, all names must be in
    `GAINS` and both sides must get a channel; otherwise even channels go left and odd ones right.
    """
    count = len(names)
    if count == 1:
        return np.ones((2, 1), np.float32)
    if count == 2:
        return np.eye(2, dtype=np.float32)
    gains = np.zeros((2, count))
    if all(name in GAINS for name in names):
        gains = np.array([GAINS[name] for name in names]).T
    if not gains.any(axis=1).all():
        gains = np.zeros((2, count))
        gains[0, 0::2] = gains[1, 1::2] = 1.0
    return (gains / gains.sum(axis=1, keepdims=True)).astype(np.float32)
