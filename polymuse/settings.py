"""Settings: flags > POLYMUSE_* environment > config.yaml > defaults."""

import codecs
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
import yaml
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from polymuse import ENV_PREFIX
from polymuse.api_keys import STORED_KEY
from polymuse.errors import UserError
from polymuse.home import Home
from polymuse.paths import printable
from polymuse.pause import Pause
from polymuse.player_settings import Players
from polymuse.web_addresses import allowed_host, normal_root_path, proxy_network

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SERVER_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
LIBRARY_NAME = re.compile(r"[^\W_][\w-]{0,39}")


def config_file() -> Path:
    """The path of config.yaml in the user's configuration directory (XDG on Linux)."""
    return platformdirs.user_config_path("polymuse") / "config.yaml"


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _split(names: object) -> object:
    return tuple(name.strip() for name in names.split(",") if name.strip()) if isinstance(names, str) else names


NameList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]  # joined by commas in the environment

PathList = Annotated[
    tuple[Path, ...], NoDecode, BeforeValidator(_split), AfterValidator(lambda paths: tuple(map(_absolute, paths)))
]


class Settings(BaseSettings):
    """All settings. `polymuse config show` prints each value and its origin."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    home: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("polymuse"),
        description="directory of the weights, the store and the failure list",
    )
    library: str = Field(
        default="", description="name of a library below home, kept apart from the main one and never on a server"
    )
    profile: str = Field(default="auto", description="networks to use: auto, or the name of a profile")
    offline: bool = Field(default=False, description="never download anything")
    device: str = Field(
        default="auto", description="device of networks, if the profile uses GPUs: auto, cpu, cuda, cuda:1 or mps"
    )
    excerpts: Literal["auto", "full", "quick"] = Field(
        default="auto",
        description="how much of a track the profile clamp3 embeds: full, quick (a minute), or auto (as the library)",
    )
    stems: str = Field(default="auto", description="stems to embed: auto, none, or names joined by commas")
    separator: str = Field(
        default="auto",
        description="what separates: auto (that of the profile), none, or a name such as spleeter or bs_roformer",
    )
    separator_checkpoint: Path | None = Field(
        default=None, description="your own BS-RoFormer checkpoint, which `separator: auto` then stands for"
    )
    separator_config: Path | None = Field(
        default=None, description="the YAML file that was published with `separator_checkpoint`"
    )
    overlap: int = Field(
        default=2, ge=1, description="chunks over each sample in separation, with a separator that supports it"
    )
    cpu_fallback: bool = Field(default=False, description="separate on the CPU if the GPU runs out of memory")
    bank: Path | None = Field(default=None, description="file with your own descriptors for tagging")
    moments: bool = Field(default=True, description="whether `index` stores segments, for search by moment")
    scores: bool = Field(
        default=False, description="whether `index`, `watch` and `serve` take in scores: MIDI, ABC and MusicXML files"
    )
    jobs: int | None = Field(default=None, ge=1, description="worker processes of `index`; unset: by profile")
    max_minutes: float = Field(default=60.0, gt=0, description="longer tracks are analysed only up to this minute")
    exclude: NameList = Field(
        default=(), description="files and folders that `index` and `watch` leave out, by patterns as in .gitignore"
    )
    keep_missing_days: int = Field(
        default=30, ge=0, description="days for which a forgotten track is kept, to come back without analysis; 0: none"
    )
    rescan_hours: float = Field(
        default=24.0,
        ge=0,
        description="hours after which `watch` and `serve` scan everything again; 0: never",
    )
    tag_encoding: str = Field(
        default="auto", description="encoding of file tags that do not declare theirs: auto, gbk, cp1251, ..."
    )
    host: str = Field(default="127.0.0.1", description="address that `serve` binds to")
    port: int = Field(default=8765, ge=0, le=65535, description="port that `serve` listens on")
    api_key: SecretStr | None = Field(
        default=None, description="key that clients of `serve` send; required beyond loopback"
    )
    api_key_file: Path | None = Field(default=None, description="file with a key that clients of `serve` send")
    api_keys: NameList = Field(
        default=(), description="hashed keys that clients of `serve` may send, from `polymuse keys new`"
    )
    max_requests: int = Field(default=64, ge=1, description="maximum number of concurrent requests of `serve`")
    max_upload_mb: int = Field(default=100, ge=1, description="maximum size of an audio file uploaded to `serve`")
    max_upload_seconds: float = Field(default=600.0, gt=0, description="longer uploads are analysed only up to here")
    log_format: Literal["text", "json"] = Field(default="text", description="format of the log of `serve`")
    allowed_hosts: NameList = Field(
        default=(), description="host names besides localhost that `serve` accepts when it is bound to loopback"
    )
    root_path: str = Field(default="", description="path below which a proxy shows the service, such as /music")
    trusted_proxies: NameList = Field(
        default=("127.0.0.1", "::1"),
        description="addresses or networks of proxies whose X-Forwarded-* headers `serve` believes",
    )
    music: PathList = Field(default=(), description="folders that `serve` keeps the library up to date with")
    watch: bool = Field(default=True, description="whether `serve` indexes changes of its folders as they happen")
    low_impact: bool = Field(default=False, description="whether `serve` indexes on half of the cores")
    pause: str | None = Field(default=None, description="when `serve` does not index, such as 09:00-18:30")
    playlists_folder: Path | None = Field(
        default=None, description="folder that all playlists are written to as M3U8 files after each run"
    )
    mcp: bool = Field(
        default=False, description="whether `serve` answers agents at /mcp, which needs the extra mcp to be installed"
    )
    players: Players = Field(
        default_factory=dict,
        description="servers of music by name, each with kind, url, user, secret_file and paths: see docs/players.md",
    )
    roots: PathList = Field(
        default=(),
        description="folders below which clients of `serve` may choose others; unset: home and the usual mounts",
    )
    audiomuse: NameList = Field(
        default=(),
        description="servers whose plugins for AudioMuse-AI `serve` answers, such as jellyfin, lyrion or navidrome; "
        "addresses that name none mean the first; unset: none",
    )
    jellyfin_folders: NameList = Field(
        default=(),
        description="folders of the library as Jellyfin sees them, such as /home/me/Music=/media/music, from which the "
        "ids of its songs follow",
    )
    qdrant_url: str | None = Field(
        default=None, description="URL of a Qdrant server for the library, instead of a store below home"
    )
    qdrant_api_key: SecretStr | None = Field(default=None, description="API key of the Qdrant server")

    @field_validator("tag_encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            known = name == "auto" or codecs.getincrementaldecoder(name)().decode(b"A") == "A"
        except (LookupError, ValueError):
            known = False
        if not known:
            raise ValueError("it must be auto, or an encoding that Python knows, such as gbk")
        return name

    @field_validator("pause")
    @classmethod
    def _hours(cls, text: str | None) -> str | None:
        if text:
            Pause.parse(text)
        return text

    @field_validator("qdrant_url")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        secret = parts.username or parts.password or parts.query or parts.fragment
        if parts.scheme not in ("http", "https") or not parts.hostname or secret or parts.port == 0:
            raise ValueError("it must look like http://HOST:6333; the key goes into POLYMUSE_QDRANT_API_KEY")
        return url.rstrip("/")

    @field_validator("root_path")
    @classmethod
    def _normal(cls, path: str) -> str:
        return normal_root_path(path)

    @field_validator("allowed_hosts")
    @classmethod
    def _names(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(allowed_host(host) for host in hosts)

    @field_validator("audiomuse")
    @classmethod
    def _servers(cls, servers: tuple[str, ...]) -> tuple[str, ...]:
        for name in servers:
            if not SERVER_NAME.fullmatch(name) or name in ("api", "chat"):
                raise ValueError("a server is called jellyfin, lyrion or the like: lower-case letters, digits, - and _")
        return tuple(dict.fromkeys(servers))

    @field_validator("jellyfin_folders")
    @classmethod
    def _mappings(cls, mappings: tuple[str, ...]) -> tuple[str, ...]:
        for each in mappings:
            ours, equals, theirs = each.partition("=")
            if not equals or not theirs or not (ours.startswith(("/", "\\\\")) or ours[1:2] == ":"):
                raise ValueError("each is OURS=THEIRS, two absolute folders, such as /home/me/Music=/media/music")
        return mappings

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(proxy_network(proxy) for proxy in proxies)

    @field_validator("home", "bank", "api_key_file", "playlists_folder", "separator_checkpoint", "separator_config")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else _absolute(path)

    @field_validator("home")
    @classmethod
    def _folder(cls, path: Path) -> Path:
        if os.path.lexists(path) and not os.path.isdir(path):  # noqa: PTH112  Path.is_dir may raise
            raise ValueError(f"{printable(path)} is not a folder")
        return path

    @field_validator("library")
    @classmethod
    def _named(cls, name: str) -> str:
        if name and not LIBRARY_NAME.fullmatch(name):
            raise ValueError("a name has up to 40 letters, digits, - and _, and starts with a letter or digit")
        return name

    @model_validator(mode="before")
    @classmethod
    def _embedded(cls, values: dict[str, Any]) -> dict[str, Any]:
        """A server has no place for several libraries."""
        return values | {"qdrant_url": None} if values.get("library") else values

    @property
    def layout(self) -> Home:
        """Where the library and the weights are."""
        return Home(self.home, self.library)

    @field_validator("api_keys")
    @classmethod
    def _hashed(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        if any(not STORED_KEY.fullmatch(key) for key in keys):
            raise ValueError("each entry is read:HASH or admin:HASH, as `polymuse keys new` prints it")
        return keys

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls, yaml_file=config_file())


def load_settings(**flags: Any) -> Settings:
    """Read the settings; a flag that is None was not given. Raises UserError with the key and its origin."""
    given = {key: value for key, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else "?"
        allowed = ", ".join(Settings.model_fields)
        if first["type"] == "extra_forbidden":
            raise UserError(f"There is no setting {key!r} ({_origin(key, given)})", f"There are: {allowed}") from error
        field = Settings.model_fields[key].description if key in Settings.model_fields else None
        advice = f"`{key}` is: {field}" if field else ""
        raise UserError(f"Setting {key!r} ({_origin(key, given)}) {_fault(first)}", advice) from error
    except (yaml.YAMLError, OSError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"Cannot read {config_file()}: {reason}", "Fix or remove the file") from error


def _fault(error: "ErrorDetails") -> str:
    """What is wrong with a value, in words for people."""
    given = str(error["input"])[:80]
    limits = error.get("ctx", {})
    match error["type"]:
        case "value_error":
            return f"is wrong: {limits['error']}"
        case "int_parsing" | "int_type" | "int_from_float":
            return f"is {given!r}, not a whole number"
        case "float_parsing" | "float_type" | "finite_number":
            return f"is {given!r}, not a number"
        case "bool_parsing" | "bool_type":
            return f"is {given!r}, neither true nor false"
        case "greater_than":
            return f"is {given}, and must be above {limits['gt']}"
        case "greater_than_equal":
            return f"is {given}, and must be at least {limits['ge']}"
        case "less_than_equal":
            return f"is {given}, and must be at most {limits['le']}"
        case "literal_error":
            return f"is {given!r}, and must be {limits['expected']}"
        case _:
            return f"is wrong: {error['msg'].lower()}"


def origins(settings: Settings) -> dict[str, str]:
    """{setting: origin of its value}, for settings that were loaded without flags."""
    return {key: _origin(key, {}) for key in type(settings).model_fields}


def origin(key: str, **flags: object) -> str:
    """Where the value of a setting comes from; a flag that is None was not given."""
    return _origin(key, {name: value for name, value in flags.items() if value is not None})


def _origin(key: str, flags: dict[str, Any]) -> str:
    if key in flags:
        return f"flag --{key.replace('_', '-')}"
    if key in EnvSettingsSource(Settings)():
        return f"environment {ENV_PREFIX}{key.upper()}"
    if key in YamlConfigSettingsSource(Settings, yaml_file=config_file())():
        return str(config_file())
    return "default"
