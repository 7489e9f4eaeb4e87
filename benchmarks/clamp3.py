"""Load time, memory and speed of CLaMP 3 in full size, compared with the transformers library in the same run.

    python benchmarks/clamp3.py DIRECTORY [--threads 2] [--seconds 60] [--device cpu]

Weights are random (the time does not depend on them) and made in DIRECTORY on the first run: 4.8 GB, a few minutes.
Peers: XLMRobertaModel for text and a loop of HubertModel over single windows for audio, if transformers is installed.
On a GPU, batches of windows of 5 s are also timed separately, against that loop in float32.
"""

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from peers import installed

if TYPE_CHECKING:
    from models.clamp3.clamp3 import Clamp3

CHECKPOINT = "clamp3.pth"
TOKENIZER = "tokenizer.json"
TEXTS = (
    "slow piano music for a rainy evening",
    "an energetic rock song with distorted guitars and loud drums",
    "traditional flute melody with soft percussion in the background",
    "dark ambient drones without any rhythm",
)
REPEATS = 30
WARM_UP = 3
RATE = 24_000  # Hz
WINDOW = 5 * RATE
BATCHES = (1, 16, 64)  # windows at once on a GPU


def make_files(directory: Path) -> None:
    """Official layout in full size, its conversion, and a tokenizer with as many pieces as XLM-R's."""
    from seeded_clamp3 import save_checkpoint, save_mert, save_tokenizer

    from models.clamp3.checkpoint import OFFICIAL, TEXT_FILE, convert

    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / CHECKPOINT).exists():
        save_mert(directory / "mert", OFFICIAL)
        save_checkpoint(directory / CHECKPOINT, OFFICIAL)
        save_tokenizer(directory / TOKENIZER, OFFICIAL["text"].vocabulary, TEXTS)
    if not (directory / "converted" / TEXT_FILE).exists():
        (directory / "converted").mkdir(exist_ok=True)
        started = time.perf_counter()
        convert(directory / CHECKPOINT, directory / "mert", directory / "converted")
        print(f"conversion: {time.perf_counter() - started:.1f} s")


def load(directory: Path, form: str, device: str, precision: str) -> "Clamp3":
    """Clamp3 from the official or the converted files."""
    from models.clamp3.clamp3 import Clamp3

    if form == "official":
        return Clamp3.load(directory / CHECKPOINT, directory / "mert", directory / TOKENIZER, device, precision)
    converted = directory / "converted"
    return Clamp3.load(converted, converted, directory / TOKENIZER, device, precision)


def noise(seconds: float) -> "np.ndarray":
    """[1, N] float32 at 24 kHz."""
    samples = round(seconds * RATE)
    return np.random.default_rng(7).normal(0, 0.1, (1, samples)).astype(np.float32)


def measure_start(options: argparse.Namespace) -> dict:
    """From a fresh process to the first vector."""
    started = time.perf_counter()
    import torch

    torch.set_num_threads(options.threads)
    imported = time.perf_counter()
    clamp3 = load(options.directory, options.form, options.device, options.precision)
    clamp3.embed_text(TEXTS[:1])
    if options.part == "text+audio":
        clamp3.embed_audio(torch.from_numpy(noise(5)), RATE)
    return {"torch_s": imported - started, "total_s": time.perf_counter() - started, **memory()}


def memory() -> dict:
    """MB: peak resident memory, and resident memory without memory-mapped files."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    own = [int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")]
    return {"peak_mb": peak, "own_mb": own[0] if own else float("nan")}


def measure_text(options: argparse.Namespace) -> dict:
    """p50 of one text, vectors for the comparison with float32."""
    import torch

    torch.set_num_threads(options.threads)
    if options.form == "transformers":
        embed = _peer_text(options)
    else:
        clamp3 = load(options.directory, options.form, options.device, options.precision)

        def embed(text: str, /) -> np.ndarray:
            return clamp3.embed_text([text])[0].numpy()

    milliseconds = [1000 * seconds for seconds in _times(lambda n: embed(TEXTS[n % len(TEXTS)]), REPEATS)]
    return {
        "p50_ms": statistics.median(milliseconds),
        "best_ms": min(milliseconds),
        "vectors": [embed(text).tolist() for text in TEXTS],
    }


def measure_audio(options: argparse.Namespace) -> dict:
    """Speed as a multiple of real time for one track, and the vector."""
    import torch

    torch.set_num_threads(options.threads)
    waveform = torch.from_numpy(noise(options.seconds))
    if options.form == "transformers":
        embed = _peer_audio(options)
    else:
        clamp3 = load(options.directory, options.form, options.device, options.precision)

        def embed() -> np.ndarray:
            return clamp3.embed_audio(waveform, RATE).numpy()

    seconds = min(_times(lambda _: embed(), 2, warm_up=1))
    return {"real_time": options.seconds / seconds, "vectors": [embed().tolist()], **memory()}


def measure_windows(options: argparse.Namespace) -> dict:
    """ms per window of 5 s: for the loop over single windows in float32, and for ours by precision and batch."""
    import torch
    from mert_peer import hubert

    from models.clamp3.checkpoint import map_mert
    from models.clamp3.mert import Mert
    from models.clamp3.parameters import Parameters
    from models.runtime.precision import Precision

    device, tensors = torch.device(options.device), map_mert(options.directory / "mert")
    windows = torch.randn(max(BATCHES), WINDOW, device=device)
    model = hubert(tensors, device)

    def milliseconds(work: Callable[[], object], count: int) -> float:
        def finished(_: int) -> None:
            work()
            torch.cuda.synchronize(device)

        return 1000 * statistics.median(_times(finished, 7)) / count

    def loop() -> None:
        for window in windows[: BATCHES[1]]:
            model(window[None], output_hidden_states=True)

    with torch.inference_mode():
        Precision.FLOAT32.apply()
        found = {"loop": milliseconds(loop, BATCHES[1])}
        for precision in Precision:
            precision.apply()
            mert = Mert(Parameters(tensors, device, precision))
            for batch in BATCHES:
                found[f"{precision} {batch}"] = milliseconds(lambda: mert.states(windows[:batch]), batch)  # noqa: B023
    return found


def _times(work: Callable[[int], object], repeats: int, warm_up: int = WARM_UP) -> list[float]:
    times = []
    for n in range(warm_up + repeats):
        started = time.perf_counter()
        work(n)
        times.append(time.perf_counter() - started)
    return times[warm_up:]


def _peer_text(options: argparse.Namespace) -> Callable[[str], np.ndarray]:
    """XLM-R of the transformers library, unpadded, with our tokenizer."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel  # pyright: ignore[reportMissingImports]

    from models.clamp3.checkpoint import map_text
    from models.clamp3.tokenizer import XlmrTokenizer

    tensors = map_text(options.directory / CHECKPOINT)
    config = XLMRobertaConfig(
        vocab_size=250_002, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1
    )
    model = XLMRobertaModel(config, add_pooling_layer=False).eval()
    state = {key.removeprefix("text_model."): value for key, value in tensors.items() if "text_model." in key}
    model.load_state_dict(state)
    tokenizer = XlmrTokenizer(options.directory / TOKENIZER)

    @torch.inference_mode()
    def embed(text: str, /) -> np.ndarray:
        with torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16"):
            states = model(torch.tensor([tokenizer.encode(text)])).last_hidden_state.float()
        vector = torch.nn.functional.linear(states.mean(1), tensors["text_proj.weight"], tensors["text_proj.bias"])
        return torch.nn.functional.normalize(vector)[0].numpy()

    return embed


def _peer_audio(options: argparse.Namespace) -> Callable[[], np.ndarray]:
    """MERT of the transformers library, window by window, then our tower."""
    import torch
    from mert_peer import hubert, rows

    from models.clamp3.checkpoint import map_mert
    from models.clamp3.mert import preprocess

    model = hubert(map_mert(options.directory / "mert"), torch.device("cpu"))
    clamp3 = load(options.directory, "converted", "cpu", "float32")
    waveform = torch.from_numpy(noise(options.seconds))

    def embed() -> np.ndarray:
        with torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16"):
            states = rows(model, preprocess(waveform, RATE))
        return clamp3.embed_rows(states).numpy()

    return embed


MEASUREMENTS = {"start": measure_start, "text": measure_text, "audio": measure_audio, "windows": measure_windows}


def in_fresh_process(options: argparse.Namespace, measurement: str, **changes: str) -> dict | None:
    """The result of a measurement in a separate process; None, after a message, if its peer is not installed."""
    arguments = {"form": "converted", "precision": "float32", "part": "text", **changes}
    command = [sys.executable, __file__, str(options.directory), "--measure", measurement]
    for name in ("threads", "seconds", "device"):
        command += [f"--{name}", str(getattr(options, name))]
    for name, value in arguments.items():
        command += [f"--{name}", value]
    last = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1]
    if last.startswith("{"):
        return json.loads(last)
    print(f"{measurement}: {last}")
    return None


def cosine(result: dict, reference: dict) -> float:
    """The smallest cosine over the vectors of a run."""
    return min(float(np.dot(a, b)) for a, b in zip(result["vectors"], reference["vectors"], strict=True))


def report(options: argparse.Namespace) -> None:
    """Prints all measurements, one line each."""
    import torch

    print(f"torch {torch.__version__}, {platform.machine()}, {options.threads} threads, device {options.device}")
    precisions = ("float32", "bf16") if options.device == "cpu" else ("float32", "tf32", "fp16", "bf16")
    for form in ("official", "converted"):
        for part in ("text", "text+audio"):
            for precision in precisions:
                result = in_fresh_process(options, "start", form=form, part=part, precision=precision)
                assert result
                print(
                    f"start, {part:10} {form:9} {precision:8} {result['total_s']:5.1f} s to the first vector "
                    f"({result['torch_s']:.1f} s of it import torch), peak {result['peak_mb']:.0f} MB, "
                    f"own {result['own_mb']:.0f} MB"
                )
    for measurement in ("text", "audio"):
        reference = in_fresh_process(options, measurement)
        assert reference
        runs = [("converted", precision) for precision in precisions]
        for form, precision in [*runs, ("transformers", "float32"), ("transformers", "bf16")]:
            result = in_fresh_process(options, measurement, form=form, precision=precision)
            if result is None:
                continue
            speed = (
                f"p50 {result['p50_ms']:.1f} ms, best {result['best_ms']:.1f} ms"
                if measurement == "text"
                else f"{result['real_time']:.1f} x real time, peak {result['peak_mb']:.0f} MB"
            )
            print(f"{measurement:5} {form:12} {precision:8} {speed}, cosine {cosine(result, reference):.7f}")
    if options.device != "cpu" and (found := in_fresh_process(options, "windows")):
        for name, milliseconds in found.items():
            print(f"window of 5 s, {name:12} {milliseconds:7.3f} ms, {found['loop'] / milliseconds:5.1f} x the loop")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60, help="of the track (default %(default)s)")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--measure", choices=MEASUREMENTS, help=argparse.SUPPRESS)
    for name in ("form", "precision", "part"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        if (options.form == "transformers" or options.measure == "windows") and not installed("transformers"):
            return
        print(json.dumps(MEASUREMENTS[options.measure](options)))
        return
    make_files(options.directory)
    report(options)


if __name__ == "__main__":
    main()
