"""Download the weights of a profile as a job of the service."""

from indexer.service.running_job import RunningJob
from indexer.stopping import Interrupted
from models.check.first_use import check_new
from models.profiles import AUTO, prepare, resolve_profile
from models.profiles.starter import StarterProfile
from models.weights.store import Step, WeightStore
from polymuse.errors import MissingWeightsError
from polymuse.library_jobs import Transfer


def profile_to_fetch(setting: str, store: WeightStore) -> str:
    """The profile of the setting; for "auto" the best one that is present, or else the smallest."""
    try:
        return resolve_profile(setting, store)
    except MissingWeightsError:
        return StarterProfile.name if setting == AUTO else setting


def fetch(store: WeightStore, profile: str, job: RunningJob, *, offline: bool) -> None:
    """Download what is missing of the profile. Raises UnavailableError, and Interrupted once the job is stopped."""

    def show(step: Step) -> None:
        if job.stop.requested:
            raise Interrupted
        job.download(Transfer(step.text, step.received, step.size) if step.size else Transfer(step.text, 0, 0))

    for weights in store.select(profile):
        if weights.restricted:
            job.note(f"{weights.name}: {weights.licence}. {weights.notice}")
    store.pull(profile, show, offline=offline)
    prepare(store, show)
    for line in check_new(store, show):
        job.note(line)
