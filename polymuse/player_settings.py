"""The servers of music that the setting `players` names, and their secrets."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from polymuse import ENV_PREFIX
from polymuse.api_keys import MAX_KEY
from polymuse.errors import UserError
from polymuse.paths import printable

PLAYER_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")  # ids are remembered under it

Kind: TypeAlias = Literal["subsonic", "jellyfin", "emby", "plex", "lyrion"]


class PlayerSettings(BaseModel):
    """A server: where it is, who asks, and where its secret is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    url: str = Field(description="as in http://nas:4533, with the path below which a proxy shows it")
    user: str = Field(default="", description="whose playlists; subsonic: none with an API key")
    secret: SecretStr | None = Field(default=None, repr=False)
    secret_file: Path | None = None
    paths: dict[str, str] = Field(default_factory=dict, description="folder as the server sees it: folder here")

    @field_validator("url")
    @classmethod
    def _http(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            wrong = parts.username or parts.password or parts.query or parts.fragment or parts.port == 0
        except ValueError:
            raise ValueError("`url` must look like http://HOST:4533") from None
        if wrong or parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable():
            raise ValueError("`url` must look like http://HOST:4533, without user, password or query")
        return url.rstrip("/")

    @field_validator("secret_file")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()


def _named(players: dict[str, PlayerSettings]) -> dict[str, PlayerSettings]:
    for name in players:
        if not PLAYER_NAME.fullmatch(name):
            raise ValueError(f"{name[:40]!r} is no name: up to 40 of a-z, 0-9, - and _, the first a letter")
    return players


Players = Annotated[dict[str, PlayerSettings], AfterValidator(_named)]


def secret_variable(name: str) -> str:
    """The environment variable with the secret of a server: POLYMUSE_PLAYER_NAVIDROME_SECRET."""
    return f"{ENV_PREFIX}PLAYER_{name.upper().replace('-', '_')}_SECRET"


def read_secret(name: str, player: PlayerSettings) -> str:
    """The password, key or token of a server; "" if none is set. Raises UserError for a file without one.

    The environment goes before `secret_file`, which goes before `secret`.
    """
    given = os.environ.get(secret_variable(name), "").strip()
    if not given and player.secret_file is not None:
        given = _in_file(name, player.secret_file)
    if not given and player.secret is not None:
        given = player.secret.get_secret_value()
    if len(given) > MAX_KEY or not given.isprintable():
        raise UserError(f"The secret of {name} is no password, key or token", f"Look at {secret_variable(name)}")
    return given


def _in_file(name: str, path: Path) -> str:
    advice = "Write the password, key or token into it, and nothing else"
    try:
        with path.open("rb") as file:
            text = file.read(4 * MAX_KEY + 1).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UserError(f"The secret of {name} in {printable(path)} cannot be read: {reason}", advice) from None
    if not text:
        raise UserError(f"{printable(path)} holds no secret of {name}", advice)
    return text
