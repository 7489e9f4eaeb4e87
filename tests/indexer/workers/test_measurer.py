"""Files measured in processes of their own."""

from pathlib import Path

import pytest

from indexer.scan import AudioFile
from indexer.workers.measurer import Measured, Measurer
from models.audio.decode import decode_music
from models.measuring import measure
from polymuse.errors import BadAudioError
from tests.helpers.audio_files import write_noise


def scanned(path: Path) -> AudioFile:
    status = path.stat()
    return AudioFile(path, status.st_size, status.st_mtime_ns)


def test_a_file_has_measurements_or_what_is_wrong_with_it(tmp_path: Path) -> None:
    fine = scanned(write_noise(tmp_path / "fine.wav", 3.0, 1))
    broken = tmp_path / "broken.flac"
    broken.write_bytes(b"fLaC and nothing else")
    files = [fine, scanned(broken)]
    measurer = Measurer(1, 2.0)
    try:
        found = dict(measurer.measure(files, lambda: False))
        assert list(measurer.measure(files, lambda: True)) == []  # nothing new once it is halted
    finally:
        measurer.release()
    measured = found[fine]
    assert isinstance(measured, Measured)
    assert measured.seconds == 2.0
    assert measured.work > 0
    decoded = decode_music(fine.path, 2.0)
    expected = measure(decoded.samples, decoded.sample_rate)
    assert measured.values.loudness == pytest.approx(expected.loudness, abs=1e-3)
    assert measured.values.version == expected.version
    assert isinstance(found[files[1]], BadAudioError)
