"""`polymuse models check`: the music that it compares on, and how its result is shown."""

import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polymuse.errors import BadAudioError, NotFoundError, UserError
from polymuse.paths import printable
from polymuse.text import clean

if TYPE_CHECKING:
    from models.check.check import Clips
    from models.check.row import Row

DEMO = {  # bundled clips without a voice, and what each of them is
    "late_bus_rock": "rock band with electric guitar, bass and drums",
    "bach_cello_suite": "solo cello, baroque suite",
    "warehouse_techno": "techno, electronic dance music with a drum machine",
    "satie_gymnopedie": "slow calm solo piano",
    "iron_gate_metal": "heavy metal with distorted guitars",
    "evening_raga": "Indian raga with sitar",
}
CONVERSION = "conversion"  # the part
MAX_SECONDS = 600.0  # of a file; more says nothing more
COLUMNS = ("part", "precision", "difference", "cosine", "SNR dB", "published s", "ours s", "verdict", "limit", "note")


def read_clips(files: Sequence[Path], seconds: float | None) -> "Clips":
    """The user's files, or else the bundled clips; in a process of its own. Raises UserError."""
    import torch

    from cli.audio_process import AudioProcess
    from cli.commands.demo import demo_music
    from models.audio.decode import decode
    from models.check.check import SECONDS, Clips

    paths = list(files) or [demo_music() / f"{name}.opus" for name in DEMO]
    waveforms: dict[str, torch.Tensor] = {}
    with AudioProcess() as audio:
        for path in paths:
            try:
                decoded = audio.decode(path, seconds or SECONDS, partial(decode, sample_rate=44_100))
            except (BadAudioError, NotFoundError) as error:  # 1 would say that a part differs
                raise UserError(error.message, "Give --audio other files") from error
            if decoded.seconds <= 1:
                raise UserError(f"{printable(path)} lasts {decoded.seconds:.1f} s", "Give longer files")
            name = clean(printable(path.name))
            while name in waveforms:
                name += "'"
            waveforms[name] = torch.from_numpy(decoded.samples.copy())
    return Clips(waveforms, () if files else tuple(DEMO.values()))


def as_dict(row: "Row") -> dict[str, Any]:
    """A row for JSON, which has no numbers that are not finite."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in asdict(row).items()
    }


def cells(row: "Row") -> tuple[str, ...]:
    """A row for a table, in the order of COLUMNS."""
    cosine = "" if row.cosine is None else f"{row.cosine:.7f}"
    figures = (_figure(row.difference, ".1e"), cosine, _figure(row.snr, ".1f"))
    times = (_figure(row.published_seconds, ".2f"), _figure(row.our_seconds, ".2f"))
    return (row.part, row.precision, *figures, *times, row.verdict, row.limit, row.note)


def summary(rows: Sequence["Row"], begun: float) -> dict[str, Any]:
    """Counts, time and memory of the whole check."""
    from models.check.row import Verdict

    counts = {str(verdict): sum(row.verdict is verdict for row in rows) for verdict in Verdict}
    return {
        "passed": not any(row.fails for row in rows),
        "parts": {verdict: count for verdict, count in counts.items() if count},
        "seconds": round(time.monotonic() - begun, 1),
        "peak_memory": _peak_memory(),
    }


def conclusions(rows: Sequence["Row"]) -> Iterator[str]:
    """What the table says, in sentences."""
    from models.check.files import FILE
    from models.check.row import Verdict

    failed = [row for row in rows if row.fails]
    files = [row.part.removesuffix(FILE) for row in rows if row.verdict is Verdict.UNVERIFIED and FILE in row.part]
    for row in failed:
        yield f"{row.verdict}: {row.part}" + (f" ({row.note})" if row.note else "")
    if any(row.part == CONVERSION for row in failed):
        yield (
            "Converted files are made anew from the originals: delete the folders converted-* "
            "beside `polymuse models path clamp3_saas`."
        )
    if files:
        yield f"Not the published files, or none are known: {', '.join(files)}. What they hold is not vouched for."
    if not failed:
        yield "All parts that were compared are within their limits."


def _peak_memory() -> int | None:
    """Bytes, with mapped files; None on Windows."""
    if sys.platform == "win32":
        return None
    import resource

    scale = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes or kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def _figure(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
