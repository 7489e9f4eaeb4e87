from models.audio.formats import AudioFormat


def test_names_files_and_sizes_of_samples() -> None:
    assert [(each.value, each.suffix, each.bits) for each in AudioFormat] == [
        ("wav", ".wav", None),
        ("wav16", ".wav", 16),
        ("wav24", ".wav", 24),
        ("flac", ".flac", 24),
    ]
