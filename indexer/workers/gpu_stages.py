"""Decoded tracks through the networks of one device: four stages, each in a thread of its own.

    load -> separate -> embed -> tag

Between two stages lies a queue of a few tracks: a stage waits while the one behind it has enough to do. A stage takes
all tracks that wait for it, up to GROUP, and its network fills its batches with the chunks or windows of all of them;
none waits for tracks that have yet to come. So while the GPU separates one group, the CPU loads the next and resamples
and tags the last.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from queue import Empty, Queue
from typing import Self

import torch

from indexer.workers.shared_audio import Handover
from models.analysis import Analysis
from models.analyzer import Analyzer, TrackUnderWay, naming
from models.runtime.batch_size import has_room
from models.runtime.transfer import upload

GROUP = 4  # tracks in a group: of four minutes each, their chunks fill 30 batches of 8 at overlap 2
QUEUE = 2  # tracks that may wait between two stages


@dataclass(slots=True)
class _Item:
    handover: Handover
    result: "Future[Analysis]"
    track: TrackUnderWay = field(init=False)  # once it is loaded


Work = Callable[[Sequence[_Item]], Iterator[object]]  # yields once for each item that it is done with, in their order


class NetworkStages:
    """Runs the stages from `__enter__` to `__exit__`, which waits for the tracks under way."""

    def __init__(self, analyzer: Analyzer, device: torch.device) -> None:
        self._analyzer = analyzer
        self._device = device
        works = (self._load, self._separate, self._embed, self._tag)
        self._queues: list[Queue[_Item | None]] = [Queue(), *(Queue(QUEUE) for _ in works[1:])]
        targets = [*self._queues[1:], None]
        self._threads = [
            threading.Thread(target=self._run, args=(work, source, target), name=work.__name__, daemon=True)
            for work, source, target in zip(works, self._queues, targets, strict=True)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._queues[0].put(None)
        for thread in self._threads:
            thread.join()

    def submit(self, handover: Handover) -> "Future[Analysis]":
        """A track's analysis, once it is there, or what stood in its way: BadAudioError where that is the audio."""
        result: Future[Analysis] = Future()
        self._queues[0].put(_Item(handover, result))
        return result

    def _run(self, work: Work, source: Queue[_Item | None], target: Queue[_Item | None] | None) -> None:
        with self._stream():
            for group in _groups(source):
                for item in _done(work, group):
                    self._wait()
                    if target is not None:
                        target.put(item)
        if target is not None:
            target.put(None)

    def _load(self, items: Sequence[_Item]) -> Iterator[None]:
        for item in items:
            decoded = item.handover.open()
            mix = torch.from_numpy(decoded.samples)
            if has_room(self._device, mix.nbytes * (2 + len(self._analyzer.stems))):  # itself, its context and stems
                mix = upload(mix, self._device)
            busy = {"decode": item.handover.seconds}
            item.track = TrackUnderWay(decoded, mix, item.handover.save_stems, busy=busy)
            yield

    def _separate(self, items: Sequence[_Item]) -> Iterator[object]:
        return self._analyzer.separate([item.track for item in items])

    def _embed(self, items: Sequence[_Item]) -> Iterator[object]:
        return self._analyzer.embed_tracks([item.track for item in items])

    def _tag(self, items: Sequence[_Item]) -> Iterator[None]:
        for item in items:
            item.result.set_result(self._analyzer.tag(item.track))
            yield

    def _stream(self) -> AbstractContextManager[object]:
        """On a GPU every stage has a stream, or each would wait for the work of all."""
        if self._device.type != "cuda":
            return nullcontext()
        return torch.cuda.stream(torch.cuda.Stream(self._device))

    def _wait(self) -> None:
        """A stage passes on what is computed, not what is to be: the next one works in another stream."""
        if self._device.type == "cuda":
            torch.cuda.current_stream(self._device).synchronize()


def _groups(queue: "Queue[_Item | None]") -> Iterator[list[_Item]]:
    """What waits in the queue, whenever something does, until None is there."""
    while (first := queue.get()) is not None:
        group = [first]
        while len(group) < GROUP:
            try:
                item = queue.get_nowait()
            except Empty:
                break
            if item is None:
                queue.put(None)  # nothing comes behind it
                break
            group.append(item)
        yield group


def _done(work: Work, group: list[_Item]) -> Iterator[_Item]:
    """The items that the work succeeds with. Where it fails with several, each is tried alone.

    Empties the group, so that no track is kept alive by the stages that it has passed.
    """
    try:
        for _ in work(list(group)):
            yield group.pop(0)
    except Exception as error:  # noqa: BLE001  it is handed on to who waits for the track
        if len(group) == 1:
            failed = group.pop()
            failed.result.set_exception(_named(error, failed))
    while group:
        yield from _done(work, [group.pop(0)])


def _named(error: Exception, item: _Item) -> Exception:
    """The error, saying which file it is about where it is about the audio."""
    try:
        with naming(item.handover.source):
            raise error
    except Exception as named:  # noqa: BLE001  this is the result
        return named
