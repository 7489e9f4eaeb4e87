"""What is learnt, and how the truth of a clip becomes labels: 1, 0, or not a number where it is unclear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

FEWEST_NOTES = 2


@dataclass(frozen=True)
class Head:
    """A concept to learn: an instrument by its General MIDI programs, or a texture by a number of the clip."""

    slug: str
    programs: frozenset[int] = frozenset()
    near: frozenset[int] = frozenset()  # programs that are neither it nor clearly something else
    recordings: tuple[str, ...] = ()  # starts of the names of recordings of it
    doubtful: tuple[str, ...] = ()  # and of those that may be it
    fact: str = ""  # of the clip, instead of programs
    bounds: tuple[float, float] = (0.0, 0.0)  # from the second on the label is 1, up to the first 0
    accompanies: bool = field(default=False)  # it mostly does

    def labels_of_recordings(self, names: Sequence[str]) -> np.ndarray:
        if not self.programs:
            return np.full(len(names), np.nan)
        return np.array(
            [
                1.0
                if name.startswith(self.recordings or ("\0",))
                else np.nan
                if name.startswith((*self.doubtful, "music/"))
                else 0.0
                for name in names
            ]
        )


BRASS = ("gcompris/trumpet", "lmms/trumpet", "gcompris/trombone", "gcompris/horn")
CHURCH = ("gcompris/organ", "lmms/church_organ")
HEADS = (
    Head("organ", frozenset(range(16, 21)), frozenset({21}), (*CHURCH, "lmms/e_organ")),
    Head("church-organ", frozenset({19, 20}), frozenset({16, 17, 18}), CHURCH, ("lmms/e_organ",)),
    Head("accordion", frozenset({21, 23}), frozenset({20, 22}), ("gcompris/accordion",)),
    Head("harmonica", frozenset({22}), frozenset({21, 23}), ("gcompris/harmonica",)),
    Head("electric-piano", frozenset({4, 5}), frozenset({2}), ("lmms/e_piano",)),
    Head(
        "bass-guitar", frozenset(range(33, 38)), frozenset({32, 38, 39}),
        ("lmms/bassslap",), ("sonic-pi/bass",), accompanies=True,
    ),
    Head(
        "bass", frozenset(range(32, 40)) | {43}, frozenset({42, 58}), ("lmms/bassslap", "sonic-pi/bass"),
        accompanies=True,
    ),
    Head("double-bass", frozenset({32, 43}), frozenset({33, 35, 42}), accompanies=True),
    Head("marimba", frozenset({11, 12, 13}), frozenset({9, 108, 114})),
    Head(
        "bells", frozenset({8, 9, 10, 14, 112}), frozenset({11, 98}),
        ("sonic-pi/perc_bell", "gcompris/triangle"), ("sonic-pi/elec",),
    ),
    Head("timpani", frozenset({47}), frozenset(), ("gcompris/timpani",), accompanies=True),
    Head("trumpet", frozenset({56, 59}), frozenset({57, 61, 62, 63}), ("gcompris/trumpet", "lmms/trumpet")),
    Head("trombone", frozenset({57}), frozenset({58, 60, 61}), ("gcompris/trombone",)),
    Head("tuba", frozenset({58}), frozenset({57, 60}), ("gcompris/tuba",), accompanies=True),
    Head("french-horn", frozenset({60}), frozenset({57, 58, 61}), ("gcompris/horn",)),
    Head("brass", frozenset({56, 57, 59, 60, 61}), frozenset({58, 62, 63}), BRASS, ("gcompris/tuba",)),
    Head("saxophone", frozenset(range(64, 68)), frozenset(), ("gcompris/saxophone",)),
    Head("clarinet", frozenset({71}), frozenset({64}), ("gcompris/clarinet",)),
    Head("oboe", frozenset({68, 69}), frozenset({70, 111})),
    Head("bassoon", frozenset({70}), frozenset({67, 68, 69}), ("tuxpaint/bassoon",)),
    Head("banjo", frozenset({105}), frozenset({104, 106, 107}), ("gcompris/banjo",)),
    Head("bagpipes", frozenset({109}), frozenset({111})),
    Head("steel-drums", frozenset({114}), frozenset({11, 12, 108})),
    Head("solo", fact="players", bounds=(3, 1)),
    Head("triple-metre", fact="beats", bounds=(4, 3)),
    Head("dense", fact="notes_per_second", bounds=(5, 12)),
    Head("sparse", fact="notes_per_second", bounds=(6, 2.5)),
    Head("low-register", fact="pitch", bounds=(60, 50)),
    Head("high-register", fact="pitch", bounds=(62, 72)),
)  # fmt: skip


def labels_of(head: Head, facts: Sequence[Mapping]) -> np.ndarray:
    """[clips] float64: 1, 0, or not a number."""
    return np.array([_label(head, each) for each in facts])


def _label(head: Head, facts: Mapping) -> float:
    if head.fact:
        return _by_bounds(_number(head.fact, facts), *head.bounds)
    best = 0.0
    for program, role, _, notes, _ in facts["parts"]:
        if program in head.programs:
            if (role == "lead" or head.accompanies) and notes >= FEWEST_NOTES:
                return 1.0
            best = np.nan
        elif program in head.near:
            best = np.nan
    return best


def _number(fact: str, facts: Mapping) -> float:
    if fact == "players":
        alone = len({program for program, *_ in facts["parts"]}) == 1 and facts["mode"] != "family"
        return 1 if alone and not facts["drums"] else 2 if facts["mode"] == "duo" else 3
    return np.nan if facts[fact] is None else facts[fact]


def _by_bounds(number: float, no: float, yes: float) -> float:
    """1 on the side of `yes`, 0 on that of `no`, not a number between."""
    above = yes > no
    if number >= yes if above else number <= yes:
        return 1.0
    return 0.0 if (number <= no if above else number >= no) else np.nan
