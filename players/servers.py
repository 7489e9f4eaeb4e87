"""Makes the servers that the setting `players` names."""

from typing import TypeAlias

from players.jellyfin import JellyfinServer
from players.lyrion import LyrionServer
from players.plex import PlexServer
from players.server import Server
from players.subsonic import SubsonicServer
from polymuse.errors import NotFoundError, UserError
from polymuse.player_settings import Players, PlayerSettings, read_secret
from polymuse.text import clean

AnyServer: TypeAlias = Server | LyrionServer


def settings_of(players: Players, name: str) -> PlayerSettings:
    """The settings of a server. Raises NotFoundError."""
    if name in players:
        return players[name]
    there = f"There are: {', '.join(players)}" if players else "Name servers in `players` of config.yaml"
    raise NotFoundError(f"There is no server {clean(name)[:40]}", f"{there}; see docs/players.md")


def open_any(players: Players, name: str) -> AnyServer:
    """A server by its name in the settings; close it. Raises NotFoundError, and UserError without a secret."""
    player = settings_of(players, name)
    secret = read_secret(name, player)
    match player.kind:
        case "subsonic":
            return SubsonicServer(name, player.url, player.user, secret)
        case "plex":
            return PlexServer(name, player.url, secret)
        case "lyrion":
            return LyrionServer(name, player.url, player.user, secret)
        case kind:
            return JellyfinServer(name, player.url, player.user, secret, emby=kind == "emby")


def open_server(players: Players, name: str) -> Server:
    """The same, for one that takes playlists. Raises UserError for another."""
    server = open_any(players, name)
    if isinstance(server, LyrionServer):
        server.close()
        raise UserError(
            f"{name} takes playlists from files only", "`polymuse playlists export` into its folder of playlists"
        )
    return server
