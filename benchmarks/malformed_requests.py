"""Malformed requests to a real service with its indexer and a small library: none may be answered by 500.

    python benchmarks/malformed_requests.py --models ~/.local/share/polymuse/models [--requests 20000] [--seed 0]

Half of the requests follow the API description or break it in one place (schemathesis), for every route and with an
admin key, a read key, none and a wrong one; their answers must be as described. The other half are bytes that no
library would send (`raw_requests.py`). Prints how many requests got which status, the longest time and the largest
answer to one, and what was found: answers by 500, answers that are not as described, tracebacks and errors in the log.
The exit status is 1 if anything was found. Needs the weights of the starter profile.
"""

import argparse
import json
import random
import re
import select
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.raw_requests import World, raw_request
from polymuse.api_keys import Scope, new_key, stored_form
from tests.helpers.service_process import ServiceProcess, serving
from tests.helpers.tones import write_tone

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
EXPECTED = {0, *range(200, 500), 503, 507}  # 0: the connection was closed without an answer
MAX_ANSWER = 4 << 20  # bytes of an answer
WAIT = 3.0  # seconds, then the client says that nothing else comes
PATIENCE = 120.0  # seconds for an answer


@dataclass
class Outcome:
    """What became of the requests."""

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0  # seconds
    largest: int = 0  # bytes
    found: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, what: str, status: int, seconds: float, size: int, complaint: str = "") -> None:
        with self.lock:
            self.statuses[status] += 1
            self.slowest = max(self.slowest, seconds)
            self.largest = max(self.largest, size)
            if size > MAX_ANSWER:
                complaint = f"{size} bytes"
            if status not in EXPECTED or seconds > PATIENCE:
                complaint = complaint or f"status {status} after {seconds:.0f} s"
            if complaint:
                self.found.append(f"{what[:300]}: {complaint[:600]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="directory of the weights")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    keys = {scope: new_key(scope) for scope in Scope}
    with library(arguments.models, keys) as (service, root):
        outcome = Outcome()
        described(service, [*keys.values(), "", "wrong" * 8], arguments.requests // 2, arguments.seed, outcome)
        shapeless(service, root, [*keys.values(), "wrong" * 8], arguments.requests // 2, arguments.seed, outcome)
        last = httpx.get(f"{service.client.base_url}/readyz", timeout=PATIENCE)
        log = service.log.read_text("utf-8")
    outcome.found += [line for line in log.splitlines() if "Traceback" in line or " ERROR " in line]
    outcome.found += [] if last.status_code == 200 else [f"the service is not ready afterwards: {last.text}"]
    print(f"{outcome.statuses.total()} requests; answers by 500: {outcome.statuses[500]}; found: {len(outcome.found)}")
    print("status:", ", ".join(f"{status or 'none'} {count}" for status, count in sorted(outcome.statuses.items())))
    print(f"longest time {outcome.slowest:.1f} s, largest answer {outcome.largest} bytes")
    print("\n".join(outcome.found[:50]))
    sys.exit(bool(outcome.found))


@contextmanager
def library(models: Path, keys: dict[Scope, str]) -> Iterator[tuple[ServiceProcess, Path]]:
    """A service with the keys and a few indexed tracks, and the folder that it may index."""
    with tempfile.TemporaryDirectory(prefix="polymuse-fuzz-") as directory:
        home, root = Path(directory) / "home", Path(directory) / "root"
        (home / "models").parent.mkdir()
        (home / "models").symlink_to(models.absolute())
        for number, name in enumerate(("low", "middle", "high")):
            write_tone(root / "a" / f"{name}.wav", 110.0 * 2**number)
        (root / "a" / "broken.mp3").write_bytes(b"no audio")
        own = {
            "POLYMUSE_API_KEYS": ",".join(stored_form(key, scope) for scope, key in keys.items()),
            "POLYMUSE_ROOTS": str(root),
            "POLYMUSE_MUSIC": str(root / "a"),
            "POLYMUSE_JOBS": "1",
            "POLYMUSE_STEMS": "none",
            "POLYMUSE_PROFILE": "starter",
            "TMPDIR": directory,
            "XDG_CONFIG_HOME": str(home),
        }
        with serving(home, **own) as service:
            service.client.headers["X-API-Key"] = keys[Scope.ADMIN]
            while service.tracks() < 3:
                time.sleep(0.5)
            yield service, root


def described(service: ServiceProcess, keys: list[str], requests: int, number: int, outcome: Outcome) -> None:
    """Requests that follow the description, or break it in one place."""
    base = str(service.client.base_url)
    description = service.client.get("/openapi.json").json()
    tracks = [track["id"] for track in service.get("/v1/tracks")["tracks"]]
    schema = schemathesis.openapi.from_dict(description)
    operations = [(method, path) for path, found in description["paths"].items() for method in found]
    each = max(1, requests // (len(operations) * len(keys) * 2))
    for method, path in operations:
        for key in keys:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                _described(schema, (method, path), mode, (base, key, tracks), each, number, outcome)


def _described(
    schema: Any,
    operation: tuple[str, str],
    mode: GenerationMode,
    world: tuple[str, str, list[str]],
    count: int,
    number: int,
    outcome: Outcome,
) -> None:
    method, path = operation
    base, key, tracks = world
    chance = random.Random(f"{number} {method} {path} {mode} {key == ''}")

    @seed(number)
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=HEALTH)
    @given(case=schema[path][method.upper()].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        if "id" in case.path_parameters and "/tracks/" in path and chance.random() < 0.7:
            case.path_parameters["id"] = chance.choice(tracks)
        start = time.monotonic()
        what = f"{method} {path} {case.query} {case.body!r:.200}"
        try:
            response = case.call(base_url=base, headers={"X-API-Key": key} if key else {}, timeout=PATIENCE)
        except (UnicodeError, ValueError):  # the client cannot send it
            return
        except OSError as error:
            outcome.add(what, 0, time.monotonic() - start, 0, repr(error))
            return
        complaint = ""
        if response.status_code != 503:
            try:
                case.validate_response(response, checks=CHECKS)
            except FailureGroup as error:
                complaint = "; ".join(str(each) for each in error.exceptions)
        outcome.add(what, response.status_code, time.monotonic() - start, len(response.content), complaint)

    with suppress(Unsatisfiable):  # there is nothing to break in some
        ask()


def shapeless(
    service: ServiceProcess, root: Path, keys: list[str], requests: int, number: int, outcome: Outcome
) -> None:
    """Requests that are bytes."""
    tracks = [track["id"] for track in service.get("/v1/tracks")["tracks"]]
    world, port = World(tracks, str(root), keys), service.client.base_url.port
    assert port is not None
    chances = [random.Random(f"{number} {n}") for n in range(requests)]
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda chance: _send(port, raw_request(chance, world), outcome), chances):
            pass


def _send(port: int, request: bytes, outcome: Outcome) -> None:
    start, answer = time.monotonic(), b""
    with suppress(ConnectionError, TimeoutError), socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        with suppress(ConnectionError):
            connection.sendall(request)
        readable, _, _ = select.select([connection], [], [], WAIT)
        if not readable:  # the service waits for the rest of the request
            connection.shutdown(socket.SHUT_WR)
        while more := connection.recv(1 << 16):
            answer += more
    seconds = time.monotonic() - start
    outcome.add(repr(request), status_of(answer), seconds, len(answer), complaint_about(answer))


def status_of(answer: bytes) -> int:
    """The status of the last response; 0 if there is none."""
    found = re.findall(rb"(?:^|\n)HTTP/1\.1 ([2-5]\d\d) ", answer.partition(b"\r\n\r\n")[0])
    return int(found[-1]) if found else 0


def complaint_about(answer: bytes) -> str:
    """Why the answer is not as it should be; empty if it is."""
    if not answer:
        return ""
    head, divider, body = answer.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head, divider, body = body.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 ") or not divider:
        return f"no answer of HTTP: {answer[:200]!r}"
    if b"\nx-injected:" in head.lower():
        return "a header was injected"
    return "" if status_of(answer) < 400 or not body.strip() else _complaint_about_problem(head.lower(), body)


def _complaint_about_problem(head: bytes, body: bytes) -> str:
    if b"content-type: application/problem+json" not in head:
        return f"an error that is no problem document: {head!r}"
    if b"content-encoding" in head:
        return ""
    if b"transfer-encoding: chunked" in head:
        body = body.split(b"\r\n")[1]
    elif length := re.search(rb"content-length: (\d+)", head):
        body = body[: int(length[1])]  # others may follow
    try:
        problem = json.loads(body)
    except ValueError:
        return f"not JSON: {body[:200]!r}"
    return "" if {"type", "title", "status", "detail", "advice"} <= problem.keys() else f"incomplete: {problem}"


if __name__ == "__main__":
    main()
