"""A catalog on a Qdrant server: what is made there, who may use it, and what is said when it fails."""

from collections.abc import Callable

import httpx
import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.local_storage import LocalStorage
from catalog.query import Query, Text
from catalog.server import RetryPolicy, Server
from catalog.store import Space
from polymuse.errors import UnavailableError
from tests.catalog.conftest import QUICK, SECRET, URL, MakeEntry, connect, status
from tests.helpers.ids import number_of
from tests.helpers.qdrant_server import FakeQdrant, Fault

TRACKS = "tracks__test__ffffffffffff"


def lost(kind: type[httpx.TransportError], path: str = "") -> Fault:
    """The next request whose path ends so never gets an answer."""

    def fail(request: httpx.Request) -> None:
        if request.url.path.endswith(path):
            raise kind("gone", request=request)

    return fail


class TestRequests:
    def test_every_search_rescores_twice_the_candidates(self, fake: FakeQdrant, space: Space, entry: MakeEntry) -> None:
        with connect(fake, space) as catalog:
            catalog.upsert([entry(1)])
            catalog.search(Query(texts=(Text("x"),)), lambda _: np.eye(4, dtype=np.float32)[:1])
        searches = fake.sent(".*/points/query")
        assert searches
        for search in searches:
            assert search["params"]["quantization"] == {"rescore": True, "oversampling": 2.0}

    def test_points_go_in_batches_of_64(self, fake: FakeQdrant, space: Space, entry: MakeEntry) -> None:
        with connect(fake, space) as catalog:
            catalog.upsert([entry(n) for n in range(1, 131)])
        assert [len(body["points"]) for body in fake.sent(f"PUT /collections/{TRACKS}/points")] == [64, 64, 2]


class TestSeveralProcesses:
    def test_each_sees_what_the_other_stored(self, fake: FakeQdrant, space: Space, entry: MakeEntry) -> None:
        query = Query(texts=(Text("x"),), stems={"choir": 1.0})
        with connect(fake, space) as one, connect(fake, space) as two:
            one.upsert([entry(1)])
            assert two.search(Query(texts=(Text("x"),)), lambda _: np.eye(4, dtype=np.float32)[:1])
            one.upsert([entry(2, choir=[0, 1, 0, 0])])
            assert two.search(query, lambda _: np.eye(4, dtype=np.float32)[:1])  # of a stem that is new to it
            two.upsert([entry(3, choir=[0, 1, 0, 0])])
            assert one.count() == two.count() == 3

    def test_a_track_that_another_deletes_meanwhile_gives_up_its_file(
        self, fake: FakeQdrant, space: Space, entry: MakeEntry
    ) -> None:
        with connect(fake, space) as one, connect(fake, space) as two:
            one.upsert([entry(1, paths=("/a.ogg", "/b.ogg"))])

            def deleted_first(request: httpx.Request) -> None:
                if not request.url.path.endswith("/points"):  # after `two` saw that track 1 has the file
                    return
                fake.faults.clear()
                one.delete([entry(1).track.id])

            fake.faults.append(deleted_first)
            two.upsert([entry(2, paths=("/b.ogg",))])
            assert [number_of(track) for track in two.scroll().tracks] == [2]

    def test_a_file_that_two_tracks_got_belongs_to_the_later_one(
        self, fake: FakeQdrant, space: Space, entry: MakeEntry
    ) -> None:
        early = entry(1, paths=("/early.ogg",), indexed_at="2026-01-01T00:00:00+00:00")
        late = entry(2, paths=("/a.ogg",), indexed_at="2026-01-02T00:00:00+00:00")
        with connect(fake, space) as one:
            one.upsert([early, late])
            point = {"files": [{"path": "/a.ogg", "size": 1, "mtime_ns": 1}], "paths": ["/a.ogg"]}
            assert isinstance(one._storage, LocalStorage)
            one._storage._engine.set_payload(early.track.id, {"duration": 1.0, "has": ["mix"], **point})  # as in a race
            found = one.find_by_path("/a.ogg")
            assert found is not None
            assert found.id == late.track.id


class TestFailures:
    """None of the messages may hold the key."""

    def refused(self, work: Callable[[], object]) -> str:
        with pytest.raises(UnavailableError) as caught:
            work()
        message = str(caught.value)
        assert URL in message
        assert "\n" not in message
        assert caught.value.advice
        assert SECRET not in message
        assert SECRET not in repr(caught.value.__cause__)
        return message

    def test_a_server_that_is_down(self, space: Space) -> None:
        server = Server("http://127.0.0.1:1", SECRET, retries=QUICK)
        with pytest.raises(UnavailableError, match=r"http://127\.0\.0\.1:1 cannot be reached.*POLYMUSE_QDRANT_URL"):
            Catalog.connect(server, space)

    @pytest.mark.parametrize("code", [401, 403])
    def test_a_wrong_key_is_said_at_once(self, fake: FakeQdrant, space: Space, code: int) -> None:
        fake.faults += [status(code, "/aliases")] * 2
        assert "POLYMUSE_QDRANT_API_KEY" in self.refused(lambda: connect(fake, space))
        assert len(fake.faults) == 1  # it was asked once

    def test_the_key_is_sent(self, fake: FakeQdrant, space: Space) -> None:
        fake.api_key = SECRET
        assert connect(fake, space).count() == 0
        fake.api_key = "another"
        assert "rejects the API key (HTTP 401)" in self.refused(lambda: connect(fake, space))

    @pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
    def test_what_passes_is_waited_out(
        self, fake: FakeQdrant, space: Space, entry: MakeEntry, kind: type[httpx.TransportError]
    ) -> None:
        with connect(fake, space) as catalog:
            fake.faults += [lost(kind, "/points"), status(500, "/points"), status(503, "/points")]
            catalog.upsert([entry(1), entry(2)])
            assert catalog.count() == 2
            assert fake.faults == []

    def test_an_answer_that_was_lost_does_no_harm(self, fake: FakeQdrant, space: Space, entry: MakeEntry) -> None:
        """The response to a write is lost: the same ids are stored again."""

        def heard_nothing(request: httpx.Request) -> None:
            if request.method == "PUT":
                fake._answer(request)
                raise httpx.ReadTimeout("gone", request=request)

        fake.faults += [heard_nothing] * 3  # two for making collections and indexes
        with connect(fake, space) as catalog:
            fake.faults.append(heard_nothing)
            catalog.upsert([entry(1), entry(2)])
            assert catalog.count() == 2

    def test_time_outs_without_end(self, fake: FakeQdrant, space: Space) -> None:
        with connect(fake, space) as catalog:
            fake.faults += [lost(httpx.ReadTimeout)] * 20
            assert "did not answer within 30 s" in self.refused(catalog.count)
            assert len(fake.faults) == 20 - QUICK.attempts

    def test_no_attempt_begins_after_the_deadline(self, fake: FakeQdrant, space: Space) -> None:
        with connect(fake, space, retries=RetryPolicy(first_wait=0.01, deadline=0.0)) as catalog:
            fake.faults += [status(500)] * 2
            self.refused(catalog.count)
            assert len(fake.faults) == 1

    @pytest.mark.parametrize("headers", [{"Retry-After": "0"}, {}, {"Retry-After": "Mon, 23 Nov 2026 10:00:00 GMT"}])
    def test_too_many_requests(self, fake: FakeQdrant, space: Space, headers: dict[str, str]) -> None:
        with connect(fake, space) as catalog:
            fake.faults += [status(429, headers=headers)] * 2
            assert catalog.count() == 0
            fake.faults += [status(429, headers=headers)] * 9
            self.refused(catalog.count)

    def test_half_a_batch_is_made_whole_by_the_next_attempt(
        self, fake: FakeQdrant, space: Space, entry: MakeEntry
    ) -> None:
        entries = [entry(n) for n in range(1, 101)]
        with connect(fake, space) as catalog:
            seen = 0

            def second_batch(request: httpx.Request) -> httpx.Response | None:
                nonlocal seen
                seen += request.method == "PUT" and request.url.path.endswith("/points")
                return httpx.Response(507, json={"status": {"error": "No space left"}}) if seen == 2 else None

            fake.faults.append(second_batch)
            assert "HTTP 507: No space left" in self.refused(lambda: catalog.upsert(entries))
            assert catalog.count() == 64
            catalog.upsert(entries)
            assert catalog.count() == 100

    def test_something_else_at_that_address(self, space: Space) -> None:
        page = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>It works!</html>"))
        server = Server(URL, SECRET, retries=QUICK, transport=page)
        assert "does not answer like a Qdrant server" in self.refused(lambda: Catalog.connect(server, space))

    def test_a_proxy_that_answers_in_its_own_way(self, space: Space) -> None:
        page = httpx.MockTransport(lambda _: httpx.Response(502, text="<html>Bad gateway</html>"))
        server = Server(URL, SECRET, retries=QUICK, transport=page)
        assert "answers HTTP 502: Bad Gateway" in self.refused(lambda: Catalog.connect(server, space))

    @pytest.mark.parametrize("version", ["1.19.3", "2.0.0", "0.1", "dev"])
    def test_versions_that_do_not_fit(self, fake: FakeQdrant, space: Space, version: str) -> None:
        fake.version = version
        message = self.refused(lambda: connect(fake, space))
        assert f"version {version}" in message
        assert "Run a Qdrant server of version 1.20 to 1." in message


class TestRetryPolicy:
    def test_waits_double_and_scatter(self) -> None:
        waits = [RetryPolicy(first_wait=1.0).wait(failures, None) for failures in (1, 2, 3)]
        for wait, middle in zip(waits, (1, 2, 4), strict=True):
            assert 0.8 * middle <= wait <= 1.2 * middle

    def test_a_server_that_asks_for_a_pause_gets_it_within_reason(self) -> None:
        assert RetryPolicy().wait(1, 3.0) == 3.0
        assert RetryPolicy(max_wait=10.0).wait(1, 3600.0) == 10.0
