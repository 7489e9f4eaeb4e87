"""The collections of a catalog on a Qdrant server.

Aliases point to the collections in use, whose names contain the fingerprint of the model:

    tracks__<space>  ->  tracks__<space>__<first 12 digits of the fingerprint>

So the collections of a new model are filled next to the old ones (`staged`), and `promote` switches all aliases in one
step. A process keeps using the collections that it found when it connected: a process with the old model uses the old
vectors until it is restarted.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

from qdrant_client import models as m

from catalog.client import ClientEngine
from catalog.descriptors import DESCRIPTORS, OpenEngine
from catalog.engine import Schema
from catalog.payload import TRACKS, rewritten
from catalog.segments import SEGMENTS
from catalog.server import Server, is_status
from catalog.store import Space
from catalog.upgrading import walk_upgrading
from polymuse.errors import UnavailableError
from polymuse.excerpts import OTHER_EXCERPTS, difference

logger = logging.getLogger(__name__)

KINDS = {"tracks": TRACKS, "segments": SEGMENTS}  # made at once
LATER = "descriptors"  # made with the first of them
FORMAT = 1  # of the stored data; newer ones are refused
OWNER = "polymuse"  # key of our entry in the metadata of a collection

# Original vectors stay on disk. 4-bit codes in memory find twice the requested number of candidates, which are then
# rescored exactly: on 50,000 synthetic tracks recall@10 stayed 1.000 with an eighth of the memory.
CODES = m.TurboQuantization(
    turbo=m.TurboQuantQuantizationConfig(bits=m.TurboQuantBitSize.BITS4, memory=m.Memory.PINNED)
)
# A filter that leaves fewer vectors of a segment than SCANNED is answered by comparing all their codes, which is exact
# and faster than the graph. Links in the graph for the values of payload fields took four fifths of the time of
# indexing, and with a condition that joins two fields half of the nearest tracks were still missed.
SCANNED = 33_000  # vectors
FLOAT = 4  # bytes
PRECISE = m.SearchParams(hnsw_ef=128, quantization=m.QuantizationSearchParams(rescore=True, oversampling=2.0))

EXACT = m.SearchParams(exact=True)


def open_engines(
    server: Server, space: Space, *, staged: bool = False
) -> tuple[ClientEngine, ClientEngine, OpenEngine]:
    """The engines of tracks and segments, and what opens that of descriptors.

    Creates missing collections; `staged` does not change the aliases.

    Raises UnavailableError if the server cannot be reached or has an unsupported version, or if the collections belong
    to another model or program.
    """
    server.check_version()
    aliases = {} if staged else _aliases(server)
    collections = {kind: aliases.get(_alias(kind, space), _collection(kind, space)) for kind in KINDS}
    engines = {kind: _open(server, collections[kind], schema, space) for kind, schema in KINDS.items()}
    if not staged and any(_alias(kind, space) not in aliases for kind in KINDS):
        _point_aliases(server, space, collections)
    return engines["tracks"], engines["segments"], partial(_open_descriptors, server, space, staged)


def _open_descriptors(server: Server, space: Space, staged: bool, create: bool) -> ClientEngine | None:
    """The descriptors of exactly this model: those of another one are of no use, and never in the way."""
    collection = _collection(LATER, space)
    if not create and _find(server, collection) is None:
        return None
    engine = _open(server, collection, DESCRIPTORS, space)
    if create and not staged:
        _point_aliases(server, space, {LATER: collection})
    return engine


def spaces(server: Server) -> list[Space]:
    """The spaces in use on the server, ordered by name. Raises UnavailableError."""
    server.check_version()
    in_use = {alias: name for alias, name in sorted(_aliases(server).items()) if alias.startswith("tracks__")}
    return [_read_space(server, name, _info(server, name)) for name in in_use.values()]


def promote(server: Server, space: Space) -> None:
    """Switch all aliases of the space to the collections of its model at once."""
    collections = {kind: _collection(kind, space) for kind in KINDS}
    if _find(server, _collection(LATER, space)) is not None:
        collections[LATER] = _collection(LATER, space)
    _point_aliases(server, space, collections)


def unused(server: Server, space: Space) -> list[str]:
    """The collections of other models of this space that no alias points to."""
    kinds = (*KINDS, LATER)
    in_use = {*_aliases(server).values(), *(_collection(kind, space) for kind in kinds)}
    names = [each.name for each in server.call(server.client.get_collections).collections]
    ours = tuple(f"{_alias(kind, space)}__" for kind in kinds)
    return sorted(name for name in names if name.startswith(ours) and name not in in_use)


def drop(server: Server, collection: str) -> None:
    """Delete a collection."""
    server.call(lambda: server.client.delete_collection(collection))


def _alias(kind: str, space: Space) -> str:
    return f"{kind}__{space.name}"


def _collection(kind: str, space: Space) -> str:
    return f"{_alias(kind, space)}__{space.fingerprint[:12]}"


def _aliases(server: Server) -> dict[str, str]:
    """{alias: collection}"""
    return {each.alias_name: each.collection_name for each in server.call(server.client.get_aliases).aliases}


def _point_aliases(server: Server, space: Space, collections: Mapping[str, str]) -> None:
    """Set all aliases in one request, so that tracks and segments always belong to the same model."""
    existing = _aliases(server)
    changes: list[m.AliasOperations] = []
    for kind, collection in collections.items():
        alias = _alias(kind, space)
        if alias in existing:
            changes.append(m.DeleteAliasOperation(delete_alias=m.DeleteAlias(alias_name=alias)))
        new = m.CreateAlias(collection_name=collection, alias_name=alias)
        changes.append(m.CreateAliasOperation(create_alias=new))
    server.call(lambda: server.client.update_collection_aliases(changes))


def _open(server: Server, collection: str, schema: Schema, space: Space) -> ClientEngine:
    info = _find(server, collection) or _create(server, collection, schema, space)
    _check_same_space(server, collection, _read_space(server, collection, info), space)
    names = info.config.params.vectors
    engine = ClientEngine(
        server.client,
        collection,
        space.dim,
        server.call,
        names=names if isinstance(names, dict) else (),
        search_params=EXACT if schema.exact else PRECISE,
        memory=m.Memory.COLD,
        most=_most(info),
    )
    indexed = set(info.payload_schema)
    if schema is TRACKS and not indexed >= {*schema.keywords, *schema.parts, *schema.numbers}:
        _upgrade(engine, collection)
    _index(server, collection, schema, indexed)
    _renew(server, collection, schema, space, info)
    return engine


def _upgrade(engine: ClientEngine, collection: str) -> None:
    """Convert payloads of an earlier version. Indexes are added afterwards, so that a crash repeats the conversion."""
    for point in walk_upgrading(engine, f"the collection {collection}"):
        new = rewritten(point.id, point.payload)
        if new != point.payload:
            engine.set_payload(point.id, new)


def _info(server: Server, collection: str) -> m.CollectionInfo:
    return server.call(lambda: server.client.get_collection(collection))


def _find(server: Server, collection: str) -> m.CollectionInfo | None:
    try:
        return _info(server, collection)
    except UnavailableError as error:
        if not is_status(error, 404):
            raise
        return None


def _create(server: Server, collection: str, schema: Schema, space: Space) -> m.CollectionInfo:
    """Create a collection. It may exist already, created by another process or by a retried request."""
    vector = m.VectorParams(size=space.dim, distance=m.Distance.COSINE, memory=m.Memory.COLD)
    about = {"format": FORMAT, **asdict(space), "created": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        server.call(
            lambda: server.client.create_collection(
                collection,
                vectors_config=dict.fromkeys(schema.vectors[:1], vector),  # a name takes room in every point
                hnsw_config=_graph(space),  # for the whole collection, so that it applies to vectors added later
                quantization_config=None if schema.exact else CODES,
                on_disk_payload=True,
                metadata={OWNER: about},
            )
        )
    except UnavailableError as error:
        if not is_status(error, 409):
            raise
    return _info(server, collection)


def _index(server: Server, collection: str, schema: Schema, existing: set[str]) -> None:
    for name, index in _indexes(schema).items():
        if name not in existing:
            server.call(lambda name=name, index=index: _create_index(server, collection, name, index))


def _renew(server: Server, collection: str, schema: Schema, space: Space, info: m.CollectionInfo) -> None:
    """Give a collection of an earlier version the settings of this one; searches go on meanwhile.

    A process that may only read leaves it as it is.
    """
    graph, wanted = info.config.hnsw_config, _indexes(schema)
    linked = [
        name
        for name, index in info.payload_schema.items()
        if name in wanted and getattr(index.params, "enable_hnsw", None) is not False
    ]
    if graph.full_scan_threshold == _graph(space).full_scan_threshold and not linked:
        return
    try:
        server.call(lambda: server.client.update_collection(collection, hnsw_config=_graph(space)))
        for name in linked:
            server.call(lambda name=name: _create_index(server, collection, name, wanted[name]))
    except UnavailableError as error:
        if not is_status(error, 403):
            raise
        return
    logger.warning("the collection %s gets new settings, so that searches with a filter find more", collection)


def _create_index(server: Server, collection: str, name: str, index: m.PayloadSchemaParams) -> None:
    server.client.create_payload_index(collection, name, index, wait=True)


def _indexes(schema: Schema) -> dict[str, m.PayloadSchemaParams]:
    """{payload field: its index}, without links in the graph"""
    return {
        **{name: m.KeywordIndexParams(type=m.KeywordIndexType.KEYWORD, enable_hnsw=False) for name in schema.keywords},
        **{
            name: m.KeywordIndexParams(type=m.KeywordIndexType.KEYWORD, enable_hnsw=False, prefix=True)
            for name in schema.parts  # `prefix` also speeds up substring matches
        },
        **{
            name: m.IntegerIndexParams(type=m.IntegerIndexType.INTEGER, enable_hnsw=False)
            if kind is int
            else m.FloatIndexParams(type=m.FloatIndexType.FLOAT, enable_hnsw=False)
            for name, kind in schema.numbers.items()
        },
    }


def _graph(space: Space) -> m.HnswConfigDiff:
    kilobytes = SCANNED * space.dim * FLOAT // 1000
    return m.HnswConfigDiff(m=16, ef_construct=128, full_scan_threshold=kilobytes)


def _most(info: m.CollectionInfo) -> int | None:
    """What one request may ask for, where the server is strict, as Qdrant Cloud is."""
    strict = info.config.strict_mode_config
    return strict.max_query_limit if strict is not None and strict.enabled else None


def _read_space(server: Server, collection: str, info: m.CollectionInfo) -> Space:
    """The space in the metadata of a collection. Raises UnavailableError if there is none."""
    try:
        about = (info.config.metadata or {})[OWNER]
        space = Space(about["name"], about["dim"], about["fingerprint"], about["profile"])
        version = int(about["format"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnavailableError(
            f"The collection {collection} of the Qdrant server {server.url} was not made by polymuse",
            "Rename it, or use another server.",
        ) from error
    if version > FORMAT:
        raise UnavailableError(
            f"The collection {collection} of the Qdrant server {server.url} has format {version}, this version of "
            f"polymuse knows up to {FORMAT}",
            "Update polymuse.",
        )
    return space


def _check_same_space(server: Server, collection: str, stored: Space, space: Space) -> None:
    if what := difference(stored.fingerprint, space.fingerprint):
        message = f"The collection {collection} of the Qdrant server {server.url} holds {what}"
        raise UnavailableError(message, OTHER_EXCERPTS)
    if (stored.fingerprint, stored.dim) != (space.fingerprint, space.dim):
        raise UnavailableError(
            f"The collection {collection} of the Qdrant server {server.url} was filled by another version of the "
            f"{stored.profile} model: {stored.fingerprint[:12]} with {stored.dim} numbers per vector, not "
            f"{space.fingerprint[:12]} with {space.dim}",
            "Go back to that model, or run `polymuse migrate model`, which re-embeds the library next to it.",
        )
