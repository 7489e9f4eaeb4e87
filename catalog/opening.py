"""Open the catalog of the settings: a store below `home`, or a Qdrant server."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from catalog import store_versions
from catalog.catalog import Catalog
from catalog.store import Space
from catalog.store_versions import NEXT
from polymuse.errors import UnavailableError, UserError
from polymuse.excerpts import AUTO, FULL, excerpts_of
from polymuse.settings import Settings, origin

if TYPE_CHECKING:
    from catalog.server import Server


OpenCatalog = Callable[[Settings, Space], Catalog]


def open_catalog(settings: Settings, space: Space, *, prompt: bool = False) -> Catalog:
    """The user's catalog of this space, created if missing; other processes may use it too. Raises UnavailableError.

    With `prompt`, calls to a failing server are given up after about a second, as interactive searches need.
    """
    if settings.qdrant_url is None:
        return open_embedded(settings, space)
    return connect(settings, space, prompt=prompt)


def open_to_look(settings: Settings, space: Space) -> Catalog:
    """The user's catalog of this space; if there is none of any model yet, an empty one that leaves no trace.

    Raises UnavailableError.
    """
    return open_catalog(settings, space) if known_spaces(settings) else Catalog.in_memory(space, "none yet")


def open_embedded(settings: Settings, space: Space) -> Catalog:
    """The catalog below `home`, even if a server is set. Raises UnavailableError."""
    _finish_switches(settings)
    return Catalog.share(settings.layout.store, space)


def open_staged(settings: Settings, space: Space) -> Catalog:
    """The catalog of exactly this model, in use or not: to be filled and then promoted."""
    if settings.qdrant_url is not None:
        return connect(settings, space, staged=True)
    _finish_switches(settings)
    store = settings.layout.store
    in_use = any(info.space == space for info in Catalog.peek(store))
    return Catalog.share(store, space) if in_use else Catalog.open(store / NEXT, space)


def promote(settings: Settings, space: Space) -> None:
    """Switch to the staged catalog of the space, which must be closed. Raises UnavailableError."""
    if settings.qdrant_url is None:
        store_versions.promote(settings.layout.store, space)
        return
    from catalog import server_collections

    with open_server(settings) as server:
        server_collections.promote(server, space)


def connect(settings: Settings, space: Space, *, staged: bool = False, prompt: bool = False) -> Catalog:
    """The catalog on the server of the settings. Raises UserError if no server is set, UnavailableError."""
    server = open_server(settings, prompt=prompt)
    try:
        return Catalog.connect(server, space, staged=staged)
    except BaseException:
        server.close()
        raise


def open_server(settings: Settings, *, prompt: bool = False) -> "Server":
    """The server of the settings; nothing is sent yet. Raises UserError if no server is set."""
    from catalog.server import PATIENT, PROMPT, Server

    if settings.qdrant_url is None:
        raise UserError("No Qdrant server is set", "Set POLYMUSE_QDRANT_URL, for example to http://localhost:6333.")
    key = settings.qdrant_api_key
    secret = key.get_secret_value() if key is not None else None
    return Server(settings.qdrant_url, secret, retries=PROMPT if prompt else PATIENT)


def known_spaces(settings: Settings) -> list[Space]:
    """The spaces of all existing catalogs, without opening them. Raises UnavailableError."""
    if settings.qdrant_url is None:
        _finish_switches(settings)
        return [store.space for store in Catalog.peek(settings.layout.store)]
    from catalog.server_collections import spaces

    with open_server(settings) as server:
        return spaces(server)


def library_excerpts(settings: Settings, name: str, *, staged: bool = False) -> str:
    """The excerpts that the library of an embedder with this name is made of; those of the settings if there is none.

    With `staged`, for a library that is to replace it, those of the settings come first. Raises UnavailableError.
    """
    stored = next((excerpts_of(space.fingerprint) for space in known_spaces(settings) if space.name == name), None)
    wanted = FULL if settings.excerpts == AUTO else settings.excerpts
    if stored is None or (staged and settings.excerpts != AUTO):
        return wanted
    return stored


def check_excerpts(settings: Settings, name: str, **flags: object) -> None:
    """Raises UserError if the settings ask for other excerpts than the library has, which cannot be added to it.

    The advice names the flag or the setting, whichever asked. Raises UnavailableError.
    """
    stored, wanted = library_excerpts(settings, name), settings.excerpts
    if wanted in (AUTO, stored):
        return
    asked = origin("excerpts", **flags)
    remedy = "Leave out --excerpts" if asked.startswith("flag") else f"Set excerpts: {AUTO} ({asked})"
    raise UserError(
        f"The library of profile {name} is made of {stored} excerpts, {wanted} ones were requested",
        f"{remedy}, or run `polymuse migrate model --excerpts {wanted}`, which embeds all tracks anew",
    )


def _finish_switches(settings: Settings) -> None:
    try:
        store_versions.finish(settings.layout.store)
    except OSError as error:
        raise UnavailableError(
            f"The store {settings.layout.store} cannot be written: {error.strerror}",
            "Check the permissions of its disk.",
        ) from error
