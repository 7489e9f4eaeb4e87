"""Requests that no HTTP library would send, for `malformed_requests.py` and the tests: every part may be wrong."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass

TRACK = "7b114350-697f-5ccf-a23a-06d14a6d2f2a"
PATHS = """
    / /sign-in /docs /docs/start.js /openapi.json /web/x/app.js /healthz /readyz /metrics /nothing
    /v1/search /v1/search/audio /v1/tracks /v1/tracks/ID /v1/tracks/ID/tags /v1/tracks/ID/similar /v1/tracks/ID/audio
    /v1/tracks/ID/cover /v1/tracks/ID/waveform /v1/facets /v1/descriptors /v1/map /v1/stats /v1/session /v1/session/link
    /v1/session/link/NAME /v1/folders /v1/folders/browse /v1/jobs /v1/jobs/ID /v1/jobs/ID/events /v1/failures
    /v1/failures/retry
"""
WITH_JSON = {
    "/v1/search": {"texts": ["piano"], "limit": 5, "where": {"years": [{"low": 1990}]}, "stems": {"mix": 1.0}},
    "/v1/session": {"key": "wrong", "keep": True},
    "/v1/session/link": {"scope": "read"},
    "/v1/folders": {"folders": ["ROOT/a"]},
    "/v1/jobs": {"kind": "scan", "paths": None, "paused": False},
    "/v1/failures/retry": {"paths": ["ROOT/a"]},
}
METHODS = "GET GET GET POST POST PUT PATCH DELETE HEAD OPTIONS TRACE CONNECT PROPFIND get G\u00c9T"
SEGMENTS = [
    "%00", "%2f", "%2F..%2F..%2Fetc%2Fpasswd", "..%2f", "../", "..;/", "%2e%2e/", "//", "%ff%fe", "%ed%a0%80", "%",
    "%zz", "%0d%0aX-Injected:%201", "%e2%80%ae", ";a=b", "\\", "a" * 5000, "%f0%9f%8e%b5", "\u00e9", "*", "%25%32%66",
    "..", "null",
]  # fmt: skip
VALUES = [
    "", "%00", "%ff", "%ed%a0%80", "NaN", "-1", "0", "1e400", "Infinity", "9" * 5000, "-9" * 2000, "1_000", "0x10",
    "true", "[]", "%5b%5d", "a" * 3900, "artist:", "year:1..2..3", "tag:calm%3e%3dNaN", "%22", "%22%22%22", "((((",
    "-" * 500,
    "(" * 3000, "%28" * 1000, "-(" * 1000, "year:" + "9" * 400, "a%0ab", "%e2%80%ae", "%F0%9F%8E%B5" * 50,
    "mix:1e308,mix:1e308",
]  # fmt: skip
PARAMETERS = """
    q not not where stem stems limit offset cursor min_score diversity moments explain without_same without_duplicates
    from_stem field lang path format optional key __class__ %00 by_moment
"""
HEADERS = {
    "Host": ["", "localhost:99999999", "[::1", "a@localhost", "localhost\u00e9", "x" * 3000, "localhost:8" * 200,
             "[::1]:80"],
    "Range": ["bytes=", "bytes=9-1", "bytes=-0", "bytes=0-,0-", "bytes=" + "0-1," * 2000, "bytes=" + "9" * 5000 + "-",
              "bytes=-" + "9" * 4000, "items=0-1", "bytes=\u00b2-\u00b3", "bytes=0-0", "bytes=1-2,4-5", "bytes= 0 - 1"],
    "If-None-Match": ["*", '"', ",,,,", "W/" * 3000, '"a"' * 2000, "\u00ff"],
    "If-Modified-Since": ["yesterday", "Thu, 01 Jan 99999999999 00:00:00 GMT", "Mon, 31 Feb 2026 00:00:00 GMT", "0",
                          "Thu, 01 Jan 1970 00:00:00 +9999999999", "1 Jan 70 99:99:99 -0000"],
    "If-Range": ["*", '"', "Thu, 01 Jan 99999 00:00:00 GMT", "\u00ff"],
    "Accept-Encoding": ["gzip;q=NaN", "gzip," * 2000, "*", "br, gzip;q=0", "\u00ff"],
    "Accept-Language": ["zh;q=1e400", "en-" * 3000, "*;q=NaN", "de;q=", ",;=", "x" * 9000, "\u00ff",
                        "de;q=" + "9" * 5000],
    "Cookie": ["polymuse_session=", "polymuse_session=" + "a" * 8000, "=;=;=", ";" * 8000, "polymuse_session=\u00ff",
               'polymuse_session="\\377\\000"', "a=b; " * 2000],
    "Authorization": ["Bearer", "Bearer  ", "Bearer a b", "Basic Og==", "bearer \u00ff", "x" * 9000],
    "X-API-Key": ["", "a", "\u00ff", "x" * 9000, "polymuse_admin_"],
    "Origin": ["null", "http://[::1", "http://evil.example", "http://localhost", "\u00ff", "//",
    "http://localhost:99999"],
    "Sec-Fetch-Site": ["cross-site", "same-site", "same-origin", "none", "", "\u00ff"],
    "X-Forwarded-For": ["", "\u00ff", "1.2.3.4, " * 1500, "[::1]:80", "999.1.1.1", "unix:", "::ffff:1.2.3.4",
                        "fe80::1%eth0"],
    "X-Forwarded-Proto": ["", "javascript", "https, http", "\u00ff", "ws"],
    "X-Forwarded-Prefix": ["/music", "music", "//evil.example", "/a/../b", "/\u00ff", "/" * 3000, "/%00", "/v1"],
    "Expect": ["100-continue", "\u00ff", "200-ok"],
    "Upgrade": ["websocket", "h2c", "TLS/1.0", "\u00ff"],
    "Connection": ["Upgrade", "close, keep-alive", "X-API-Key", "upgrade, HTTP2-Settings", ","],
    "Content-Type": ["", "application/json; charset=utf-16", "application/json;" * 500, "text/plain",
                     "multipart/form-data", "multipart/form-data; boundary=",
                     "multipart/form-data; boundary=" + "b" * 5000, "\u00ff",
                     "multipart/form-data; boundary=b; charset=nonsense", 'multipart/form-data; boundary="b\\"',
                     "multipart/mixed; boundary=b", "application/x-www-form-urlencoded"],
    "Content-Length": ["-1", "+5", "0x10", "5, 5", "5, 6", "9" * 5000, "1e3", "", "\u00b2", "10000000000"],
    "Transfer-Encoding": ["chunked", "gzip, chunked", "identity", "chunked, chunked", "x", "CHUNKED"],
    "X-Odd": ["\x00", "\x7f", "a\tb", "\x0b", "a" * 20_000, " folded\r\n  line"],
}  # fmt: skip

ODD_JSON = [
    "NaN", "Infinity", "-Infinity", "1e400", "-1e-400", "9" * 5000, "-0", "1.0", "null", "true", "{}", "[]",
    "[[[[1]]]]",
    '"\\ud800"', '"\\u0000"', '"' + "\\ud83c" * 50 + '"', '"' + "x" * 100_000 + '"', '"\u202e"', '"\u00e9"', '""',
    "[null]",
    "[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000, '["' + '","'.join(["a"] * 200) + '"]',
    '{"low": 1e308, "high": NaN}', '["/etc"]', '["\\u0000"]',
]  # fmt: skip
PARTS = [
    b"", b"x", b"{}", b'{"limit": NaN}', b'{"limit": ' + b"9" * 5000 + b"}", b"[" * 10_000, b"\xff\xfe", b"--b",
    b"\r\n--b",
    b"RIFF\x24\x00\x00\x00WAVEfmt ", b"\r\n" * 3000, b'{"texts": ["\\ud800"]}', b'{"stems": {"vocals": 1}}',
]  # fmt: skip
PART_HEADERS = [b""] * 8 + [
    b"Content-Type: \xff\r\n",
    b"X: y\r\n" * 500,
    b"No colon\r\n",
    b"X: " + b"a" * 9000 + b"\r\n",
]
DISPOSITIONS = ["", "form-data", "attachment", "form-data; name", "form-data; name*=utf-8''%ff"]
LAST_PARTS = [b"--b--\r\n"] * 6 + [b"", b"--b", b"--b--" + b"-" * 100_000, b"--b--\r\nepilogue" * 500]


@dataclass(frozen=True)
class World:
    """What the requests may refer to."""

    tracks: Sequence[str]
    root: str  # a folder that the service may index
    keys: Sequence[str]  # right ones, and others


def raw_request(chance: random.Random, world: World) -> bytes:
    """A request that ends its connection, or part of one."""
    template = chance.choice(PATHS.split())
    if chance.random() < 0.5:
        template = chance.choice([*WITH_JSON, "/v1/search/audio"])
    method = chance.choice(METHODS.split())
    body, kind = b"", ""
    if template in WITH_JSON and chance.random() < 0.7:
        method = "POST" if template not in ("/v1/folders", "/v1/jobs") else chance.choice(["PUT", "POST", "PATCH"])
        body, kind = json_body(chance, WITH_JSON[template], world), "application/json"
    elif template == "/v1/search/audio" and chance.random() < 0.8:
        method, body, kind = "POST", form_body(chance), "multipart/form-data; boundary=b"
    headers = [("Host", "localhost"), ("Connection", "close")]
    if chance.random() < 0.8:
        headers.append(("X-API-Key", chance.choice(world.keys)))
    chunked = body and chance.random() < 0.3
    if kind:
        headers += [("Content-Type", kind)]
    headers += [("Transfer-Encoding", "chunked")] if chunked else [("Content-Length", str(len(body)))] if body else []
    for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
        name = chance.choice([*HEADERS])
        if chance.random() < 0.5:
            headers = [each for each in headers if each[0] != name]
        headers.insert(chance.randrange(len(headers) + 1), (name, chance.choice(HEADERS[name])))
    if chance.random() < 0.02:
        headers += [("X-Many", "a")] * chance.choice((50, 10_000))
    version = chance.choice(["HTTP/1.1"] * 20 + ["HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "http/1.1", ""])
    line = f"{method} {target(chance, template, world)} {version}"
    head = "\r\n".join([line, *(f"{name}: {value}" for name, value in headers)])
    sent = head.encode("latin-1", "replace") + b"\r\n\r\n" + (in_chunks(chance, body) if chunked else body)
    return damaged(chance, sent) if chance.random() < 0.15 else sent


def target(chance: random.Random, template: str, world: World) -> str:
    ids = [*world.tracks, TRACK, *SEGMENTS]
    path = template.replace("ID", chance.choice(ids)).replace("NAME", chance.choice(SEGMENTS))
    if chance.random() < 0.15:
        cut = chance.randrange(1, len(path) + 1)
        path = path[:cut] + chance.choice(SEGMENTS) + path[cut:]
    if chance.random() < 0.03:
        absolute = ["http://evil.example" + path, "http://[::1" + path]
        path = chance.choice([*absolute, "*", path[1:], path + "#a", path + "/"])
    if chance.random() < 0.6:
        known = [*VALUES, *world.tracks, world.root, "piano", "mix", "calm", "artist", "year:1990..", "en", "wav"]
        names = [chance.choice(PARAMETERS.split()) for _ in range(chance.choice((1, 2, 3, 3, 60)))]
        path += "?" + "&".join(f"{name}={chance.choice(known)}" for name in names)[:12_000]
    return path


def json_body(chance: random.Random, example: object, world: World) -> bytes:
    text = json.dumps(example).replace("ROOT", world.root)
    many = json.dumps({f"k{n}": n for n in range(chance.choice((3, 20_000)))})
    odd = [*ODD_JSON, many, f'["{world.root}/../.."]']
    way = chance.random()
    if way < 0.6:  # one value replaced
        spots = [i for i in range(len(text)) if text[i] in ":[,"]
        spot = chance.choice(spots) + 1
        end = next(i for i in range(spot, len(text)) if text[i] in ",]}")
        text = text[:spot] + chance.choice(odd) + text[end:]
    elif way < 0.7:
        text = chance.choice(odd)
    elif way < 0.8:  # a name twice, or one more
        more = f'"{chance.choice(["texts", "key", "paths", "limit", "__proto__", ""])}": {chance.choice(odd)}'
        text = text[:-1] + ", " + more + "}"
    encoding = chance.choice(["utf-8"] * 12 + ["utf-8-sig", "utf-16", "utf-32", "latin-1"])
    body = text.encode(encoding, "replace")
    return damaged(chance, body) if chance.random() < 0.1 else body


def form_body(chance: random.Random) -> bytes:
    """Parts divided by `b`, some of them strange."""
    names = ["file", "file", "query", "other", "", "file\x00", "\u00e9", "a" * 2000, "_charset_", 'fi"le']
    files = ["a.wav", "../../x", "", "a\x00.wav", "x" * 3000, "\u00e9.mp3", "a.m3u8", ";filename=b", 'a"b']
    body = b""
    for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 200))):
        disposition = f'form-data; name="{chance.choice(names)}"'
        if chance.random() < 0.6:
            disposition += f'; filename="{chance.choice(files)}"'
        if chance.random() < 0.05:
            disposition = chance.choice(DISPOSITIONS)
        head = f"Content-Disposition: {disposition}\r\n".encode("utf-8", "replace") + chance.choice(PART_HEADERS)
        body += b"--b\r\n" + head + b"\r\n" + chance.choice(PARTS) + b"\r\n"
    return body + chance.choice(LAST_PARTS)


def in_chunks(chance: random.Random, body: bytes) -> bytes:
    size = max(1, len(body) // chance.choice((1, 3, 50)))
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    odd = chance.choice(["{:x}"] * 10 + ["{:X};ext=1", "0{:x}", "-{:x}", "{:x} ", "0x{:x}", "fffffffffffffffff{:x}"])
    return b"".join(odd.format(len(part)).encode() + b"\r\n" + part + b"\r\n" for part in parts) + chance.choice(
        [b"0\r\n\r\n"] * 8 + [b"", b"0\r\nTrailer: x\r\n\r\n", b"0\r\n" + b"X: y\r\n" * 3000 + b"\r\n"]
    )


def damaged(chance: random.Random, sent: bytes) -> bytes:
    """Some bytes changed, a part cut or doubled."""
    changed = bytearray(sent)
    for _ in range(chance.choice((1, 1, 3, 10))):
        if changed:
            changed[chance.randrange(len(changed))] = chance.choice(b'\x00\r\n\xff :;%/"{}[]\x7f0')
    if changed and chance.random() < 0.4:
        start = chance.randrange(len(changed))
        end = min(len(changed), start + chance.choice((1, 10, 1000)))
        part = changed[start:end]
        changed[start:end] = part * 2 if chance.random() < 0.5 else b""
    return bytes(changed)
