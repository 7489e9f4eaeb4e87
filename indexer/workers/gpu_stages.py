"""The pipeline of one device: decoded tracks pass four stages, each in its own thread.

    load -> separate -> embed -> tag

The queues between stages are short, so a stage waits while the next one is busy. A stage takes all queued tracks, up to
GROUP, and batches the chunks or windows of all of them; it never waits for more tracks to arrive. While the GPU
separates one group, the CPU loads the next one, and resamples, measures and tags the previous one.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from queue import Empty, Queue
from typing import Self

import torch

from indexer.workers.shared_audio import SharedAudio
from models.analysis import Analysis
from models.analyzer import Analyzer, TrackUnderWay, naming
from models.runtime.batch_size import fits_on_device
from models.runtime.transfer import upload

GROUP = 4  # tracks in a group; 4 tracks of 4 minutes have 30 batches of 8 chunks at overlap 2
QUEUE = 2  # tracks that may wait between two stages


@dataclass(slots=True)
class _Item:
    audio: SharedAudio
    result: "Future[Analysis]"
    track: TrackUnderWay = field(init=False)  # once it is loaded


Work = Callable[[Sequence[_Item]], Iterator[object]]  # yields once per finished item, in order


class NetworkStages:
    """Runs the stages from `__enter__` to `__exit__`, which waits for the tracks in progress."""

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

    def submit(self, audio: SharedAudio) -> "Future[Analysis]":
        """A future of the analysis of a track. It raises BadAudioError if the audio is at fault."""
        result: Future[Analysis] = Future()
        self._queues[0].put(_Item(audio, result))
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
            decoded = item.audio.open()
            mix = torch.from_numpy(decoded.samples)
            copies = 2 + len(self._analyzer.stems)  # the mix, its context and the stems
            if fits_on_device(self._device, copies * mix.nbytes):
                mix = upload(mix, self._device)
            busy = {"decode": item.audio.seconds, "measure": item.audio.measuring}
            item.track = TrackUnderWay(decoded, mix, item.audio.save_stems, busy=busy, measured=item.audio.measured)
            yield

    def _separate(self, items: Sequence[_Item]) -> Iterator[object]:
        return self._analyzer.separate([item.track for item in items])

    def _embed(self, items: Sequence[_Item]) -> Iterator[object]:
        return self._analyzer.embed_tracks([item.track for item in items])

    def _tag(self, items: Sequence[_Item]) -> Iterator[None]:
        for item in items:
            self._analyzer.measure(item.track)
            item.result.set_result(self._analyzer.tag(item.track))
            yield

    def _stream(self) -> AbstractContextManager[object]:
        """A separate stream per stage on a GPU, so that stages do not wait for each other's work."""
        if self._device.type != "cuda":
            return nullcontext()
        return torch.cuda.stream(torch.cuda.Stream(self._device))

    def _wait(self) -> None:
        """Wait for the stream of this stage, because the next stage uses another stream."""
        if self._device.type == "cuda":
            torch.cuda.current_stream(self._device).synchronize()


def _groups(queue: "Queue[_Item | None]") -> Iterator[list[_Item]]:
    """Groups of the queued items, until the item is None."""
    while (first := queue.get()) is not None:
        group = [first]
        while len(group) < GROUP:
            try:
                item = queue.get_nowait()
            except Empty:
                break
            if item is None:
                queue.put(None)  # the last item
                break
            group.append(item)
        yield group


def _done(work: Work, group: list[_Item]) -> Iterator[_Item]:
    """The items for which the work succeeds. If it fails for a group, each item is retried alone.

    Empties the group, so that stages do not keep finished tracks alive.
    """
    try:
        for _ in work(list(group)):
            yield group.pop(0)
    except Exception as error:  # noqa: BLE001  set on the future of the track
        if len(group) == 1:
            failed = group.pop()
            failed.result.set_exception(_named(error, failed))
    while group:
        yield from _done(work, [group.pop(0)])


def _named(error: Exception, item: _Item) -> Exception:
    """The error, with the path of the file added if the audio is at fault."""
    try:
        with naming(item.audio.source):
            raise error
    except Exception as named:  # noqa: BLE001  this is the result
        return named
