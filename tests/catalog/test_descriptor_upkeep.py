"""Tests for catalog.descriptor_upkeep."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.descriptor_upkeep import FRESH, LiveDescriptors, own_descriptors, write_bank
from catalog.server import Server
from polymuse.descriptors import DescriptorsVersion, StoredDescriptor, versioned
from polymuse.errors import UnavailableError, UserError
from tests.catalog.conftest import connect, status
from tests.catalog.test_descriptors import DIM, WIDE, descriptor, random_bank
from tests.helpers.qdrant_server import FakeQdrant, listening

DEADLINE = 60.0  # seconds, for a machine under load

# Adds a descriptor when it is told to, so that both processes are open by then.
OTHER = """
import json, sys
from pathlib import Path
import numpy as np
from catalog.catalog import Catalog
from catalog.server import Server
from catalog.store import Space
from polymuse.descriptors import StoredDescriptor

place, space = sys.argv[1], Space(**json.loads(sys.argv[2]))
opened = Catalog.connect(Server(place), space) if place.startswith("http") else Catalog.share(Path(place), space)
with opened as catalog:
    print("open", flush=True)
    for line in sys.stdin:
        vector = np.eye(space.dim, dtype=np.float32)[1]
        catalog.put_descriptor(StoredDescriptor(line.strip(), "mood", {"en": "Rain"}, ("rain",), ("mix",), vector))
        print("written", flush=True)
"""


@dataclass
class Bank:
    stored: list[StoredDescriptor]
    version: str = "1"
    made: list[str] = field(default_factory=list)
    text_version: str = ""
    texts: dict[str, np.ndarray] = field(default_factory=dict)  # slug -> vector of a user's descriptor

    @property
    def number(self) -> int:
        return len(self.stored)

    def renewed(self, own: StoredDescriptor) -> StoredDescriptor:
        if own.slug not in self.texts:
            raise UserError("The query has no words", "Say what the music should be like.")
        return replace(own, vector=self.texts[own.slug])

    def descriptors(self) -> list[StoredDescriptor]:
        self.made.append(self.version)
        return self.stored


class TestWriteBank:
    def test_writes_a_bank_once(self) -> None:
        bank = Bank(random_bank(3))
        with Catalog.in_memory(WIDE) as catalog:
            for _ in range(2):
                write_bank(catalog, bank)
            assert bank.made == ["1"]
            assert len(catalog.descriptors()) == 3

    def test_the_one_that_starts_last_decides(self) -> None:
        one, other = Bank(random_bank(3)), Bank(random_bank(2, seed=2), "2")
        with Catalog.in_memory(WIDE) as catalog:
            for bank in (one, other, one):
                write_bank(catalog, bank)
                assert catalog.descriptors_version().bank == bank.version
                assert len(catalog.descriptors()) == bank.number

    def test_writes_again_what_is_incomplete(self) -> None:
        """As after a kill in the middle, or beside a process that wrote another bank at the same moment."""
        bank = Bank(random_bank(4))
        with Catalog.in_memory(WIDE) as catalog:
            write_bank(catalog, Bank(bank.stored[:2]))
            write_bank(catalog, bank)
            assert len(catalog.descriptors()) == 4

    def test_renews_the_descriptors_of_users_for_other_texts(self, caplog: pytest.LogCaptureFixture) -> None:
        """As after an update of the profile; those that it refuses now stay as they are."""
        before, after = np.eye(DIM, dtype=np.float32)[:2]
        stored = [replace(descriptor(slug), vector=before) for slug in ("rain", "snow")]
        new = Bank(random_bank(3), versioned("1", "aaaa"), text_version="aaaa", texts={"rain": after})
        with Catalog.in_memory(WIDE) as catalog:
            write_bank(catalog, Bank(random_bank(3)))
            for each in stored:
                catalog.put_descriptor(each)
            write_bank(catalog, new)
            assert catalog.descriptors_version().text_version == "aaaa"
            vectors = {each.slug: each.vector for each in catalog.own_descriptors()}
            assert np.array_equal(vectors["rain"], after)
            assert np.array_equal(vectors["snow"], before)
            assert "The descriptor snow stays as it is: The query has no words" in caplog.text

    def test_another_bank_with_the_same_texts_renews_nothing(self) -> None:
        with Catalog.in_memory(WIDE) as catalog:
            write_bank(catalog, Bank(random_bank(3)))
            catalog.put_descriptor(descriptor("rain"))
            revision = catalog.own_descriptors()[0].vector
            write_bank(catalog, Bank(random_bank(2), "2", texts={"rain": -revision}))
            assert np.array_equal(catalog.own_descriptors()[0].vector, revision)

    def test_a_key_without_rights_breaks_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        fake = FakeQdrant()
        with connect(fake, WIDE) as catalog:
            fake.faults.append(status(403, "descriptors__wide__dddddddddddd"))
            write_bank(catalog, Bank(random_bank(2)))
            assert "The descriptors in the library stay as they are" in caplog.text
            assert catalog.descriptors() == []
            assert catalog.count() == 0


def test_own_descriptors_are_those_of_users(caplog: pytest.LogCaptureFixture) -> None:
    with Catalog.in_memory(WIDE) as catalog:
        write_bank(catalog, Bank(random_bank(2)))
        catalog.put_descriptor(descriptor("rain"))
        assert [each.slug for each in own_descriptors(catalog)] == ["rain"]
    fake = FakeQdrant()
    with connect(fake, WIDE) as catalog:
        fake.faults += [status(500, "dddddddddddd")] * 20
        assert own_descriptors(catalog) == ()
        assert "without your own descriptors" in caplog.text


class TestLive:
    def test_reads_only_what_has_changed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [1000.0]
        monkeypatch.setattr("catalog.descriptor_upkeep.time", SimpleNamespace(monotonic=lambda: now[0]))
        with Catalog.in_memory(WIDE) as catalog:
            live = LiveDescriptors(catalog)
            assert live.current().version == DescriptorsVersion()
            catalog.put_descriptor(descriptor("rain"))
            assert not live.current().by_slug
            now[0] += FRESH
            seen = live.current()
            assert list(seen.by_slug) == ["rain"]
            now[0] += FRESH
            assert live.current() is seen
            catalog.remove_descriptor("rain")
            live.forget()
            assert not live.current().by_slug

    def test_reads_a_bank_again_only_if_it_has_changed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Catalog.in_memory(WIDE) as catalog:
            catalog.put_descriptors(random_bank(3), "1")
            live = LiveDescriptors(catalog)
            calm = live.current().by_slug["d00000"]
            read = catalog.descriptors
            monkeypatch.setattr(catalog, "descriptors", lambda: pytest.fail("all were read"))
            for slug in ("rain", "a"):
                catalog.put_descriptor(descriptor(slug))
            live.forget()
            assert list(live.current().by_slug) == ["a", "d00000", "d00001", "d00002", "rain"]
            assert live.current().by_slug["d00000"] is calm
            catalog.remove_descriptor("a")
            live.forget()
            assert list(live.current().by_slug) == ["d00000", "d00001", "d00002", "rain"]
            monkeypatch.setattr(catalog, "descriptors", read)
            for slugs in (["dark"], ["dark", "light"]):  # a version is written again where it was incomplete
                catalog.put_descriptors([descriptor(slug) for slug in slugs], "2")
                live.forget()
                assert list(live.current().by_slug) == [*slugs, "rain"]

    def test_a_failure_is_no_answer(self) -> None:
        fake = FakeQdrant()
        with connect(fake, WIDE) as catalog:
            live = LiveDescriptors(catalog)
            fake.faults += [status(400, "dddddddddddd")]
            with pytest.raises(UnavailableError):
                live.current()
            assert not live.current().by_slug


@contextmanager
def other_process(place: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that has the catalog open, and adds the descriptor of each line that it is given."""
    command = [sys.executable, "-c", OTHER, place, json.dumps(asdict(WIDE))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.stdin.close()
        assert process.wait(DEADLINE) == 0


def open_at(place: str) -> Catalog:
    return Catalog.connect(Server(place), WIDE) if place.startswith("http") else Catalog.share(Path(place), WIDE)


@pytest.mark.parametrize("engine", ["embedded", "attached", "server"])
def test_another_process_sees_what_one_has_added(engine: str, short_folder: Path) -> None:
    """FRESH after it is written; here only that it is seen at all is tested, because the machine may be slow."""
    with ExitStack() as opened:
        place = str(short_folder) if engine != "server" else opened.enter_context(listening(FakeQdrant()))
        if engine == "attached":  # the other process opens the store first, and owns it
            other = opened.enter_context(other_process(place))
            catalog = opened.enter_context(open_at(place))
        else:
            catalog = opened.enter_context(open_at(place))
            other = opened.enter_context(other_process(place))
        assert catalog.attached == (engine == "attached")
        catalog.put_descriptors(random_bank(3), "1")
        live = LiveDescriptors(catalog)
        assert len(live.current().by_slug) == 3
        print("rain", file=other.stdin, flush=True)
        end = time.monotonic() + DEADLINE
        while "rain" not in live.current().by_slug:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert catalog.nearest_descriptors(np.eye(DIM, dtype=np.float32)[1], 1) == [("rain", 1.0)]
