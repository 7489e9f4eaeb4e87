"""A machine of a Ray cluster, seen from outside and from within: an actor that works as the machine does by itself."""

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

CLOSE_SECONDS = 10.0  # in which an actor has ended its processes, unless it is beyond that

Answer = dict[str, Result | None]  # by track id; None: given up, as the run is halted


@dataclass(frozen=True, slots=True)
class Order:
    """What every machine is asked to do."""

    recipe: Recipe
    jobs: int | None  # worker processes on each; None: as many as suit it
    todo: int  # tracks in the whole run
    probe: Path | None  # a file that every machine must see


@dataclass(frozen=True, slots=True)
class About:
    """What an actor says of itself before it is given tracks."""

    terms: Mapping[str, str]
    room: int  # tracks that keep it busy
    lanes: Sequence[Lane]


def terms(recipe: Recipe, made_with: Mapping[str, str]) -> dict[str, str]:
    """{what: its mark} of all that must be the same wherever tracks of one library are analysed.

    `made_with`: as of `indexer.jobs.fingerprints`.
    """
    taught = sorted(recipe.home.tagging.glob("*.json"))
    files = [file for file in (recipe.bank, *taught) if file is not None and file.is_file()]
    return {"version": __version__, **made_with, "tagging": fingerprint_of("tagging", *files)}


def can_work(node: Mapping[str, Any], recipe: Recipe) -> bool:
    """Whether a node, as `ray.nodes()` describes it, has what the recipe asks for. A head without CPUs only heads."""
    cpus, gpus = _processors(node, recipe)
    return node["Alive"] and bool(gpus or (cpus and not recipe.device.startswith("cuda")))


def _processors(node: Mapping[str, Any], recipe: Recipe) -> tuple[int, int]:
    """CPUs and usable GPUs of a node."""
    uses_gpus = PROFILES[recipe.profile].accelerated and recipe.device.partition(":")[0] in (AUTO, "cuda")
    resources = node["Resources"]
    return int(resources.get("CPU", 0)), int(resources.get("GPU", 0)) if uses_gpus else 0


class Machine:
    """A machine as seen from outside, and the tracks that it has.

    Its actor is asked again and again for the results of all these tracks. So nothing is lost with an answer, and no
    track is known to the actor alone.
    """

    def __init__(self, node: Mapping[str, Any], order: Order) -> None:
        """Raises nothing: what keeps an actor from starting is what its first answer raises."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self.id = node["NodeID"]
        self.name = f"{node['NodeManagerHostname']} ({node['NodeManagerAddress']})"
        self.about: About | None = None
        self.alone = False  # with a track that an actor has died with
        self.tracks: dict[str, Job] = {}
        cpus, gpus = _processors(node, order.recipe)
        place = NodeAffinitySchedulingStrategy(self.id, soft=False)
        actor = ray.remote(_Actor).options(num_cpus=cpus, num_gpus=gpus, scheduling_strategy=place)
        self._actor: Any = actor.remote(order, self.name, max(1, cpus))
        self._question: ObjectRef | None = self._actor.describe.remote()

    @property
    def room(self) -> int:
        """How many tracks more it may be given."""
        return 0 if self.about is None or self.alone else self.about.room - len(self.tracks)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """What works side by side on it; identification is done elsewhere, and so is storing."""
        lanes = self.about.lanes if self.about is not None else ()
        here = ((lane, tuple(stage for stage in lane.stages if stage in ANALYSIS)) for lane in lanes)
        return tuple(replace(lane, stages=stages) for lane, stages in here if stages)

    def begin(self, job: Job) -> None:
        self.tracks[job.identified.track_id] = job

    def ask(self, *, halted: bool) -> "ObjectRef | None":
        """The question that is on its way to the actor; None where there is nothing to ask for."""
        if self._question is None and self.tracks:
            self._question = self._actor.exchange.remote(self.tracks, halted)
        return self._question

    def answer(self) -> About | Answer:
        """What the question came to.

        Raises what ray.get raises, and UnavailableError for what is wrong with the machine: no track would fare better.
        """
        import ray

        question, self._question = self._question, None
        answer = ray.get(cast("ObjectRef", question))
        if isinstance(answer, UserError):
            raise UnavailableError(f"Machine {self.name}: {answer.message}", answer.advice)
        return answer

    def finish(self, track_id: str) -> Job:
        self.alone = False
        return self.tracks.pop(track_id)

    def rest(self) -> None:
        """Lets it give back the memory of its processes."""
        self._actor.rest.remote()

    def shutdown(self) -> "ObjectRef":
        """Lets the actor end its processes."""
        return self._actor.close.remote()

    def kill(self) -> None:
        import ray

        ray.kill(self._actor)


class _Actor:
    """What lives on the machine."""

    def __init__(self, order: Order, name: str, cpus: int) -> None:
        self._order = order
        self._name = name
        self._cpus = cpus
        self._backend: AnalysisBackend | None = None
        self._has: set[str] = set()  # tracks that the backend has

    def describe(self) -> About | UserError:
        probe, recipe = self._order.probe, self._order.recipe
        if probe is not None and not os.path.exists(probe):  # noqa: PTH110 -- False also where access is denied
            return UnavailableError(f"it does not see {probe}", "Mount the music at the same path on every machine")
        try:
            weights = WeightStore(recipe.home.models)
            embedder = load_embedder(recipe.profile, weights, recipe.device)
            here = terms(recipe, fingerprints(recipe, embedder, weights))
            # Ray may have been told of fewer CPUs than there are, so that others have some.
            self._backend = open_backend(recipe, self._order.jobs, min(self._order.todo, self._cpus))
            self._backend.__enter__()
        except UserError as error:
            return error
        return About(here, self._backend.room, self._backend.lanes)

    def exchange(self, wanted: Mapping[str, Job], halted: bool) -> Answer | UserError:
        """What has come of these tracks since it was last asked for; those that are new are begun."""
        assert self._backend is not None  # noqa: S101  described itself before
        answer: Answer = {}
        new = [job for track_id, job in wanted.items() if track_id not in self._has]
        if halted:
            answer |= {job.identified.track_id: None for job in (*new, *self._backend.drop_waiting())}
        for job in () if halted else new:
            if not os.path.exists(job.identified.file.path):  # noqa: PTH110
                answer[job.identified.track_id] = BadAudioError(
                    f"machine {self._name} does not see this file", "Mount the music at the same path on every machine"
                )
            elif self._backend.room > 0:
                self._backend.begin(job)
                self._has.add(job.identified.track_id)
        try:
            answer |= {job.identified.track_id: result for job, result in self._backend.finished()}
        except UserError as error:
            return error
        self._has -= answer.keys()
        return answer

    def rest(self) -> None:
        if self._backend is not None:
            self._backend.rest()

    def close(self) -> None:
        if self._backend is not None:
            self._backend.__exit__(None, None, None)


def shutdown(machines: Sequence[Machine]) -> None:
    """Ends actors and the processes that they have."""
    import ray

    described = [machine for machine in machines if machine.about is not None]
    closing = [machine.shutdown() for machine in described]
    if closing:
        ray.wait(closing, num_returns=len(closing), timeout=CLOSE_SECONDS)
    for machine in machines:
        machine.kill()
