"""Playlists on a Qdrant server: points without vectors in a collection of their own, for all models.

A write names the one that it follows, and the server leaves out one that comes too late (an update with a condition,
which every server that is supported has). It does not say so; the stamps in the stored record tell.
"""

import json
import threading
from collections.abc import Mapping
from typing import Any

from qdrant_client import models as m

from catalog.playlists.records import Record
from catalog.server import Server, is_status
from polymuse.errors import UnavailableError
from polymuse.parse_json import parse_json

COLLECTION = "playlists"
FORMAT = 1
OWNER = "polymuse"  # key of our entry in the metadata of the collection
PAGE = 500
STAMP = "stamp"  # payload field of the version of a playlist


class ServerShelf:
    """Records on a server; the collection is made with the first of them. Implements `Shelf`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._seen = self._ready = False  # whether the collection is there, and whether it can be written
        self._opening = threading.Lock()

    def heads(self) -> list[Mapping[str, Any]]:
        if not self._exists(create=False):
            return []
        found: list[Mapping[str, Any]] = []
        following: Any = None
        while True:
            points, following = self._server.call(
                lambda at=following: self._server.client.scroll(
                    COLLECTION, limit=PAGE, offset=at, with_payload=["head"], with_vectors=False
                )
            )
            found += [head for point in points if isinstance(head := (point.payload or {}).get("head"), dict)]
            if following is None:
                return found

    def read(self, id: str) -> Record | None:  # noqa: A002  # the field's own word
        return self._read(id) if self._exists(create=False) else None

    def swap(self, record: Record, expected: str | None) -> bool:
        self._exists(create=True)
        payload = {"head": record.head, "body": json.dumps(record.body, separators=(",", ":")), STAMP: record.stamp}
        point = m.PointStruct(id=record.id, vector={}, payload=payload)
        latest = m.Filter(must=[m.FieldCondition(key=STAMP, match=m.MatchValue(value=expected or ""))])
        if expected is None and self._read(record.id) is not None:
            return False
        self._server.call(
            lambda: self._server.client.upsert(COLLECTION, [point], wait=True, update_filter=latest)
        )  # one that is not there is added whatever the condition says
        stored = self._read(record.id)
        return stored is not None and record.stamp in stored.head.get("stamps", [])

    def drop(self, id: str) -> None:  # noqa: A002
        if self._exists(create=False):
            selector = m.PointIdsList(points=[id])
            self._server.call(lambda: self._server.client.delete(COLLECTION, selector, wait=True))

    def _read(self, id: str) -> Record | None:  # noqa: A002
        points = self._server.call(lambda: self._server.client.retrieve(COLLECTION, [id], with_payload=True))
        if not points:
            return None
        payload = points[0].payload or {}
        try:
            head, body = payload["head"], parse_json(payload["body"])
            if not isinstance(head, dict) or not isinstance(body, dict):
                raise ValueError("not a playlist")
        except (KeyError, TypeError, ValueError) as error:
            raise UnavailableError(
                f"The playlist {id} on the Qdrant server {self._server.url} is damaged: {error}",
                "Restore a snapshot of the collection.",
            ) from None
        return Record(head, body)

    def _exists(self, *, create: bool) -> bool:
        with self._opening:
            if self._ready or (self._seen and not create):
                return True
            info = self._info()
            if info is None and create:
                self._create()
                info = self._info()
            if info is None:
                return False
            about = (info.config.metadata or {}).get(OWNER)
            if not isinstance(about, dict) or about.get("format") != FORMAT:
                raise UnavailableError(
                    f"The collection {COLLECTION} of the Qdrant server {self._server.url} was not made by this version "
                    "of polymuse",
                    "Rename it, update polymuse, or use another server.",
                )
            if create and STAMP not in info.payload_schema:  # strict servers want an index for a condition
                keyword = m.PayloadSchemaType.KEYWORD
                self._server.call(
                    lambda: self._server.client.create_payload_index(COLLECTION, STAMP, keyword, wait=True)
                )
            self._seen, self._ready = True, create
            return True

    def _info(self) -> m.CollectionInfo | None:
        try:
            return self._server.call(lambda: self._server.client.get_collection(COLLECTION))
        except UnavailableError as error:
            if not is_status(error, 404):
                raise
            return None

    def _create(self) -> None:
        """It may exist already, created by another process."""
        try:
            self._server.call(
                lambda: self._server.client.create_collection(
                    COLLECTION, vectors_config={}, on_disk_payload=True, metadata={OWNER: {"format": FORMAT}}
                )
            )
        except UnavailableError as error:
            if not is_status(error, 409):
                raise
