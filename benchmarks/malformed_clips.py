"""Short clips in every container that the scanner accepts, for `malformed_files.py`: written by FFmpeg, or by bytes."""

import struct
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from mutagen.id3 import COMM, RVA2, SYLT, TIT2, TPE1, TXXX, UFID, USLT

from tests.helpers.audio_files import add_cover
from tests.helpers.tagged_files import ape, asf, id3, id3_bytes, info, mp4, riff, vorbis

Clip = tuple[str, bytes]  # suffix and content
# Suffix and codec
FORMATS = """
    mp3:libmp3lame mp2:mp2 m4a:aac m4a:alac m4b:aac mp4:aac mov:pcm_s16le 3gp:aac 3g2:aac aac:aac caf:alac
    ogg:vorbis ogv:vorbis opus:libopus oga:flac flac:flac mka:libopus webm:libopus mkv:flac
    wav:pcm_s16le wav:adpcm_ms wav:pcm_f32le wav:flac w64:pcm_s24le aiff:pcm_s16be au:pcm_s16be voc:pcm_u8
    wma:wmav2 wma:wmav1 asf:wmav2 wv:wavpack tta:tta ac3:ac3 eac3:eac3 adx:adpcm_adx swf:libmp3lame
    rm:ac3 avi:libmp3lame avi:aac flv:libmp3lame ts:mp2 mpg:mp2 vob:ac3 amr:libopencore_amrnb nut:vorbis
"""
LONG = ("mp3:libmp3lame", "ogg:vorbis", "wav:adpcm_ms")  # enough for an embedder
WITH_PICTURE = ("mp3", "mp4", "flac")  # formats in which FFmpeg attaches a picture


def make_clips(directory: Path) -> list[Clip]:
    """One clip in each format that can be written here, some with several tag systems, and those made of bytes."""
    clips = []
    for suffix, codec in (each.split(":") for each in FORMATS.split()):
        path = directory / f"clip.{suffix}"
        try:
            encode(path, codec, 3.5 if f"{suffix}:{codec}" in LONG else 0.7)
        except (FFmpegError, ValueError) as error:
            print(f"cannot write {suffix} with {codec}: {error}", file=sys.stderr)
            continue
        clips.append((suffix, path.read_bytes()))
        path.unlink()
    return clips + _tagged_clips(directory) + _written_by_bytes(dict(clips)["mp3"])


def encode(path: Path, codec: str, seconds: float) -> None:
    """Writes a tone with tags, a chapter, and a picture where one can be attached."""
    rate, layout = (8000, "mono") if "amr" in codec else (44_100 if path.suffix == ".swf" else 48_000, "stereo")
    t = np.arange(round(seconds * rate)) / rate
    packed = np.repeat(0.3 * np.sin(2 * np.pi * 440 * t), 1 if layout == "mono" else 2).astype(np.float32)
    with av.open(str(path), "w") as output:
        output.metadata.update({"title": "Clip", "artist": "Nobody", "language": "eng"})
        ms = Fraction(1, 1000)
        output.set_chapters([{"id": 1, "start": 0, "end": 300, "time_base": ms, "metadata": {"title": "Part"}}])
        stream = output.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        stream.options = {"strict": "experimental"}  # for FFmpeg's own Vorbis encoder
        if codec.startswith("wma"):
            stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray(packed[None], format="flt", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        stream.metadata["language"] = "eng"
        if path.suffix[1:] in WITH_PICTURE:
            add_cover(output)
        resampler = av.AudioResampler(stream.format.name, layout, rate, stream.frame_size or 0)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))


def _tagged_clips(directory: Path) -> list[Clip]:
    """Clips with several tag systems, and with tags that FFmpeg does not write."""
    mp3 = id3(
        directory / "tagged.mp3",
        *(TIT2(1, "T"), TPE1(0, "A"), TXXX(3, "ARTISTS", ["a", "b"]), COMM(0, "eng", "", "c")),
        *(USLT(1, "eng", "", "la"), SYLT(3, "eng", 2, 1, "", [("x", 1)])),
        *(RVA2("track", 1, -3, 0.5), UFID("http://musicbrainz.org", b"i")),
        v1=True,
    )
    files = [
        ape(mp3, Title="T", Artist="A"),
        riff(directory / "tagged.wav", info(INAM=b"x", IART=b"y"), (b"id3 ", id3_bytes(TIT2(3, "T")))),
        mp4(
            directory / "tagged.m4a",
            {"\xa9nam": ["t"], "----:com.apple.iTunes:ARTISTS": [b"a", b"b"], "trkn": [(1, 2)]},
        ),
        asf(directory / "tagged.wma", {"Title": ["t"], "WM/Genre": ["g"], "WM/Picture": [bytes(100)]}),
        vorbis(directory / "tagged.ogg", ("TITLE", "t"), ("ARTIST", "a"), ("ARTIST", "b")),
    ]
    return [(path.suffix[1:], path.read_bytes()) for path in files]


def _written_by_bytes(mp3: bytes) -> list[Clip]:
    """Clips in formats without an encoder here: whole where samples are stored plainly, else a header and noise."""
    noise = np.random.default_rng(0).bytes(4000)
    silence = bytes(np.full(20_000, 0x69, np.uint8))  # of DSD
    dsf_format = struct.pack("<4sQIIIIIIQII", b"fmt ", 52, 1, 0, 2, 2, 2_822_400, 1, 80_000, 4096, 0)
    dsf_data = b"data" + struct.pack("<Q", 12 + 16_384) + silence[:16_384]
    dsf_tag = id3_bytes(TIT2(3, "T"))
    dsf_at = 28 + len(dsf_format) + len(dsf_data)
    dsf = b"DSD " + struct.pack("<QQQ", 28, dsf_at + len(dsf_tag), dsf_at) + dsf_format + dsf_data + dsf_tag
    sound = _chunk64(b"FS  ", struct.pack(">I", 2_822_400)) + _chunk64(b"CHNL", struct.pack(">H", 2) + b"SLFTSRGT")
    properties = b"SND " + sound + _chunk64(b"CMPR", b"DSD \x0enot compressed\0")
    body = b"DSD " + _chunk64(b"FVER", b"\1\5\0\0") + _chunk64(b"PROP", properties) + _chunk64(b"DSD ", silence)
    voice = struct.pack(">IIIHBBI", 4000, 0, 0, 8000, 1, 0, 65_536)
    iff = b"8SVX" + _chunk(b"VHDR", voice) + _chunk(b"NAME", b"Clip") + _chunk(b"BODY", noise)
    qoa_frame = b"\2\0\xac\x44" + struct.pack(">HH", 20, 8 + 2 * 16 + 16) + bytes(32) + noise[:16]
    monkey = struct.pack("<HHHHIIHHIII", 3990, 0, 52, 24, 4, 44, 0, 0, 4000, 0, 0)
    monkey_header = struct.pack("<HHIIIHHI", 2000, 0, 73_728, 4000, 1, 16, 2, 44_100)
    return [
        ("dsf", dsf),
        ("dff", _chunk64(b"FRM8", body)),
        ("8svx", _chunk(b"FORM", iff)),
        ("iff", _chunk(b"FORM", iff)),
        ("qoa", b"qoaf" + struct.pack(">I", 20) + qoa_frame),
        ("ape", b"MAC " + monkey[:-8] + bytes(24) + monkey_header + bytes(4) + noise),
        ("mpc", b"MP+\x17" + struct.pack("<II", 4, 0x8000_0000) + bytes(16) + noise),
        ("mpc", b"MPCKSH\x0f" + bytes(4) + b"\x08\xa0\0\1\x1b\0\0\0" + b"AP\x84\0" + noise),
        ("tak", b"tBaK\1\x0e\0\0" + bytes(11) + noise[:3] + b"\0\0\0\0" + noise),
        ("shn", b"ajkg\2" + noise),
        ("oma", b"ea3\3\0\0\0\0\0\0" + b"EA3\1\0\x60\xff\xff" + bytes(24) + b"\3\0\x28\x20" + bytes(60) + mp3),
        ("aa3", b"EA3\1\0\x60\xff\xff" + bytes(24) + b"\1\0\x20\x30" + bytes(60) + noise),
        ("dts", (b"\x7f\xfe\x80\x01\xfc\x3c\x3f\xf0\xb5\xe0" + noise[:1014]) * 3),
        ("dtshd", b"DTSHDHDR" + bytes(7) + b"\x10" + noise[:16] + b"STRMDATA" + bytes(8) + noise),
        ("thd", (b"\0\x20\0\0\xf8\x72\x6f\xba" + noise[:56]) * 20),
        ("mlp", (b"\0\x20\0\0\xf8\x72\x6f\xbb" + noise[:56]) * 20),
        ("ra", b".ra\xfd\0\4\0\0.ra4" + noise[:60] + b"\4dnet\4dnet" + noise),
        ("rf64", b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<IQQQI", 28, 4000, 3900, 975, 0) + _format() + noise),
    ]


def _format() -> bytes:
    return b"fmt " + struct.pack("<IHHIIHH", 16, 1, 2, 44_100, 176_400, 4, 16) + b"data\xff\xff\xff\xff"


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack(">I", len(body)) + body + bytes(len(body) % 2)


def _chunk64(name: bytes, body: bytes) -> bytes:
    return name + struct.pack(">Q", len(body)) + body + bytes(len(body) % 2)
