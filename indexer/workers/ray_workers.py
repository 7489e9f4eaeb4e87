"""The backend for a Ray cluster: on each machine, an actor runs the backend for that machine.

    files -> identify (here) -> an actor on each machine: worker processes, or decoders and GPUs -> catalog (here)

An actor runs the backend of `indexer.workers.local`, so batches, limits and the isolation of bad files are those of one
machine. Results, a few kilobytes per track, are sent to this process, the only one that writes to the catalog: no track
is stored twice or partially, whichever process dies.

When an actor dies, its machine gets a new one, or the other machines continue. Its tracks are retried last and one at a
time, because one of them may have caused the crash; a track whose actor dies again is a failure.
"""

import logging
import os
import signal
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from indexer.jobs import Job
from indexer.stopping import Stop
from indexer.workers.backend import Result
from indexer.workers.ray_machine import Machine, MachineInfo, RunOptions, can_work, shutdown
from indexer.workers.stage_times import Lane
from polymuse.errors import BadAudioError, UnavailableError, UserError

logger = logging.getLogger(__name__)

AUTO = "auto"  # the address of the cluster that this machine belongs to
MAX_CONNECT_SECONDS = 5.0  # for the head of the cluster to accept a connection
MAX_START_SECONDS = 300.0  # until the first machine is ready; imports from a network drive are slow
DISCOVERY_SECONDS = 30.0  # between searches for machines that joined the cluster
MAX_FALSE_STARTS = 3  # per machine, in a row
POLL = 0.5  # seconds to wait for responses before checking for a requested stop
HEAD = "Start Ray with `ray start --head`, on other machines with `ray start --address HEAD:6379`, or correct --address"


class RayWorkers:
    """An AnalysisBackend on the machines of a cluster."""

    def __init__(
        self, options: RunOptions, address: str, requirements: Mapping[str, str], stop: Stop | None = None
    ) -> None:
        """`address`: HOST:PORT, or "auto"; `requirements`: `ray_machine.requirements` of the catalog."""
        self._stop = stop or Stop()
        self._options = options
        self._address = address
        self._requirements = requirements
        self._machines: list[Machine] = []
        self._waiting: deque[Job] = deque()
        self._suspects: deque[Job] = deque()  # were on an actor when it died
        self._suspected: set[str] = set()  # ids of all suspects of the run
        self._false_starts: Counter[str] = Counter()  # by node
        self._next_discovery = 0.0  # for machines, by time.monotonic()

    def __enter__(self) -> Self:
        """Raises UnavailableError if Ray is not installed or no machine of the cluster can be used."""
        _connect(self._address)
        try:
            end = time.monotonic() + MAX_START_SECONDS
            while not self._ready and not self._stop.halted:
                list(self.finished())
                if time.monotonic() > end:
                    raise UnavailableError(
                        f"No machine of the Ray cluster was ready within {MAX_START_SECONDS:.0f} s",
                        "`ray status` shows whether other jobs use their CPUs or GPUs",
                    )
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import ray

        shutdown(self._machines)
        ray.shutdown()

    def release(self) -> None:
        for machine in self._ready:
            machine.release()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """Parallel lanes of all machines; lanes of the same kind are merged."""
        counts: Counter[Lane] = Counter()
        for lane in (lane for machine in self._ready for lane in machine.lanes):
            counts[replace(lane, name=lane.name.partition(" ")[2], count=0)] += lane.count  # without its number
        where = "on 1 machine" if len(self._ready) == 1 else f"on {len(self._ready)} machines"
        merged = (replace(kind, name=f"{count} {kind.name} {where}", count=count) for kind, count in counts.items())
        return tuple(merged)

    @property
    def in_progress(self) -> int:
        return len(self._waiting) + len(self._suspects) + sum(len(machine.tracks) for machine in self._machines)

    @property
    def free_slots(self) -> int:
        """Number of further tracks that may be begun; at least 1 if none is in progress, to keep the run going."""
        free = sum(max(0, machine.free_slots) for machine in self._machines) - len(self._waiting)
        return max(free, 0 if self.in_progress else 1)

    def begin(self, job: Job) -> None:
        """Queue a track for a machine."""
        self._waiting.append(job)

    def drop_waiting(self) -> list[Job]:
        """Drop the tracks that no machine has. Machines drop theirs at the next request."""
        dropped = [*self._waiting, *self._suspects]
        self._waiting.clear()
        self._suspects.clear()
        return dropped

    def finished(self) -> Iterator[tuple[Job, Result]]:
        """Finished tracks; waits up to POLL seconds for some. Raises UnavailableError if no machine is left."""
        import ray

        halted = self._stop.halted
        if not halted and time.monotonic() > self._next_discovery:
            self._start_missing()
        self._dispatch()
        asked = {request: each for each in self._machines if (request := each.poll(halted=halted)) is not None}
        answered, _ = ray.wait(list(asked), timeout=POLL) if asked else ([], [])
        for request in answered:
            yield from self._collect(asked[request])

    @property
    def _ready(self) -> list[Machine]:
        return [machine for machine in self._machines if machine.info is not None]

    def _start_missing(self) -> None:
        """Start an actor on each usable machine that has none."""
        import ray

        self._next_discovery = time.monotonic() + DISCOVERY_SECONDS
        taken = {machine.id for machine in self._machines}
        for node in ray.nodes():
            usable = can_work(node, self._options.recipe) and self._false_starts[node["NodeID"]] < MAX_FALSE_STARTS
            if usable and node["NodeID"] not in taken:
                self._machines.append(Machine(node, self._options))
        if not self._machines:
            raise UnavailableError(
                "No machine of the Ray cluster can be used", "`ray status` lists them; their problems are logged above"
            )

    def _dispatch(self) -> None:
        """Assign each waiting track to the least busy machine, and each suspect to an idle one."""
        while self._waiting and (least_busy := max(self._machines, key=lambda each: each.free_slots, default=None)):
            if least_busy.free_slots <= 0:
                break
            least_busy.begin(self._waiting.popleft())
        for machine in self._ready:
            if self._suspects and not machine.tracks:
                machine.begin(self._suspects.popleft())
                machine.isolated = True

    def _collect(self, machine: Machine) -> Iterator[tuple[Job, Result]]:
        """Process the response of a machine, and yield its results."""
        from ray.exceptions import RayError, RayTaskError

        try:
            response = machine.response()
        except RayTaskError:  # a bug
            raise
        except RayError as error:
            yield from self._handle_death(machine, error)
            return
        if isinstance(response, MachineInfo):
            self._admit(machine, response)
            return
        for track_id, result in response.items():
            job = machine.finish(track_id)
            if result is not None:
                yield job, result

    def _admit(self, machine: Machine, info: MachineInfo) -> None:
        """Mark a machine as ready. Raises UnavailableError if its results would not match the catalog."""
        for name, value in self._requirements.items():
            if info.requirements.get(name) != value:
                raise UnavailableError(
                    f"Machine {machine.name} has a different {name} than this one: "
                    f"{info.requirements.get(name, 'none')[:12]}, not {value[:12]}",
                    "Give all machines the same version and the same POLYMUSE_HOME/models and tagging; "
                    "machines that compute in half precision cannot be mixed with others",
                )
        machine.info = info
        self._false_starts[machine.id] = 0

    def _handle_death(self, machine: Machine, error: Exception) -> Iterator[tuple[Job, Result]]:
        """Remove a machine whose actor died; its tracks become suspects, or failures if they were isolated."""
        machine.kill()
        self._machines.remove(machine)
        self._next_discovery = 0.0
        if machine.info is None:
            self._false_starts[machine.id] += 1
            if self._false_starts[machine.id] == MAX_FALSE_STARTS:
                logger.warning("machine %s is not used: %s", machine.name, _last_line(error))
        for job in machine.tracks.values():
            if machine.isolated and job.identified.track_id in self._suspected:
                yield (
                    job,
                    BadAudioError(
                        f"a Ray actor on {machine.name} died while analysing it",
                        "Convert the file, or report it if it plays elsewhere",
                    ),
                )
            else:
                self._suspected.add(job.identified.track_id)
                self._suspects.append(job)


def _connect(address: str) -> None:
    try:
        import ray
    except ImportError as error:
        raise UnavailableError("Ray is not installed", "pip install 'poly-muse[ray]'") from error
    if address == AUTO:
        address = os.environ.get("RAY_ADDRESS", AUTO)
    if address != AUTO:
        _probe(address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        with _handlers_kept():
            ray.init(address, log_to_driver=False, configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = str(error).partition("\n")[0].partition(". ")[0]
        token = "" if "RAY_AUTH_MODE" in os.environ else "; if the cluster requires a token, set RAY_AUTH_MODE=token"
        raise UnavailableError(f"No Ray cluster at {address!r}: {reason}", HEAD + token) from error


def _probe(address: str) -> None:
    """Check that the head accepts connections, because Ray would retry for two minutes.

    Raises UserError for an invalid address, UnavailableError if there is no connection.
    """
    try:
        parts = urlsplit(f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or "://" in address:
        raise UserError(f"--address {address!r} is not the address of a Ray cluster", "Write HOST:PORT, or auto")
    try:
        socket.create_connection((host, port), MAX_CONNECT_SECONDS).close()
    except OSError as error:
        raise UnavailableError(f"No Ray cluster at {address!r}: {error.strerror or error}", HEAD) from error


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Restore our handler for SIGTERM: the one of Ray would end the run with tracks in progress."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _last_line(error: Exception) -> str:
    return str(error).strip().rpartition("\n")[2].strip()
