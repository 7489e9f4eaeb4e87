"""The collections of a catalog on a Qdrant server: what is made there, and which model's are in use."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from qdrant_client import models as m

from catalog.filters import parse_filter
from catalog.payload import TRACKS as SCHEMA
from catalog.query import Query, Text
from catalog.server import Server
from catalog.server_collections import FORMAT, drop, promote, spaces, unused
from catalog.store import Space
from catalog.track import Entry
from polymuse.errors import UnavailableError
from tests.catalog.conftest import URL, MakeEntry, connect, status
from tests.helpers.ids import id_of
from tests.helpers.qdrant_server import FakeQdrant

TRACKS = "tracks__test__ffffffffffff"


class TestCollections:
    def test_quantized_on_disk_and_indexed_before_the_first_point(
        self, fake: FakeQdrant, space: Space, entry: MakeEntry
    ) -> None:
        with connect(fake, space) as catalog:
            catalog.upsert([entry(1)])
        [made] = fake.sent(f"PUT /collections/{TRACKS}")
        assert made["vectors"] == {"mix": {"size": 4, "distance": "Cosine", "memory": "cold"}}
        assert made["quantization_config"] == {"turbo": {"bits": "bits4", "memory": "pinned"}}
        # 33,000 vectors of 4 numbers of 4 bytes, in kilobytes
        assert made["hnsw_config"] == {"m": 16, "ef_construct": 128, "full_scan_threshold": 528}
        indexes = fake.sent(f"PUT /collections/{TRACKS}/index")
        assert [each["field_schema"]["enable_hnsw"] for each in indexes] == [False] * len(indexes)
        calls = [call for call, _ in fake.log]
        last_index = max(i for i, call in enumerate(calls) if call == f"PUT /collections/{TRACKS}/index")
        assert last_index < calls.index(f"PUT /collections/{TRACKS}/points")
        fields = {each["field_name"] for each in fake.sent(f"PUT /collections/{TRACKS}/index")}
        assert fields >= {"artist_key", "under", "tags_strong", "has", "year", "title_key", "paths"}

    def test_a_stem_gets_room_with_the_first_track_that_has_it(
        self, fake: FakeQdrant, space: Space, entry: MakeEntry
    ) -> None:
        with connect(fake, space) as catalog, connect(fake, space) as other:
            catalog.upsert([entry(1)])
            drums = Query(texts=(Text("x"),), stems={"drums": 1.0})
            assert sorted(catalog.vectors([id_of(1)])[id_of(1)]) == ["mix"]
            assert fake.sent("PUT .*/vectors/.*") == []
            other.upsert([entry(2, drums=[0, 1, 0, 0])])
            assert sorted(catalog.vectors([id_of(2)])[id_of(2)]) == ["drums", "mix"]
            assert len(catalog.search(drums, lambda _: np.eye(4, dtype=np.float32)[:1])) == 1
        assert len(fake.sent(f"PUT /collections/{TRACKS}/vectors/drums")) == 1
        assert fake.sent(f"PATCH /collections/{TRACKS}") == [{"vectors": {"drums": {"memory": "cold"}}}]

    def test_a_collection_with_older_settings_is_brought_up_to_these(
        self, fake: FakeQdrant, space: Space, entry: MakeEntry, caplog: pytest.LogCaptureFixture
    ) -> None:
        with connect(fake, space) as catalog:
            catalog.upsert([entry(1, year=1999)])
        with Server(URL, transport=fake.transport) as server:
            server.client.update_collection(TRACKS, hnsw_config=m.HnswConfigDiff(full_scan_threshold=10_000))
            server.client.create_payload_index(TRACKS, "year", m.PayloadSchemaType.INTEGER)
        fake.faults += [status(403, TRACKS, method="PATCH")]  # a key that may only read
        for warnings in (0, 1, 0):
            caplog.clear()
            with connect(fake, space) as catalog:
                assert catalog.count(parse_filter("year:1999")) == 1
            assert len(caplog.records) == warnings
        assert fake.sent(f"PATCH /collections/{TRACKS}")[-1]["hnsw_config"]["full_scan_threshold"] == 528
        assert fake.sent(f"PUT /collections/{TRACKS}/index")[-1] == {
            "field_name": "year",
            "field_schema": {"type": "integer", "enable_hnsw": False},
        }

    def test_connecting_again_finds_everything_and_makes_nothing(
        self, fake: FakeQdrant, space: Space, entry: MakeEntry
    ) -> None:
        with connect(fake, space) as catalog:
            catalog.upsert([entry(1, choir=[0, 1, 0, 0])])
        made = len(fake.sent("(PUT|POST) /collections/(.*/index|[^/]*)"))
        with connect(fake, space) as catalog:
            catalog.upsert([entry(2, choir=[0, 0, 1, 0])])
            assert catalog.count() == 2
        assert len(fake.sent("(PUT|POST) /collections/(.*/index|[^/]*)")) == made
        assert len(fake.sent("PUT .*/vectors/choir")) == 1

    def test_indexes_that_a_killed_process_did_not_make_are_made(self, fake: FakeQdrant, space: Space) -> None:
        fake.faults += [status(403, "/index")]
        with pytest.raises(UnavailableError):
            connect(fake, space)
        before = len(fake.sent(f"PUT /collections/{TRACKS}/index"))
        assert before == 0
        with connect(fake, space):
            fields = [each["field_name"] for each in fake.sent(f"PUT /collections/{TRACKS}/index")]
            assert sorted(fields) == sorted((*SCHEMA.keywords, *SCHEMA.parts, *SCHEMA.numbers))
        assert spaces(Server(URL, transport=fake.transport)) == [space]


def test_tracks_of_an_earlier_version_are_laid_out_anew(
    fake: FakeQdrant, space: Space, entry: MakeEntry, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(fake, space) as catalog:
        catalog.upsert([entry(1, artist="Can"), entry(2)])
    with Server(URL, transport=fake.transport) as server:
        [stored] = server.client.retrieve(TRACKS, [id_of(1)])
        old = {name: value for name, value in (stored.payload or {}).items() if name not in ("artists", "kind")}
        server.client.overwrite_payload(TRACKS, old, points=[id_of(1)])
        server.client.delete_payload_index(TRACKS, "artists")
        server.client.delete_payload_index(TRACKS, "kind")
    for warnings in (1, 0):
        caplog.clear()
        with connect(fake, space) as catalog:
            assert catalog.facets("artist") == {"Can": 1}
            assert catalog.facets("kind") == {"audio": 2}
        assert len(caplog.records) == warnings


class TestModels:
    def test_another_model_is_refused(self, fake: FakeQdrant, space: Space, entry: MakeEntry) -> None:
        with connect(fake, space) as catalog:
            catalog.upsert([entry(1)])
        for other in (replace(space, fingerprint="0" * 64), replace(space, dim=5)):
            with pytest.raises(UnavailableError, match="filled by another version of the starter model") as caught:
                connect(fake, other)
            assert "polymuse migrate model" in caught.value.advice

    def test_a_new_model_is_filled_beside_and_switched_at_once(
        self, fake: FakeQdrant, space: Space, entry: MakeEntry
    ) -> None:
        new = replace(space, fingerprint="0" * 64, dim=5)
        new_entry = Entry(entry(1).track, {"mix": np.eye(5, dtype=np.float32)[0]})
        with connect(fake, space) as running:
            running.upsert([entry(1), entry(2)])
            with connect(fake, new, staged=True) as staged:
                staged.upsert([new_entry])
                assert (staged.count(), running.count()) == (1, 2)
            assert spaces(Server(URL, transport=fake.transport)) == [space]

            with Server(URL, transport=fake.transport) as server:
                promote(server, new)
                assert len(fake.sent("POST /collections/aliases")[-1]["actions"]) == 4  # of both kinds in one request
                assert spaces(server) == [new]
                assert unused(server, new) == ["segments__test__ffffffffffff", TRACKS]
            assert running.count() == 2  # it goes on with the model that it has
            with pytest.raises(UnavailableError):
                connect(fake, space)
            with connect(fake, new) as catalog:
                assert catalog.count() == 1

    def test_dropping_what_is_unused(self, fake: FakeQdrant, space: Space) -> None:
        with connect(fake, space), connect(fake, replace(space, fingerprint="0" * 64), staged=True):
            with Server(URL, transport=fake.transport) as server:
                for name in unused(server, space):
                    drop(server, name)
                assert unused(server, space) == []
            assert connect(fake, space).count() == 0

    def test_a_collection_of_somebody_else(self, fake: FakeQdrant, space: Space) -> None:
        with Server(URL, transport=fake.transport) as server:
            server.client.create_collection(TRACKS, vectors_config={})
        with pytest.raises(UnavailableError, match=f"{TRACKS} .* was not made by polymuse"):
            connect(fake, space)

    @pytest.mark.parametrize(
        "change", [{"name": "x/../../../pwn"}, {"fingerprint": "../.."}, {"dim": "4"}, {"profile": 7}]
    )
    def test_a_name_that_would_lead_elsewhere(self, fake: FakeQdrant, space: Space, change: dict[str, object]) -> None:
        about = {"format": FORMAT, **asdict(space), **change}
        with Server(URL, transport=fake.transport) as server:
            server.client.create_collection(TRACKS, vectors_config={}, metadata={"polymuse": about})
            server.client.update_collection_aliases(
                [m.CreateAliasOperation(create_alias=m.CreateAlias(collection_name=TRACKS, alias_name="tracks__test"))]
            )
        with pytest.raises(UnavailableError, match="was not made by polymuse"):
            spaces(Server(URL, transport=fake.transport))

    def test_a_format_of_the_future(self, fake: FakeQdrant, space: Space) -> None:
        about = {"format": FORMAT + 1, "name": "test", "dim": 4, "fingerprint": space.fingerprint, "profile": "starter"}
        with Server(URL, transport=fake.transport) as server:
            server.client.create_collection(TRACKS, vectors_config={}, metadata={"polymuse": about})
        with pytest.raises(UnavailableError, match=rf"format {FORMAT + 1}.*up to {FORMAT}.*Update polymuse"):
            connect(fake, space)
