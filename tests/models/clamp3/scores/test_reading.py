"""Scores as the official code reads and embeds them: texts and patches equal, vectors up to rounding."""

import json
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from models.clamp3.clamp3 import Clamp3
from models.clamp3.scores import read, read_score
from models.clamp3.scores.patches import patches, pieces
from polymuse.errors import BadScoreError
from tests.helpers.paths import GOLDEN

FOLDER = GOLDEN / "clamp3_symbolic"
CASES: dict[str, dict] = json.loads((FOLDER / "cases.json").read_bytes())
EMBEDDED = [name for name, case in CASES.items() if "error" not in case]
BY_SYSTEM = "s06_by_system"
REST_OF_SYSTEMS = ["[V:1]cBAG|[V:2]C,4|", "[V:1]F4|][V:2]F,4|]"]
MELODY = FOLDER / "midi" / "m01_melody.mid"
TOLERANCE = 2e-6  # absolute; the mildest mistake, a wrong eps, changes vectors by 5e-6


def text_of(name: str) -> str:
    """What the encoder of the reference read."""
    return (FOLDER / CASES[name].get("text", CASES[name]["input"])).read_bytes().decode()


@pytest.fixture(scope="module")
def features() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "features.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def clamp3(clamp3_files: Path) -> Clamp3:
    return Clamp3.load(clamp3_files / "clamp3.pth", clamp3_files / "mert", clamp3_files / "tokenizer.json")


@pytest.mark.parametrize("name", EMBEDDED)
def test_patches_and_vectors_are_those_of_the_reference(
    name: str, features: dict[str, np.ndarray], clamp3: Clamp3
) -> None:
    text = text_of(name)
    np.testing.assert_array_equal(patches(text), features[f"patches/{name}"])
    vector = clamp3.embed_symbolic(text, normalize=False).numpy()
    assert np.abs(vector - features[f"global/{name}"][0]).max() < TOLERANCE


@pytest.mark.parametrize("name", [name for name in EMBEDDED if CASES[name]["kind"] != "as_is" and name != BY_SYSTEM])
def test_texts_equal_those_of_the_reference(name: str) -> None:
    reading = read(FOLDER / CASES[name]["input"])
    assert reading.text == text_of(name)
    assert reading.remarks == ()


def test_voices_by_system_are_joined_where_the_reference_takes_them_for_a_header() -> None:
    """The reference's text of this case, which is odd, is that of strict interleaving; see test_interleaving."""
    reading = read(FOLDER / CASES[BY_SYSTEM]["input"])
    assert reading.text.splitlines()[5:] == ["[V:1]CDEF|[V:2]C,4|", "[V:1]GABc|[V:2]F,4|", *REST_OF_SYSTEMS]
    assert text_of(BY_SYSTEM).splitlines()[-2:] == REST_OF_SYSTEMS
    assert reading.remarks == ("the parts of each voice were put together",)


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        ("e01_type2", "read one after the other"),
        ("e02_bad_key", "key signature that does not exist"),
        ("e03_truncated", "ends within a track"),
        ("e04_velocity", "above 127"),
        ("e06_inner_name", None),  # a flaw of the reference alone
        ("s02_unequal", "different numbers of bars"),
        ("s03_no_voice_line", "not divided into voices"),
        ("s05_chord_lengths", None),  # a flaw of the reference alone
        ("e08_bar_line_only", "not divided into voices"),
    ],
)
def test_what_the_reference_refuses_is_read_leniently(name: str, remark: str | None) -> None:
    assert "error" in CASES[name]
    reading = read(FOLDER / CASES[name]["input"])
    assert len(pieces(reading.text)) > 2
    if remark is None:
        assert reading.remarks == ()
    else:
        assert any(remark in line for line in reading.remarks)


@pytest.mark.parametrize(
    ("name", "cause"), [("e05_not_midi", "not a MIDI file"), ("x05_rests", "no note"), ("e07_empty", "empty")]
)
def test_what_is_no_score_is_refused(name: str, cause: str) -> None:
    with pytest.raises(BadScoreError, match=cause):
        read(FOLDER / CASES[name]["input"])


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "content", "cause"),
        [
            ("tune.txt", b"C D E", "not the name of a score"),
            ("empty.mid", b"", "the file is empty"),
            ("random.mid", bytes(range(256)) * 40, "not a MIDI file"),
            ("large.mid", b"MThd" + bytes(20_000_000), "20.0 MB, the most that is read of MIDI is 1 MB"),
            ("larger.abc", b"X:1\n" + bytes(40_000_000), "more than 32 MB"),
            ("tune.musicxml", b"X:1\nK:C\nCDE|\n", "the XML is damaged"),
            ("blank.abc", b" \r\n\t\n", "the file is empty"),
        ],
    )
    def test_that_are_no_scores_are_refused_in_a_line(
        self, tmp_path: Path, name: str, content: bytes, cause: str
    ) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadScoreError, match=cause) as caught:
            read(tmp_path / name)
        assert str(tmp_path / name) in caught.value.message
        assert "\n" not in str(caught.value)

    def test_that_are_missing_or_folders_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "folder.mid").mkdir()
        for name in ("missing.mid", "folder.mid"):
            with pytest.raises(BadScoreError, match="no such file"):
                read(tmp_path / name)

    @pytest.mark.parametrize(
        ("name", "original"),
        [
            ("TUNE.MID", "midi/m01_melody.mid"),
            ("Tune.kar", "midi/m01_melody.mid"),
            ("TUNE.MXL", "score/x06_upbeat.mxl"),
            ("tune.XML", "score/x01_single.musicxml"),
            ("Tune.ABC", "abc/s01_two_voices.abc"),
        ],
    )
    def test_may_have_names_in_capitals(self, tmp_path: Path, name: str, original: str) -> None:
        shutil.copy(FOLDER / original, tmp_path / name)
        assert read(tmp_path / name) == read(FOLDER / original)
        assert read_score(tmp_path / name) == read(FOLDER / original).text

    @pytest.mark.parametrize(
        ("name", "original", "remark"),
        [
            ("tune.abc", "midi/m01_melody.mid", "the file is MIDI, not ABC as its name says"),
            ("tune.mid", "score/x06_upbeat.mxl", "the file is MusicXML, not MIDI as its name says"),
            ("tune.mid", "score/x01_single.musicxml", "the file is MusicXML, not MIDI as its name says"),
        ],
    )
    def test_under_the_name_of_another_format_are_read_with_a_remark(
        self, tmp_path: Path, name: str, original: str, remark: str
    ) -> None:
        shutil.copy(FOLDER / original, tmp_path / name)
        reading = read(tmp_path / name)
        assert reading.text == read(FOLDER / original).text
        assert reading.remarks == (remark,)

    def test_that_cannot_be_opened_say_why(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        (tmp_path / "tune.mid").touch()
        with pytest.raises(BadScoreError, match="cannot be read: Input/output error"):
            read(tmp_path / "tune.mid")


HOSTILE: dict[str, Callable[[], bytes]] = {
    "messages.mid": lambda: midi_track(b"\x00\x90\x3c\x40" + b"\x01\x3c\x40" * 330_000),
    "programs.mid": lambda: midi_track(b"\x00\xc0\x05" + b"\x00\x05" * 490_000 + b"\x00\x90\x3c\xc0"),
    "number.mid": lambda: midi_track(b"\xff" * 900_000),
    "large.mid": lambda: midi_track(b"\x00\x90\x3c\x40" * 5_000_000),
    "tracks.mid": lambda: b"MThd\x00\x00\x00\x06\x00\x01\x7f\xff\x00\x60" + b"MTrk\x00\x00\x00\x00" * 100_000,
    "bars.abc": lambda: b"X:1\nK:C\n" + b"C2|" * 1_000_000,
    "voices.abc": lambda: b"X:1\nK:C\n" + b"".join(b"V:%d\nC|D|\n" % number for number in range(80_000)),
    "rests.abc": lambda: b"X:1\nK:C\nV:1\n" + b"C|" * 10 + b"\nV:2\n" + b"Z999|" * 19_000,
    "tunes.abc": lambda: b"X:1\n" * 2_400_000,
    "quotes.abc": lambda: b"X:1\nK:C\n" + b'"a|"C|:1[V:' * 80_000,
    "bomb.mxl": lambda: archive(bytes(300_000_000)),
    "laughs.musicxml": lambda: laughs(30),
    "deep.xml": lambda: b"<score-partwise>" + b"<measure>" * 3_000_000,
    "wide.xml": lambda: b"<score-partwise>" + b"<part/>" * 1_000_000 + b"</score-partwise>",
}


def laughs(depth: int) -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 9}">' for n in range(1, depth))
    return f"<!DOCTYPE s [{entities}]><s>&l{depth - 1};</s>".encode()


def midi_track(messages: bytes) -> bytes:
    return b"MThd" + struct.pack(">Lhhh", 6, 0, 1, 96) + b"MTrk" + struct.pack(">L", len(messages)) + messages


def archive(score: bytes) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("score.xml", score)
    return stream.getvalue()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to a limit on addresses")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_take_a_gigabyte_and_a_minute_at_most(tmp_path: Path, name: str) -> None:
    """In a process that may have no more, of computing time; a line comes back, or a text of the score."""
    path = tmp_path / name
    path.write_bytes(HOSTILE[name]())
    script = (
        "import resource, sys; from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9)); resource.setrlimit(resource.RLIMIT_CPU, (60, 60))\n"
        "from models.clamp3.scores import read; from polymuse.errors import BadScoreError\n"
        "try: print('read', *read(Path(sys.argv[1])).remarks, sep='; ')\n"
        "except BadScoreError as error: print('refused', error)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(("read", "refused"))
    assert ended.stdout.count("\n") == 1
