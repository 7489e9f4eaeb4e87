"""A machine of a Ray cluster: the actor that runs the local backend there, and its handle in the main process."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from indexer.jobs import Job, fingerprints
from indexer.workers.backend import AnalysisBackend, Result
from indexer.workers.local import open_backend
from indexer.workers.stage_times import ANALYSIS, Lane
from models.profiles import AUTO, PROFILES, load_embedder
from models.recipe import Recipe
from models.weights.fingerprint import fingerprint_of
from models.weights.store import WeightStore
from polymuse import __version__
from polymuse.errors import BadAudioError, UnavailableError, UserError

if TYPE_CHECKING:  # Ray is an extra
    from ray import ObjectRef

CLOSE_SECONDS = 10.0  # for an actor to end its processes; then it is killed

Response = dict[str, Result | None]  # by track id; None: dropped because the run is halted


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of the run, the same on every machine."""

    recipe: Recipe
    jobs: int | None  # worker processes per machine; None: chosen by each machine
    todo: int  # tracks in the whole run
    probe: Path | None  # a file that every machine must be able to access


@dataclass(frozen=True, slots=True)
class MachineInfo:
    """Description of an actor, sent before it gets any tracks."""

    requirements: Mapping[str, str]
    capacity: int  # tracks that keep it busy
    lanes: Sequence[Lane]


def requirements(recipe: Recipe, made_with: Mapping[str, str]) -> dict[str, str]:
    """{name: version or fingerprint} of everything that must be the same on all machines that analyse for a library.

    `made_with`: result of `indexer.jobs.fingerprints`.
    """
    learned = sorted(recipe.home.tagging.glob("*.json"))
    files = [file for file in (recipe.bank, *learned) if file is not None and file.is_file()]
    return {"version": __version__, **made_with, "tagging": fingerprint_of("tagging", *files)}


def can_work(node: Mapping[str, Any], recipe: Recipe) -> bool:
    """Whether a node of `ray.nodes()` has the processors that the recipe needs. A head may have none."""
    cpus, gpus = _processors(node, recipe)
    return node["Alive"] and bool(gpus or (cpus and not recipe.device.startswith("cuda")))


def _processors(node: Mapping[str, Any], recipe: Recipe) -> tuple[int, int]:
    """CPUs and usable GPUs of a node."""
    uses_gpus = PROFILES[recipe.profile].accelerated and recipe.device.partition(":")[0] in (AUTO, "cuda")
    resources = node["Resources"]
    return int(resources.get("CPU", 0)), int(resources.get("GPU", 0)) if uses_gpus else 0


class Machine:
    """The handle of a machine, with the tracks assigned to it.

    Each request to the actor asks for the results of all these tracks. So a lost response loses nothing, and no track
    is known only to the actor.
    """

    def __init__(self, node: Mapping[str, Any], options: RunOptions) -> None:
        """Start an actor. Raises nothing: if the actor cannot start, its first response raises."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self.id = node["NodeID"]
        self.name = f"{node['NodeManagerHostname']} ({node['NodeManagerAddress']})"
        self.info: MachineInfo | None = None
        self.isolated = False  # processing a single track that was on a dead actor
        self.tracks: dict[str, Job] = {}
        cpus, gpus = _processors(node, options.recipe)
        place = NodeAffinitySchedulingStrategy(self.id, soft=False)
        actor = ray.remote(_Actor).options(num_cpus=cpus, num_gpus=gpus, scheduling_strategy=place)
        self._actor: Any = actor.remote(options, self.name, max(1, cpus))
        self._request: ObjectRef | None = self._actor.describe.remote()

    @property
    def free_slots(self) -> int:
        """Number of further tracks that the machine can take."""
        return 0 if self.info is None or self.isolated else self.info.capacity - len(self.tracks)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """Parallel lanes of the machine. Identifying and storing happen elsewhere."""
        lanes = self.info.lanes if self.info is not None else ()
        here = ((lane, tuple(stage for stage in lane.stages if stage in ANALYSIS)) for lane in lanes)
        return tuple(replace(lane, stages=stages) for lane, stages in here if stages)

    def begin(self, job: Job) -> None:
        """Assign a track to the machine; it is sent with the next request."""
        self.tracks[job.identified.track_id] = job

    def poll(self, *, halted: bool) -> "ObjectRef | None":
        """The pending request to the actor, sending a new one if needed; None if the machine has no tracks."""
        if self._request is None and self.tracks:
            self._request = self._actor.exchange.remote(self.tracks, halted)
        return self._request

    def response(self) -> MachineInfo | Response:
        """The response to the request.

        Raises the errors of ray.get, and UnavailableError if the machine cannot work at all.
        """
        import ray

        request, self._request = self._request, None
        response = ray.get(cast("ObjectRef", request))
        if isinstance(response, UserError):
            raise UnavailableError(f"Machine {self.name}: {response.message}", response.advice)
        return response

    def finish(self, track_id: str) -> Job:
        """Remove a finished track from the machine, and return its job."""
        self.isolated = False
        return self.tracks.pop(track_id)

    def release(self) -> None:
        """Have the actor end its processes, to free their memory."""
        self._actor.release.remote()

    def shutdown(self) -> "ObjectRef":
        """Have the actor end its processes and close its backend."""
        return self._actor.close.remote()

    def kill(self) -> None:
        import ray

        ray.kill(self._actor)


class _Actor:
    """The actor that runs on the machine."""

    def __init__(self, options: RunOptions, name: str, cpus: int) -> None:
        self._options = options
        self._name = name
        self._cpus = cpus
        self._backend: AnalysisBackend | None = None
        self._has: set[str] = set()  # ids of tracks in the backend

    def describe(self) -> MachineInfo | UserError:
        probe, recipe = self._options.probe, self._options.recipe
        if probe is not None and not os.path.exists(probe):  # noqa: PTH110 -- False also where access is denied
            return UnavailableError(f"it cannot access {probe}", "Mount the music at the same path on every machine")
        try:
            weights = WeightStore(recipe.home.models)
            embedder = load_embedder(recipe.profile, weights, recipe.embedder_device, recipe.excerpts)
            here = requirements(recipe, fingerprints(recipe, embedder, weights))
            # Ray may be configured with fewer CPUs than the machine has, to leave some to other programs.
            self._backend = open_backend(recipe, self._options.jobs, min(self._options.todo, self._cpus))
            self._backend.__enter__()
        except UserError as error:
            return error
        return MachineInfo(here, self._backend.free_slots, self._backend.lanes)

    def exchange(self, wanted: Mapping[str, Job], halted: bool) -> Response | UserError:
        """Start new tracks among these, and return the results that are ready."""
        assert self._backend is not None  # noqa: S101  `describe` was called first
        response: Response = {}
        new = [job for track_id, job in wanted.items() if track_id not in self._has]
        if halted:
            response |= {job.identified.track_id: None for job in (*new, *self._backend.drop_waiting())}
        for job in () if halted else new:
            if not os.path.exists(job.identified.file.path):  # noqa: PTH110
                response[job.identified.track_id] = BadAudioError(
                    f"machine {self._name} cannot access this file", "Mount the music at the same path on every machine"
                )
            elif self._backend.free_slots > 0:
                self._backend.begin(job)
                self._has.add(job.identified.track_id)
        try:
            response |= {job.identified.track_id: result for job, result in self._backend.finished()}
        except UserError as error:
            return error
        self._has -= response.keys()
        return response

    def release(self) -> None:
        if self._backend is not None:
            self._backend.release()

    def close(self) -> None:
        if self._backend is not None:
            self._backend.__exit__(None, None, None)


def shutdown(machines: Sequence[Machine]) -> None:
    """End the actors and their processes."""
    import ray

    described = [machine for machine in machines if machine.info is not None]
    closing = [machine.shutdown() for machine in described]
    if closing:
        ray.wait(closing, num_returns=len(closing), timeout=CLOSE_SECONDS)
    for machine in machines:
        machine.kill()
