"""Music whose tempo or key is known without anybody's opinion, for benchmarks/measuring.py.

    python benchmarks/measured_truth.py DIR [--packages FOLDER]

Writes DIR/truth.jsonl and the clips it names, about 190 of up to 60 s, all drawn by a seeded generator:

- `scores`: chorales of music21's corpus (final bass note and key signature name the key), transposed, at a
  tempo of our choice, on General MIDI instruments of several soundfonts, half of them with drums;
- `tunes`: fiddle tunes of the same corpus by their key field, with chords and bass of our own, half with drums;
- `free`: notes at random moments, which have no tempo;
- `songs`: the recordings of Frets on Fire (fretsonfire-songs-*), whose charts have the tempo;
- `modules`: tracker modules of games in FOLDER, by the speed and tempo that they set;
- `midi`: MIDI files of games in FOLDER with one tempo;
- `hydrogen`: the demo songs of the drum machine, by the tempo in the file;
- `demo`: the demo music, whose notes are in this repository;
- `clicks`: a metronome;
- `loops`: drum loops of Sonic Pi, by their length in beats.

Needs music21 10.5, fluidsynth, ffmpeg with libopenmpt, hydrogen, and in FOLDER unpacked Debian packages
(`apt-get download PACKAGE && dpkg-deb -x PACKAGE_*.deb FOLDER`): fretsonfire-songs-muldjord, fretsonfire-songs-sectoid,
openttd-openmsx, planetblupi-music-midi, bomberclone-data, heroes-sound-tracks, tecnoballz-data, sonic-pi-samples.
Whatever is missing is left out. The clips are for measuring and are not shipped.
"""

import argparse
import json
import random
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import mido
import numpy as np
from arranged_scores import arranged_freely, arranged_scores, arranged_tunes
from demo_classics import CLASSICS
from demo_originals import ORIGINALS
from fluid import SAMPLE_RATE, synthesise, write_opus
from module_tempo import module_tempo

import data
from models.audio.decode import decode
from polymuse.music import KEYS

SECONDS = 60
SOUNDFONTS = ("sf2/FluidR3_GM.sf2", "sf3/MuseScore_General_Lite.sf3", "sf2/TimGM6mb.sf2")
SOUNDS = Path("/usr/share/sounds")
DEMO_SONGS = Path("/usr/share/hydrogen/data/demo_songs")
BIT_RATE = 128_000
ALL_SOUND_OFF = 120  # MIDI controller
LOOPS = {  # beats
    "loop_amen": 4,
    "loop_amen_full": 16,
    "loop_breakbeat": 4,
    "loop_compus": 16,
    "loop_garzul": 16,
    "loop_industrial": 2,
    "loop_mika": 16,
    "loop_safari": 16,
    "loop_tabla": 16,
}


DEMO_KEYS = {
    "satie_gymnopedie": "D",
    "petzold_minuet": "G",
    "pachelbel_canon": "D",
    "bach_cello_suite": "G",
    "londonderry_air": "C",
    "greensleeves": "Am",
    "old_hundredth": "G",
    "bach_toccata_d_minor": "Dm",
    "oh_susanna": "G",
    "茉莉花": "C",
    "warehouse_techno": "Am",
    "iron_gate_metal": "Em",
    "late_bus_rock": "Am",
    "café_valse": "Am",
}
FELT = {"greensleeves": 182 / 3, "café_valse": 176.0}  # BPM, where a beat is not the unit of the notes
WITHOUT_PULSE = {"bach_toccata_d_minor", "drift_ambient"}


@dataclass(frozen=True, slots=True)
class Truth:
    file: str  # in the folder
    group: str
    bpm: float | None
    key: str  # one of KEYS, or "": not known
    drums: bool | None = None  # None: not known


def main() -> None:
    parser = argparse.ArgumentParser(description="Make music whose tempo and key are known.")
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.add_argument("--packages", type=Path, nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--scores", type=int, default=25)
    parser.add_argument("--tunes", type=int, default=48)
    parser.add_argument("--free", type=int, default=16)
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    with (arguments.directory / "truth.jsonl").open("w") as output:
        for truth in all_truth(arguments):
            output.write(json.dumps(asdict(truth)) + "\n")
            output.flush()
            print(truth, flush=True)


def all_truth(arguments: argparse.Namespace) -> Iterator[Truth]:
    out, packages = arguments.directory, arguments.packages
    yield from songs(out, packages)
    yield from modules(out, packages)
    yield from loops(out, packages)
    yield from hydrogen(out)
    yield from midi_files(out, packages)
    yield from clicks(out)
    yield from demo()
    yield from rendered(out, "tunes", arranged_tunes(arguments.tunes))
    yield from rendered(out, "free", arranged_freely(arguments.free))
    yield from rendered(out, "scores", arranged_scores(arguments.scores))


def clicks(out: Path) -> Iterator[Truth]:
    """Bursts of noise; in every other clip the first of a bar is louder."""
    chance = np.random.default_rng(0)
    burst = chance.standard_normal(2400) * np.exp(-np.arange(2400) / 480)
    for n, bpm in enumerate(np.geomspace(60, 180, 12)):
        signal = np.zeros(30 * SAMPLE_RATE + len(burst))
        for beat, start in enumerate(np.arange(0.3, 30, 60 / bpm)):
            at = round(start * SAMPLE_RATE)
            signal[at : at + len(burst)] += burst * (1 if n % 2 and beat % 4 else 2)
        write(out / f"clicks_{n}.opus", np.stack([signal, signal]).astype(np.float32))
        yield Truth(f"clicks_{n}.opus", "clicks", float(bpm), "", True)


def demo() -> Iterator[Truth]:
    folder = Path(data.__file__).resolve().with_name("demo")
    for piece in (*CLASSICS, *ORIGINALS):
        clip = piece()
        stem = clip.file_name.removesuffix(".opus")
        felt = None if stem in WITHOUT_PULSE else FELT.get(stem, clip.bpm)
        yield Truth(str(folder / clip.file_name), "demo", felt, DEMO_KEYS.get(stem, ""), None)


def rendered(out: Path, group: str, arranged: Iterable) -> Iterator[Truth]:
    chance = random.Random(group)
    for n, piece in enumerate(arranged):
        file = f"{group}_{n:03}.opus"
        soundfont = SOUNDS / chance.choice(SOUNDFONTS)
        if not (out / file).exists():
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "piece.mid"
                piece.midi.save(path)
                write(out / file, synthesise(path, soundfont))
        yield Truth(file, group, piece.bpm, "" if piece.key is None else KEYS[piece.key], piece.drums)


def songs(out: Path, packages: Iterable[Path]) -> Iterator[Truth]:
    for chart in found(packages, "notes.mid"):
        tempos = {round(bpm, 2) for bpm in tempos_of(mido.MidiFile(chart))}
        if len(tempos) != 1:
            continue
        parts = [decode(chart.with_name(name), sample_rate=SAMPLE_RATE).samples for name in ("song.ogg", "guitar.ogg")]
        length = min(part.shape[1] for part in parts)
        mix = (parts[0][:, :length] + parts[1][:, :length]) / 2
        for n, start in enumerate((20, 80)):
            file = f"song_{chart.parent.name.replace(' ', '_')}_{n}.opus"
            piece = mix[:, start * SAMPLE_RATE :]
            if piece.shape[1] > 30 * SAMPLE_RATE:
                if not (out / file).exists():
                    write(out / file, piece)
                yield Truth(file, "songs", next(iter(tempos)), "", True)


def modules(out: Path, packages: Iterable[Path]) -> Iterator[Truth]:
    for path in (*found(packages, "*.xm"), *found(packages, "*.mod")):
        bpm = module_tempo(path.read_bytes())
        if bpm is None:
            continue
        file = f"module_{path.stem}.opus"
        if not (out / file).exists():
            played = played_by_ffmpeg(path)
            if played.shape[1] < 12 * SAMPLE_RATE:
                continue
            write(out / file, played)
        yield Truth(file, "modules", bpm, "")


def loops(out: Path, packages: Iterable[Path]) -> Iterator[Truth]:
    for path in found(packages, "loop_*.flac"):
        if path.stem in LOOPS:
            loop = decode(path, sample_rate=SAMPLE_RATE).samples
            write(out / f"{path.stem}.opus", np.tile(loop, 1 + 30 * SAMPLE_RATE // loop.shape[1]))
            bpm = 60 * LOOPS[path.stem] / (loop.shape[1] / SAMPLE_RATE)
            yield Truth(f"{path.stem}.opus", "loops", bpm, "", True)


def hydrogen(out: Path) -> Iterator[Truth]:
    for song in sorted(DEMO_SONGS.glob("*.h2song")):
        bpm = float(song.read_text("utf-8").split("<bpm>")[1].split("<")[0])
        file = f"hydrogen_{song.stem}.opus"
        if not (out / file).exists():
            with tempfile.TemporaryDirectory() as folder:
                wave = Path(folder) / "song.wav"
                subprocess.run(["h2cli", "-d", "fake", "-s", song, "-o", wave], check=False, capture_output=True)
                if not wave.exists():
                    continue
                write(out / file, decode(wave, sample_rate=SAMPLE_RATE).samples)
        yield Truth(file, "hydrogen", bpm, "", True)


def midi_files(out: Path, packages: Iterable[Path]) -> Iterator[Truth]:
    chance = random.Random("midi")
    for path in found(packages, "*.mid"):
        if path.name == "notes.mid":
            continue
        midi = mido.MidiFile(path, clip=True)
        tempos = {round(bpm, 2) for bpm in tempos_of(midi)} or {120.0}
        if len(tempos) != 1 or midi.length < 20 or not on_grid(midi):
            continue
        file, soundfont = f"midi_{path.stem}.opus", SOUNDS / chance.choice(SOUNDFONTS)
        if not (out / file).exists():
            with tempfile.TemporaryDirectory() as folder:
                beginning = Path(folder) / "beginning.mid"
                first_seconds(midi).save(beginning)
                write(out / file, synthesise(beginning, soundfont))
        yield Truth(file, "midi", tempos.pop(), "", any(note.channel == 9 for note in notes_of(midi)))


def first_seconds(midi: mido.MidiFile) -> mido.MidiFile:
    """Its first SECONDS, as one track."""
    cut, track, passed = mido.MidiFile(ticks_per_beat=midi.ticks_per_beat), mido.MidiTrack(), 0.0
    for message, seconds in zip(mido.merge_tracks(midi.tracks), midi, strict=False):
        passed += seconds.time
        if passed > SECONDS:
            break
        if message.type != "end_of_track":
            track.append(message)
    track.extend(mido.Message("control_change", channel=channel, control=ALL_SOUND_OFF) for channel in range(16))
    cut.tracks.append(track)
    return cut


def on_grid(midi: mido.MidiFile) -> bool:
    """Whether most notes begin on sixteenths, and many on beats: files that were played freely say any tempo."""
    at, starts = 0, []
    for message in mido.merge_tracks(midi.tracks):
        at += message.time
        if message.type == "note_on" and message.velocity:
            starts.append(at / midi.ticks_per_beat)
    beats = np.array(starts)
    sixteenths = np.abs(4 * beats - np.round(4 * beats)) < 0.16
    on_beats = np.abs(beats - np.round(beats)) < 0.04
    return len(beats) > 50 and bool(sixteenths.mean() > 0.75 and on_beats.mean() > 0.3)


def found(packages: Iterable[Path], pattern: str) -> list[Path]:
    return sorted({path for package in packages for path in package.rglob(pattern)})


def tempos_of(midi: mido.MidiFile) -> Iterator[float]:
    return (mido.tempo2bpm(message.tempo) for message in messages(midi) if message.type == "set_tempo")


def notes_of(midi: mido.MidiFile) -> Iterator:
    return (message for message in messages(midi) if message.type == "note_on")


def messages(midi: mido.MidiFile) -> Iterator:
    return (message for track in midi.tracks for message in track)


def played_by_ffmpeg(path: Path) -> np.ndarray:
    """[2, N] float32 at SAMPLE_RATE."""
    command = ["ffmpeg", "-v", "error", "-f", "libopenmpt", "-i", path, "-t", str(SECONDS), "-ar", str(SAMPLE_RATE)]
    played = subprocess.run([*command, "-ac", "2", "-f", "f32le", "-"], check=False, capture_output=True)
    return np.frombuffer(played.stdout, dtype="<f4").reshape(-1, 2).T.copy()


def write(path: Path, samples: np.ndarray) -> None:
    samples = samples[:, : SECONDS * SAMPLE_RATE]
    write_opus(path, samples * np.float32(0.9 / max(float(np.abs(samples).max()), 1e-6)), BIT_RATE)


if __name__ == "__main__":
    main()
