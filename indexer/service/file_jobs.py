"""Jobs of a service that go through files: scans, and files that failed and are tried again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from indexer.failures import Failure
from indexer.kept_files import out_of_sight_lines
from indexer.scan import AudioFile, scan_changed
from indexer.service.library_folders import LibraryFolders
from indexer.service.listed_failures import in_folders
from indexer.service.running_job import RunningJob
from indexer.stopping import Interrupted
from indexer.updating import Choices, Summary, Target, bring_up_to_date
from polymuse.paths import is_folder


def go_through(
    job: RunningJob,
    target: Target,
    folders: LibraryFolders,
    exclude: Sequence[str],
    gives_way: Callable[[], bool] = lambda: False,
) -> Summary | None:
    """Bring the library up to date with the files of a job; None if it was stopped. `gives_way`: see `Choices`.

    Raises UnavailableError, and Interrupted if it was stopped during the scan.
    """
    kept = folders.kept
    if job.kind == "scan":
        paths = list(kept if job.paths is None else job.paths)
        found = _found(job, scan_changed(paths, kept, exclude, target.scores), folders)
        choices = Choices(prune=True, agreed=job.forget, gives_way=gives_way)
    else:
        failed = (Path(failure.path) for failure in in_folders(target.failures, kept))
        paths = list(failed if job.paths is None else job.paths)
        found = _found(job, scan_changed(paths, scores=target.scores), folders)
        choices = Choices(retry_failed=True, gives_way=gives_way)
    summary = bring_up_to_date(target, found, paths, job, job.stop, choices, kept)
    if summary is not None:
        job.forgotten = len(summary.forgotten)
        job.bottleneck(summary.times.bottleneck(summary.lanes, job.worked))
        for line in out_of_sight_lines(summary.out_of_sight):
            job.note(line)
    return summary


def _found(
    job: RunningJob, scan: Iterable[AudioFile | Failure], folders: LibraryFolders
) -> Iterator[AudioFile | Failure]:
    """What a scan finds, counted by folder. Raises Interrupted once the job is stopped."""
    whole = [folder for folder in folders.kept if job.paths is None or folder in job.paths]
    counts = dict.fromkeys(whole, 0)
    for item in scan:
        if job.stop.requested:
            raise Interrupted
        if isinstance(item, AudioFile):
            for folder in whole:
                counts[folder] += item.path.is_relative_to(folder)
        yield item
    if job.kind == "scan":
        folders.files |= {folder: number for folder, number in counts.items() if is_folder(folder)}
