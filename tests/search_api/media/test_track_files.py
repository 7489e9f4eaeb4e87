"""Files of a track: never a path from a client, never anything but audio."""

import http.client
import io
import os
import wave
from pathlib import Path

import pytest

from polymuse.indexed_folders import IndexedFolders
from tests.helpers.audio_files import encode, sweep
from tests.search_api.shelf import Shelf, ask, check_problem

OGG = b"OggS" + bytes(range(256)) * 4  # 1028 bytes that look like Ogg


@pytest.mark.parametrize(
    ("name", "codec", "options", "media_type"),
    [
        ("a.ogg", "libopus", {"rate": 48_000}, "audio/ogg"),
        ("a.mp3", "libmp3lame", {"tags": {"title": "t"}}, "audio/mpeg"),  # starts with an ID3 tag
        ("a.flac", "flac", {}, "audio/flac"),
        ("a.wav", "pcm_s16le", {}, "audio/wav"),
        ("a.m4a", "aac", {}, "audio/mp4"),
        ("a.aac", "aac", {"container": "adts"}, "audio/aac"),
        ("a.webm", "libopus", {"rate": 48_000}, "audio/webm"),
        ("a.mka", "flac", {}, "audio/x-matroska"),
        ("a.wma", "wmav2", {"bit_rate": 128_000}, "audio/x-ms-wma"),
        ("a.aiff", "pcm_s16be", {}, "audio/aiff"),
        ("a.au", "pcm_s16be", {}, "audio/basic"),
        ("a.wv", "wavpack", {}, "audio/x-wavpack"),
        ("mp3 called.txt", "libmp3lame", {"container": "mp3"}, "audio/mpeg"),
    ],
)
def test_media_types(shelf: Shelf, name: str, codec: str, options: dict[str, object], media_type: str) -> None:
    path = encode(shelf.folder / f"type {name}", codec, sweep(0.3, 44_100), **options)  # pyright: ignore[reportArgumentType]
    response = ask(shelf, f"/v1/tracks/{shelf.add(path)}/audio")
    assert response.headers["content-type"] == media_type
    assert response.content == path.read_bytes()


def test_compressed_audio_that_claims_to_be_pcm_is_decoded(shelf: Shelf) -> None:
    # FFmpeg here has no encoder for DTS: the stored format decides, whatever the header says
    path = encode(shelf.folder / "disguised.wav", "pcm_s24le", sweep(0.3, 44_100))
    copy = shelf.write("plain.wav", path.read_bytes())
    ids = [shelf.add(path, format="dts"), shelf.add(copy, format="pcm_s24le")]
    decoded, unchanged = (ask(shelf, f"/v1/tracks/{id_}/audio") for id_ in ids)
    assert decoded.headers["content-type"] == unchanged.headers["content-type"] == "audio/wav"
    assert unchanged.content == path.read_bytes()
    with wave.open(io.BytesIO(decoded.content)) as wav:
        assert (wav.getsampwidth(), wav.getnframes()) == (2, round(0.3 * 44_100))


@pytest.mark.parametrize("name", ["page.html", "passwd", "notes.txt", "key.pem", "picture.svg"])
def test_what_is_neither_audio_nor_called_so_is_not_served(shelf: Shelf, name: str) -> None:
    id_ = shelf.add(shelf.write(name, b"<script>alert('secret')</script>"))
    for what in ("audio", "audio?format=wav", "cover", "waveform"):
        response = ask(shelf, f"/v1/tracks/{id_}/{what}")
        check_problem(response, 404, "not-found", "does not look like audio")
        assert "secret" not in response.text


def test_a_format_without_a_mark_is_served_by_its_name(shelf: Shelf) -> None:
    id_ = shelf.add(shelf.write("game.adx", b"\x80\x00"))
    assert ask(shelf, f"/v1/tracks/{id_}/audio").headers["content-type"] == "application/octet-stream"


def test_only_files_in_indexed_folders_are_served(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "voice memo.ogg").write_bytes(OGG)
    outside = tmp_path / "voice memo.ogg"
    for path in (outside, Path("/etc/passwd"), Path(f"{shelf.folder}-2/a.ogg"), Path("/proc/self/environ")):
        if not path.exists():
            path.parent.mkdir()
            path.write_bytes(OGG)
        id_ = shelf.add(path)
        for what in ("audio", "audio?format=wav", "cover", "waveform"):
            check_problem(
                ask(shelf, f"/v1/tracks/{id_}/{what}"), 404, "not-found", "no folder that was indexed here", "index"
            )
    id_ = shelf.add(outside, shelf.write("inside.ogg", OGG + b"inside"))
    assert ask(shelf, f"/v1/tracks/{id_}/audio").content == OGG + b"inside"
    IndexedFolders(shelf.home / "folders.json").add([outside])  # by another process
    assert ask(shelf, f"/v1/tracks/{id_}/audio").content == OGG


def test_the_type_is_detected_after_an_id3_tag(shelf: Shelf) -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)  # 128 bytes: seven bits per byte
    id_ = shelf.add(shelf.write("tagged.flac", tag + b"fLaC" + bytes(100)))
    assert ask(shelf, f"/v1/tracks/{id_}/audio").headers["content-type"] == "audio/flac"


def test_the_first_file_that_exists(shelf: Shelf) -> None:
    gone, copy = shelf.write("gone.ogg", OGG), shelf.write("copy.ogg", OGG)
    id_ = shelf.add(gone, copy)
    gone.unlink()
    assert ask(shelf, f"/v1/tracks/{id_}/audio").content == OGG
    copy.unlink()
    response = ask(shelf, f"/v1/tracks/{id_}/audio")
    check_problem(response, 404, "not-found", str(gone), str(copy), "polymuse index")


def test_no_device_no_pipe_no_folder_no_loop(shelf: Shelf) -> None:
    for name, replace in {
        "device": lambda path: path.symlink_to("/dev/zero"),
        "pipe": os.mkfifo,
        "folder": Path.mkdir,
        "loop": lambda path: path.symlink_to(path),
    }.items():
        path = shelf.write(f"{name}.ogg", OGG)
        id_ = shelf.add(path)
        path.unlink()
        replace(path)
        check_problem(ask(shelf, f"/v1/tracks/{id_}/audio"), 404, "not-found", str(path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_permission(shelf: Shelf) -> None:
    path = shelf.write("private.ogg", OGG)
    id_ = shelf.add(path)
    path.chmod(0)
    check_problem(ask(shelf, f"/v1/tracks/{id_}/audio"), 404, "not-found", "Permission denied")


def test_a_link_to_a_secret_in_place_of_the_file_is_not_served(shelf: Shelf) -> None:
    path, secret = shelf.write("linked.ogg", OGG), shelf.write("secret", b"the password is 123")
    id_ = shelf.add(path)
    path.unlink()
    path.symlink_to(secret)
    response = ask(shelf, f"/v1/tracks/{id_}/audio")
    check_problem(response, 404, "not-found", "does not look like audio")
    assert "123" not in response.text


def test_a_file_that_was_retagged_plays(shelf: Shelf) -> None:
    path = shelf.write("retagged.ogg", OGG)
    url = f"/v1/tracks/{shelf.add(path)}/audio"
    before = ask(shelf, url).headers["etag"]
    path.write_bytes(OGG + b"new comment")
    response = ask(shelf, url, If_None_Match=before)
    assert (response.status_code, response.content) == (200, OGG + b"new comment")


@pytest.mark.parametrize(
    "id_", ["..%2f..%2f..%2fetc%2fpasswd", "%00", "..", "%2e%2e%2f", "x" * 5000, "00000000-0000-0000-0000-000000000000"]
)
def test_ids_are_not_paths(shelf: Shelf, id_: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", shelf.port)  # httpx would normalise the path
    connection.request("GET", f"/v1/tracks/{id_}/audio")
    response = connection.getresponse()
    assert response.status in (404, 422)
    assert b"urn:poly-muse:error:" in response.read()
