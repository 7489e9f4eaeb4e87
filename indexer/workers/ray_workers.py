"""The layout for a cluster: on each machine that Ray knows, an actor that works as that machine does by itself.

    files -> identify (here) -> an actor on each machine: worker processes, or decoders and GPUs -> catalog (here)

An actor runs the backend of `indexer.workers.local`, so batches, limits and the isolation of bad files are those of one
machine. What it finds, a few kilobytes a track, comes back to this process, the only one that writes to the catalog:
no track is stored twice or by halves, whatever dies.

When an actor dies, its machine gets a new one, or the other machines go on. The tracks that it had are tried again
last and each by itself, as one of them may have been the reason; one whose actor dies then as well is a failure.
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
from indexer.workers.ray_machine import About, Machine, Order, can_work, shutdown
from indexer.workers.stage_times import Lane
from polymuse.errors import BadAudioError, UnavailableError, UserError

logger = logging.getLogger(__name__)

AUTO = "auto"  # the address of the cluster that this machine belongs to
MAX_CONNECT_SECONDS = 5.0  # in which the head of a cluster answers
MAX_START_SECONDS = 300.0  # in which the first machine is ready: imports from a network drive take a while
LOOK_SECONDS = 30.0  # between looks for machines that have joined the cluster
MAX_FALSE_STARTS = 3  # actors in a row that die before they are ready
POLL = 0.5  # seconds for an answer, before there is a look at whether a stop is requested
HEAD = "Start Ray with `ray start --head`, on other machines with `ray start --address HEAD:6379`, or mend --address"


class RayWorkers:
    """An AnalysisBackend on the machines of a cluster."""

    def __init__(self, order: Order, address: str, terms: Mapping[str, str], stop: Stop | None = None) -> None:
        """`address`: HOST:PORT, or "auto"; `terms`: those of `ray_machine.terms` that hold for the catalog."""
        self._stop = stop or Stop()
        self._order = order
        self._address = address
        self._terms = terms
        self._machines: list[Machine] = []
        self._waiting: deque[Job] = deque()
        self._suspects: deque[Job] = deque()  # were with an actor when it died
        self._suspected: set[str] = set()  # their ids, for good
        self._false_starts: Counter[str] = Counter()  # by node
        self._look_again = 0.0  # for machines, by time.monotonic()

    def __enter__(self) -> Self:
        """Raises UnavailableError where Ray is not installed, or no machine of the cluster can be used."""
        _connect(self._address)
        try:
            end = time.monotonic() + MAX_START_SECONDS
            while not self._ready and not self._stop.halted:
                list(self.finished())
                if time.monotonic() > end:
                    raise UnavailableError(
                        f"No machine of the Ray cluster was ready within {MAX_START_SECONDS:.0f} s",
                        "`ray status` says whether something else has their CPUs or GPUs",
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

    def rest(self) -> None:
        for machine in self._ready:
            machine.rest()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """What works side by side; lanes of a kind are one."""
        counts: Counter[Lane] = Counter()
        for lane in (lane for machine in self._ready for lane in machine.lanes):
            counts[replace(lane, name=lane.name.partition(" ")[2], count=0)] += lane.count  # without its number
        where = "on 1 machine" if len(self._ready) == 1 else f"on {len(self._ready)} machines"
        far = (replace(kind, name=f"{count} {kind.name} {where}", count=count) for kind, count in counts.items())
        return tuple(far)

    @property
    def under_way(self) -> int:
        return len(self._waiting) + len(self._suspects) + sum(len(machine.tracks) for machine in self._machines)

    @property
    def room(self) -> int:
        """How many tracks more may be begun; one at least, which waits for a machine, so that no run ends early."""
        free = sum(max(0, machine.room) for machine in self._machines) - len(self._waiting)
        return max(free, 0 if self.under_way else 1)

    def begin(self, job: Job) -> None:
        """Take a track on: it waits for a machine."""
        self._waiting.append(job)

    def drop_waiting(self) -> list[Job]:
        """Give up the tracks that no machine has. The machines are told when they are asked next."""
        dropped = [*self._waiting, *self._suspects]
        self._waiting.clear()
        self._suspects.clear()
        return dropped

    def finished(self) -> Iterator[tuple[Job, Result]]:
        """The tracks that are done; none after a short while. Raises UnavailableError where no machine is left."""
        import ray

        halted = self._stop.halted
        if not halted and time.monotonic() > self._look_again:
            self._start_missing()
        self._hand_out()
        asked = {question: each for each in self._machines if (question := each.ask(halted=halted)) is not None}
        answered, _ = ray.wait(list(asked), timeout=POLL) if asked else ([], [])
        for question in answered:
            yield from self._collect(asked[question])

    @property
    def _ready(self) -> list[Machine]:
        return [machine for machine in self._machines if machine.about is not None]

    def _start_missing(self) -> None:
        """Start an actor on each machine that has none."""
        import ray

        self._look_again = time.monotonic() + LOOK_SECONDS
        taken = {machine.id for machine in self._machines}
        for node in ray.nodes():
            usable = can_work(node, self._order.recipe) and self._false_starts[node["NodeID"]] < MAX_FALSE_STARTS
            if usable and node["NodeID"] not in taken:
                self._machines.append(Machine(node, self._order))
        if not self._machines:
            raise UnavailableError(
                "No machine of the Ray cluster can be used", "`ray status` lists them; what is wrong is told above"
            )

    def _hand_out(self) -> None:
        """Give each waiting track to the machine with most room, and each suspect to one that has nothing else."""
        while self._waiting and (roomy := max(self._machines, key=lambda each: each.room, default=None)):
            if roomy.room <= 0:
                break
            roomy.begin(self._waiting.popleft())
        for machine in self._ready:
            if self._suspects and not machine.tracks:
                machine.begin(self._suspects.popleft())
                machine.alone = True

    def _collect(self, machine: Machine) -> Iterator[tuple[Job, Result]]:
        """What a machine answers."""
        from ray.exceptions import RayError, RayTaskError

        try:
            answer = machine.answer()
        except RayTaskError:  # a bug
            raise
        except RayError as error:
            yield from self._handle_death(machine, error)
            return
        if isinstance(answer, About):
            self._admit(machine, answer)
            return
        for track_id, result in answer.items():
            job = machine.finish(track_id)
            if result is not None:
                yield job, result

    def _admit(self, machine: Machine, about: About) -> None:
        """Raises UnavailableError for a machine whose tracks would not be like those of the catalog."""
        for what, mark in self._terms.items():
            if about.terms.get(what) != mark:
                raise UnavailableError(
                    f"Machine {machine.name} has another {what} than this one: {about.terms.get(what, 'none')[:12]}, "
                    f"not {mark[:12]}",
                    "Give all machines the same version and the same POLYMUSE_HOME/models and tagging; "
                    "processors that compute in half precision do not go with others",
                )
        machine.about = about
        self._false_starts[machine.id] = 0

    def _handle_death(self, machine: Machine, error: Exception) -> Iterator[tuple[Job, Result]]:
        """The actor of a machine has died, perhaps the machine as well."""
        machine.kill()
        self._machines.remove(machine)
        self._look_again = 0.0
        if machine.about is None:
            self._false_starts[machine.id] += 1
            if self._false_starts[machine.id] == MAX_FALSE_STARTS:
                logger.warning("machine %s is left out: %s", machine.name, _last_line(error))
        for job in machine.tracks.values():
            if machine.alone and job.identified.track_id in self._suspected:
                yield (
                    job,
                    BadAudioError(
                        f"a Ray actor on {machine.name} died of it",
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
        token = "" if "RAY_AUTH_MODE" in os.environ else "; if the cluster wants a token, set RAY_AUTH_MODE=token"
        raise UnavailableError(f"No Ray cluster at {address!r}: {reason}", HEAD + token) from error


def _probe(address: str) -> None:
    """Raises UserError for no address, UnavailableError where nothing answers: Ray itself tries for two minutes."""
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
    """Ray puts its own handler for SIGTERM in place, one that ends the run with tracks in hand."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _last_line(error: Exception) -> str:
    return str(error).strip().rpartition("\n")[2].strip()
