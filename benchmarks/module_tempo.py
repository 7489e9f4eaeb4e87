"""The tempo that a tracker module sets: XM (FastTracker 2) and MOD (ProTracker)."""

import struct
from collections.abc import Iterator

SPEED, TEMPO = 6, 125  # of a MOD that sets none
ROWS_A_BEAT = 4
FASTEST = 200.0  # BPM
SET_SPEED = 0x0F  # effect: below 32 ticks a row, from 32 on the tempo


def module_tempo(module: bytes) -> float | None:
    """Beats per minute; None if it changes or the format is another one.

    A row lasts `speed` ticks of `2.5 / tempo` seconds. A beat has four rows, or eight in modules with rows so short
    that four of them would be faster than FASTEST.
    """
    if module.startswith(b"Extended Module: "):
        speed, tempo = struct.unpack_from("<HH", module, 76)
        parameters = _of_xm(module)
    elif module[1080:1084] in (b"M.K.", b"M!K!", b"4CHN", b"FLT4"):
        speed, tempo = SPEED, TEMPO
        parameters = _of_mod(module)
    else:
        return None
    set_by_effect = [*parameters]
    speeds = {value for value in set_by_effect if 0 < value < 32}
    tempos = {value for value in set_by_effect if value >= 32}
    if len(speeds) > 1 or len(tempos) > 1:
        return None
    speed, tempo = next(iter(speeds), speed), next(iter(tempos), tempo)
    if not speed or not tempo:
        return None
    bpm = 60 / (ROWS_A_BEAT * speed * 2.5 / tempo)
    return bpm if bpm <= FASTEST else bpm / 2


def _of_mod(module: bytes) -> Iterator[int]:
    """Parameters of the effect SET_SPEED in all patterns that are played."""
    order = module[952 : 952 + module[950]]
    for pattern in set(order):
        cells = module[1084 + pattern * 1024 : 1084 + (pattern + 1) * 1024]
        for at in range(0, len(cells) - 3, 4):
            if cells[at + 2] & 0x0F == SET_SPEED:
                yield cells[at + 3]


def _of_xm(module: bytes) -> Iterator[int]:
    size, length, _, channels, patterns = struct.unpack_from("<IHHHH", module, 60)
    order = set(module[80 : 80 + length])
    at = 60 + size
    for number in range(patterns):
        header, _, rows, packed = struct.unpack_from("<IBHH", module, at)
        at += header
        if packed and number in order:
            yield from _of_pattern(module[at : at + packed], rows * channels)
        at += packed


def _of_pattern(packed: bytes, cells: int) -> Iterator[int]:
    at = 0
    for _ in range(cells):
        if at >= len(packed):
            return
        mask = packed[at]
        if mask & 0x80:
            at += 1
        else:
            mask = 0x1F
        values = [0] * 5
        for field in range(5):
            if mask & 1 << field:
                values[field] = packed[at]
                at += 1
        if values[3] == SET_SPEED:
            yield values[4]
