"""Several processes on one store: what one writes the others see, and whoever is left goes on."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog import shared_storage
from catalog.catalog import Catalog
from catalog.filters import Filter
from catalog.owner import InUseError
from catalog.shared_storage import SharedStorage
from catalog.store import Space, StoreDirectory, directory_of
from catalog.track import Entry
from catalog.validation import InvalidEntryError
from polymuse.errors import UnavailableError
from tests.helpers.full_disk import full_disk
from tests.helpers.ids import id_of, number_of
from tests.helpers.sharing import sharing

MakeEntry = Callable[..., Entry]


def storage_of(catalog: Catalog) -> SharedStorage:
    assert isinstance(catalog._storage, SharedStorage)
    return catalog._storage


def numbers(catalog: Catalog) -> list[int]:
    return [number_of(track) for track in catalog.tracks()]


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_what_one_writes_the_other_sees(folder: Path, space: Space, entry: MakeEntry) -> None:
    with sharing(folder), Catalog.share(folder, space) as one, Catalog.share(folder, space) as two:
        assert storage_of(one).attached
        assert storage_of(two).attached
        one.upsert([entry(1), entry(2)])
        two.update(replace(entry(1).track, title="New"))
        assert [track.title for track in one.tracks()] == ["New", "Title 2"]
        assert two.remove_path("/music/2.ogg")
        assert one.count() == 1


def test_nothing_is_written_of_entries_of_which_one_is_invalid(folder: Path, space: Space, entry: MakeEntry) -> None:
    entries = [*(entry(number) for number in range(1, 20)), entry(20, mix=[9, 9, 9, 9])]
    with Catalog.share(folder, space) as owner, Catalog.share(folder, space) as other:
        with pytest.raises(InvalidEntryError):
            other.upsert(entries)
        assert owner.count() == 0


def test_large_requests_are_made_in_parts(folder: Path, space: Space, entry: MakeEntry) -> None:
    entries = [entry(number) for number in range(1, 251)]
    ids = [each.track.id for each in entries]
    with Catalog.share(folder, space), Catalog.share(folder, space) as other:
        other.upsert(entries)
        assert [track.id for track in other.get(ids)] == ids
        assert list(other.vectors(ids)) == ids
        assert other.stored_alike(entries) == set(ids)
        assert other.scroll(limit=230).cursor == id_of(231)
        assert numbers(other) == list(range(1, 251))
        assert [len(page) for page in other.entries()] == [64, 64, 64, 58]
        assert other.delete(ids) == 250


class TestTheOwnerLeaves:
    def test_the_other_takes_over(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        owner, other = Catalog.share(folder, space), Catalog.share(folder, space)
        owner.upsert([entry(1)])
        owner.close()
        other.upsert([entry(2)])
        assert not storage_of(other).attached
        assert numbers(other) == [1, 2]
        with Catalog.share(folder, space) as third:
            assert numbers(third) == [1, 2]
        other.close()

    def test_a_closed_one_does_not_come_back(self, folder: Path, space: Space) -> None:
        with Catalog.share(folder, space), Catalog.share(folder, space) as other:
            other.close()
            with pytest.raises(UnavailableError, match="is closed"):
                other.count()

    def test_all_is_flushed_although_the_owner_has_left(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        owner, other = Catalog.share(folder, space), Catalog.share(folder, space)
        other.upsert([entry(1)])
        owner.close()
        other.close()
        assert [info.tracks for info in Catalog.peek(folder)] == [1]

    @pytest.mark.slow
    def test_killed_in_the_middle_of_writes(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        """The owner writes as well; the other goes on writing, and takes over somewhere in between."""
        with sharing(
            folder, "n = 10_000\nwhile True:\n    n += 1\n    store.upsert([entry(n)])\n    print(n, flush=True)\n"
        ) as owner:
            other = Catalog.share(folder, space)
            reported: list[int] = []
            for number in range(1, 61):
                other.upsert([entry(number)])
                if number <= 30:
                    reported.append(int(line(owner)))
                if number == 30:
                    owner.send_signal(signal.SIGKILL)
            assert not storage_of(other).attached
            found = numbers(other)
            assert found[:60] == list(range(1, 61))
            assert set(reported) <= set(found)
            assert len(found) == len(set(found))
            other.close()

    def test_a_full_disk_stops_the_takeover_until_there_is_room(
        self, folder: Path, space: Space, entry: MakeEntry
    ) -> None:
        owner, other = Catalog.share(folder, space), Catalog.share(folder, space)
        other.upsert([entry(1)])
        owner.close()
        with full_disk(0), pytest.raises(UnavailableError, match="cannot be written"):
            other.upsert([entry(2)])
        other.upsert([entry(3)])
        assert numbers(other) == [1, 3]
        other.close()

    @pytest.mark.slow
    def test_two_take_over_at_once(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        script = """
for line in sys.stdin:
    store.upsert([entry(int(line))])
    print(store.count(), store._storage.attached, flush=True)
"""
        with sharing(folder, script) as one, sharing(folder, script) as two, Catalog.share(folder, space) as watching:
            for turn in range(5):
                with sharing(folder) as owner_or_not:
                    assert storage_of(watching).attached or turn
                    owner_or_not.kill()
                for process, number in ((one, 2 * turn + 1), (two, 2 * turn + 2)):
                    assert process.stdin is not None
                    process.stdin.write(f"{number}\n")
                    process.stdin.flush()
                attached = [line(process).split()[1] for process in (one, two)]
                assert attached.count("False") <= 1
            assert numbers(watching) == list(range(1, 11))

    def test_threads_of_one_process(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        """All find the owner gone, one takes over, and nobody fails."""
        with sharing(folder) as owner, Catalog.share(folder, space) as other:
            ready = threading.Barrier(9)
            failed: list[UnavailableError] = []

            def write(start: int) -> None:
                try:
                    other.upsert([entry(start)])
                    ready.wait(60)
                    ready.wait(60)
                    for number in range(start, start + 10):
                        other.upsert([entry(number)])
                except UnavailableError as error:
                    failed.append(error)

            threads = [threading.Thread(target=write, args=(10 * index + 1,)) for index in range(8)]
            for thread in threads:
                thread.start()
            ready.wait(60)
            owner.kill()
            owner.wait()
            ready.wait(60)
            for thread in threads:
                thread.join()
            assert failed == []
            assert numbers(other) == list(range(1, 81))


class TestSaid:
    def test_the_owner_needs_it_for_itself(self, folder: Path, space: Space) -> None:
        with (
            Catalog.open(folder, space),
            pytest.raises(
                InUseError, match=rf"in use by process {os.getpid()} .*needs it for itself.*Stop that process"
            ),
        ):
            Catalog.share(folder, space)

    def test_the_owner_does_not_answer(self, folder: Path, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shared_storage, "PATIENCE", 0.1)
        directory = StoreDirectory(folder, space, shared=True)
        with pytest.raises(InUseError, match="does not answer for others"):
            Catalog.share(folder, space)
        directory.close()

    def test_another_model(self, folder: Path, space: Space) -> None:
        with (
            Catalog.share(folder, space),
            pytest.raises(UnavailableError, match="another version of the starter model"),
        ):
            Catalog.share(folder, replace(space, fingerprint="e" * 64))

    def test_an_owner_without_a_socket_works_alone(
        self,
        folder: Path,
        space: Space,
        short_folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
        for each in (directory_of(folder, space), short_folder / "polymuse"):  # others may write there
            each.mkdir()
            each.chmod(0o777)
        with Catalog.share(folder, space) as catalog:
            assert catalog.count(Filter()) == 0
        assert "other processes cannot use the store" in caplog.text

    def test_it_waits_for_an_owner_that_is_opening_the_store(self, folder: Path, space: Space) -> None:
        directory = StoreDirectory(folder, space, shared=True)
        opened: list[Catalog] = []
        waiting = threading.Thread(target=lambda: opened.append(Catalog.share(folder, space)))
        waiting.start()
        directory.close()
        waiting.join()
        assert opened[0].count() == 0
        opened[0].close()
