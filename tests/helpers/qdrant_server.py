"""Qdrant servers to test with: a real one where QDRANT_TEST_URL names it, and one that needs no binary.

The latter has the REST routes of Qdrant over the client's in-memory mode.

Every request body is read into the client's own generated models, which forbid unknown fields, and where QDRANT_OPENAPI
names the official description of the API, requests and answers are held to that as well. It answers in this process
(`transport`) or on a socket (`listening`). What it cannot show: quantization, indexing and their speed, clusters.
"""

import json
import os
import re
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
from pydantic import BaseModel, TypeAdapter
from qdrant_client import QdrantClient
from qdrant_client import models as m
from qdrant_client.http.models import (
    ChangeAliasesOperation,
    CountRequest,
    CreateCollection,
    CreateFieldIndex,
    FacetRequest,
    PointRequest,
    PointsList,
    PointsSelector,
    QueryRequest,
    QueryRequestBatch,
    ScrollRequest,
    SetPayload,
    UpdateCollection,
    VectorNameConfig,
)

from catalog.catalog import Catalog
from catalog.server import Server
from catalog.store import Space

VERSION = "1.20.0"
REAL_SERVER = ["server"] if "QDRANT_TEST_URL" in os.environ else []  # engines to test beside those always at hand

STRICT = m.StrictModeConfig(
    enabled=True,
    max_query_limit=1000,
    unindexed_filtering_retrieve=False,
    unindexed_filtering_update=False,
    max_payload_index_count=100,
)

Fault = Callable[[httpx.Request], httpx.Response | None]


@dataclass
class FakeQdrant:
    """The server. `faults` are asked first, each until it has answered or raised once; None lets a request pass."""

    api_key: str | None = None
    version: str = VERSION
    faults: list[Fault] = field(default_factory=list)
    log: list[tuple[str, Any]] = field(default_factory=list)  # ("PUT /collections/tracks", body)
    keep_log: bool = True
    strict: bool = True  # refuses what Qdrant Cloud refuses, with the same settings

    def __post_init__(self) -> None:
        self._client = QdrantClient(":memory:")
        self._indexes: dict[str, dict[str, m.PayloadIndexInfo]] = {}
        self._graphs: dict[str, dict[str, Any]] = {}
        self._lock = threading.RLock()

    @property
    def transport(self) -> httpx.BaseTransport:
        return httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            for fault in list(self.faults):
                try:
                    response = fault(request)
                except httpx.TransportError:
                    self.faults.remove(fault)
                    raise
                if response is not None:
                    self.faults.remove(fault)
                    return response
            return self._answer(request)

    def sent(self, pattern: str) -> list[Any]:
        """The bodies of the requests whose "METHOD /path" matches."""
        return [body for call, body in self.log if re.fullmatch(pattern, call)]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if self.api_key is not None and path != "/" and request.headers.get("api-key") != self.api_key:
            return _error(401, "Must provide an API key or an Authorization bearer token")
        body = request.content
        if self.keep_log:
            self.log.append((f"{request.method} {path}", json.loads(body) if body else None))
        check_request(request)
        if self.strict and (reason := self._refusal(path, json.loads(body) if body else {})):
            return _error(400, reason)
        for method, pattern, operation in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                answer = self._run(operation, match.groups(), body)
                check_answer(request, answer)
                return answer
        return _error(404, "no such route")

    def _refusal(self, path: str, body: dict[str, Any]) -> str:
        if (match := re.match(_COLLECTION + "/(points|facet)", path)) is None:
            return ""
        for asked in (body, *body.get("searches", ())):
            if asked.get("limit", 0) > STRICT.max_query_limit:
                return f'Limit exceeded {asked["limit"]} > {STRICT.max_query_limit} for "limit"'
        indexed = self._indexes.get(match[1], {})
        missing = [key for key in _filtered(body) if key not in indexed]
        return f'Index required but not found for "{missing[0]}"' if missing else ""

    def _run(self, operation: str, names: tuple[str, ...], body: bytes) -> httpx.Response:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # in-memory mode says what it does without
                result = getattr(self, operation)(*names, body)
        except ValueError as error:
            text = str(error)
            status = 409 if text.endswith("already exists") else 404 if "not found" in text else 400
            return _error(status, text)
        if operation == "root":
            return httpx.Response(200, json=result)
        return httpx.Response(200, json={"result": _plain(result), "status": "ok", "time": 0.0})

    # One method per route

    def root(self, _: bytes) -> dict[str, str]:
        return {"title": "qdrant - vector search engine", "version": self.version}

    def aliases(self, _: bytes) -> Any:
        return self._client.get_aliases()

    def change_aliases(self, body: bytes) -> Any:
        return self._client.update_collection_aliases(ChangeAliasesOperation.model_validate_json(body).actions)

    def collections(self, _: bytes) -> Any:
        return self._client.get_collections()

    def collection(self, name: str, _: bytes) -> Any:
        info = self._client.get_collection(name)
        graph = info.config.hnsw_config.model_copy(update=self._graphs.get(name, {}))
        strict = m.StrictModeConfigOutput.model_validate(STRICT.model_dump()) if self.strict else None
        config = info.config.model_copy(update={"hnsw_config": graph, "strict_mode_config": strict})
        return info.model_copy(update={"payload_schema": self._indexes.get(name, {}), "config": config})

    def create_collection(self, name: str, body: bytes) -> Any:
        new = CreateCollection.model_validate_json(body)
        self._set_graph(name, new.hnsw_config)
        vectors = new.vectors if isinstance(new.vectors, dict) else {}
        vectors = {each: _by_dot_product(params) for each, params in vectors.items()}
        return self._client.create_collection(name, vectors_config=vectors, metadata=new.metadata)

    def update_collection(self, name: str, body: bytes) -> Any:
        new = UpdateCollection.model_validate_json(body)
        self._set_graph(name, new.hnsw_config)
        known = self._client.get_collection(name).config.params.vectors
        for vector in new.vectors or {}:
            if not isinstance(known, dict) or vector not in known:
                raise ValueError(f"Vector {vector} not found")
        return True

    def _set_graph(self, name: str, new: m.HnswConfigDiff | None) -> None:
        if new is not None:
            self._graphs[name] = {**self._graphs.get(name, {}), **new.model_dump(exclude_none=True)}

    def delete_collection(self, name: str, _: bytes) -> Any:
        return self._client.delete_collection(name)

    def create_index(self, name: str, body: bytes) -> Any:
        new = CreateFieldIndex.model_validate_json(body)
        kind = new.field_schema if isinstance(new.field_schema, str) else getattr(new.field_schema, "type", None)
        params = None if isinstance(new.field_schema, str) else new.field_schema
        data_type = m.PayloadSchemaType(str(getattr(kind, "value", kind)))
        info = m.PayloadIndexInfo(data_type=data_type, params=params, points=0)
        self._indexes.setdefault(name, {})[new.field_name] = info
        return self._client.create_payload_index(name, new.field_name, new.field_schema)

    def delete_index(self, name: str, field_name: str, _: bytes) -> Any:
        del self._indexes[name][field_name]
        return self._client.delete_payload_index(name, field_name)

    def create_vector(self, name: str, vector: str, body: bytes) -> Any:
        config = TypeAdapter(VectorNameConfig).validate_json(body)
        assert isinstance(config, m.DenseVectorNameConfig)
        return self._client.create_vector_name(
            name, vector, m.DenseVectorNameConfig(dense=_by_dot_product(config.dense))
        )

    def upsert(self, name: str, body: bytes) -> Any:
        asked = PointsList.model_validate_json(body)
        return self._client.upsert(name, asked.points, update_filter=asked.update_filter)

    def retrieve(self, name: str, body: bytes) -> Any:
        asked = PointRequest.model_validate_json(body)
        return self._client.retrieve(
            name,
            asked.ids,
            with_payload=asked.with_payload if asked.with_payload is not None else True,
            with_vectors=asked.with_vector if asked.with_vector is not None else False,
        )

    def scroll(self, name: str, body: bytes) -> Any:
        asked = ScrollRequest.model_validate_json(body)
        points, following = self._client.scroll(
            name,
            scroll_filter=asked.filter,
            limit=asked.limit or 10,
            offset=asked.offset,
            with_payload=asked.with_payload if asked.with_payload is not None else True,
            with_vectors=asked.with_vector if asked.with_vector is not None else False,
        )
        return {"points": points, "next_page_offset": following}

    def query(self, name: str, body: bytes) -> Any:
        asked = QueryRequest.model_validate_json(body)
        return self._client.query_points(
            name,
            query=asked.query,
            using=asked.using,
            limit=asked.limit or 10,
            query_filter=asked.filter,
            search_params=asked.params,
            with_payload=asked.with_payload if asked.with_payload is not None else False,
        )

    def query_batch(self, name: str, body: bytes) -> Any:
        asked = QueryRequestBatch.model_validate_json(body)
        return [self.query(name, each.model_dump_json().encode()) for each in asked.searches]

    def count(self, name: str, body: bytes) -> Any:
        return self._client.count(name, CountRequest.model_validate_json(body).filter, exact=True)

    def facet(self, name: str, body: bytes) -> Any:
        asked = FacetRequest.model_validate_json(body)
        return self._client.facet(name, asked.key, asked.filter, asked.limit or 10, exact=True)

    def overwrite_payload(self, name: str, body: bytes) -> Any:
        new = SetPayload.model_validate_json(body)
        return self._client.overwrite_payload(name, new.payload, points=m.PointIdsList(points=new.points or []))

    def set_payload(self, name: str, body: bytes) -> Any:
        new = SetPayload.model_validate_json(body)
        return self._client.set_payload(name, new.payload, points=m.PointIdsList(points=new.points or []))

    def delete_points(self, name: str, body: bytes) -> Any:
        return self._client.delete(name, TypeAdapter(PointsSelector).validate_json(body))


_COLLECTION = r"/collections/([^/]+)"
_ROUTES = [
    ("GET", "/", "root"),
    ("GET", "/aliases", "aliases"),
    ("POST", "/collections/aliases", "change_aliases"),
    ("GET", "/collections", "collections"),
    ("GET", _COLLECTION, "collection"),
    ("PUT", _COLLECTION, "create_collection"),
    ("PATCH", _COLLECTION, "update_collection"),
    ("DELETE", _COLLECTION, "delete_collection"),
    ("PUT", _COLLECTION + "/index", "create_index"),
    ("DELETE", _COLLECTION + "/index/([^/]+)", "delete_index"),
    ("PUT", _COLLECTION + "/vectors/([^/]+)", "create_vector"),
    ("PUT", _COLLECTION + "/points", "upsert"),
    ("POST", _COLLECTION + "/points", "retrieve"),
    ("POST", _COLLECTION + "/points/scroll", "scroll"),
    ("POST", _COLLECTION + "/points/query", "query"),
    ("POST", _COLLECTION + "/points/query/batch", "query_batch"),
    ("POST", _COLLECTION + "/points/count", "count"),
    ("POST", _COLLECTION + "/facet", "facet"),
    ("PUT", _COLLECTION + "/points/payload", "overwrite_payload"),
    ("POST", _COLLECTION + "/points/payload", "set_payload"),
    ("POST", _COLLECTION + "/points/delete", "delete_points"),
]


@contextmanager
def listening(server: FakeQdrant) -> Iterator[str]:
    """The server's address on the loopback interface, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = f"http://{self.headers['Host']}{self.path}"
            answer = server.handle(httpx.Request(self.command, url, headers=dict(self.headers), content=body))
            self.send_response(answer.status_code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = respond  # noqa: N815  the names are the library's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the signature is the library's
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


@contextmanager
def connected(space: Space) -> Iterator[Catalog]:
    """A catalog on the server of QDRANT_TEST_URL, in collections of its own that go with it."""
    url, key = os.environ["QDRANT_TEST_URL"], os.environ.get("QDRANT_TEST_API_KEY")
    space = replace(space, name=f"{space.name}_{uuid.uuid4().hex[:8]}")
    with Catalog.connect(Server(url, key), space) as catalog:
        yield catalog
    with Server(url, key) as server:
        for collection in server.client.get_collections().collections:
            if f"__{space.name}__" in collection.name:
                server.client.delete_collection(collection.name)


def _filtered(body: Any) -> Iterator[str]:
    """The payload fields that the conditions of a request name."""
    if isinstance(body, list):
        for each in body:
            yield from _filtered(each)
    elif isinstance(body, dict):
        if "key" in body and body.keys() & {"match", "range"}:
            yield body["key"]
        for name, each in body.items():
            if name not in ("payload", "points"):
                yield from _filtered(each)


def _error(status: int, text: str) -> httpx.Response:
    return httpx.Response(status, json={"status": {"error": text}, "time": 0.0})


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, dict) else value


# The official description


def check_request(request: httpx.Request) -> None:
    """Raises what jsonschema raises for a body that the description does not allow, and KeyError for a route."""
    if (operation := _operation(request)) is None:
        return
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        _validator(json.dumps(schema)).validate(json.loads(request.content))
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    assert set(request.url.params) <= known, f"unknown parameters in {request.url}"


def check_answer(request: httpx.Request, answer: httpx.Response) -> None:
    if (operation := _operation(request)) is None:
        return
    responses = operation["responses"]
    response = responses[str(answer.status_code) if answer.is_success else "4XX"]
    _validator(json.dumps(response["content"]["application/json"]["schema"])).validate(answer.json())


def _operation(request: httpx.Request) -> dict[str, Any] | None:
    """What the description says of the route; None where the description is not at hand."""
    if (api := _description()) is None:
        return None
    for template, operations in sorted(api["paths"].items(), key=lambda path: path[0].count("{")):
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), request.url.path):
            return operations[request.method.lower()]
    raise KeyError(f"The API has no route {request.method} {request.url.path}")


@cache
def _description() -> dict[str, Any] | None:
    file = os.environ.get("QDRANT_OPENAPI")
    if not file:
        return None
    api = json.loads(Path(file).read_text("utf-8"))
    schemas = api["components"]["schemas"]
    if "MatchSubstring" not in schemas:  # new in 1.20
        schemas["MatchSubstring"] = {
            "type": "object",
            "required": ["substring"],
            "properties": {"substring": {"type": "string"}},
        }
        schemas["Match"]["anyOf"].append({"$ref": "#/components/schemas/MatchSubstring"})
    return _as_json_schema(api)


@cache
def _validator(schema: str) -> Any:
    api = _description()
    assert api is not None
    return jsonschema_rs.Draft7Validator({"components": api["components"], "allOf": [json.loads(schema)]})


def _as_json_schema(value: Any) -> Any:
    """OpenAPI 3.0 writes `nullable` where JSON Schema has a type null."""
    if isinstance(value, list):
        return [_as_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    plain = {key: _as_json_schema(each) for key, each in value.items() if key != "nullable"}
    if value.get("nullable") is not True:
        return plain
    return {"anyOf": [plain, {"type": "null"}]} if plain else {"type": "null"}


def _by_dot_product(params: m.DenseVectorConfig | m.VectorParams) -> Any:
    """For cosines the client normalises what it stores with each search, which a server does not do."""
    assert params.distance == m.Distance.COSINE
    return params.model_copy(update={"distance": m.Distance.DOT})
