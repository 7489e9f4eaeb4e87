"""Runs sound through a filter of FFmpeg, to compare our own measurements with."""

from collections.abc import Iterator

import av.filter
import numpy as np


def filtered(samples: np.ndarray, rate: int, name: str, options: str) -> Iterator[tuple[np.ndarray, dict[str, str]]]:
    """What a filter makes of [2, N] float32 at `rate` Hz, fed second by second: pieces [2, n], and their metadata."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=rate, format="flt", layout="stereo")
    chosen, sink = graph.add(name, options), graph.add("abuffersink")
    packed = graph.add("aformat", "sample_fmts=flt:channel_layouts=stereo")
    for one, other in ((source, chosen), (chosen, packed), (packed, sink)):
        one.link_to(other)
    graph.configure()
    for start in (*range(0, samples.shape[1], rate), None):
        if start is None:
            source.push(None)
        else:
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples[:, start : start + rate].T.reshape(1, -1)), "flt", "stereo"
            )
            frame.sample_rate = rate
            source.push(frame)
        while True:
            try:
                pulled = sink.pull()
            except (BlockingIOError, EOFError):
                break
            yield pulled.to_ndarray().reshape(-1, 2).T, dict(pulled.metadata)  # pyright: ignore


def ebur128(samples: np.ndarray, rate: int) -> dict[str, str]:
    """What FFmpeg's loudness meter says at the end of [2, N] float32: lavfi.r128.I, .LRA and .true_peak."""
    said: dict[str, str] = {}
    for _, metadata in filtered(samples, rate, "ebur128", "metadata=1:peak=true"):
        said |= metadata
    return said
