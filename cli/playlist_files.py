"""`polymuse playlists export`, `import` and `write`: files of other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from cli import options
from cli.playlists import Name, find, rows_of, say_line
from polymuse.errors import UserError

if TYPE_CHECKING:
    from catalog.playlists.writing import Format


def export(
    playlist: Name,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write it: .m3u8, .xspf, .json or .csv.")
    ] = options.STANDARD_STREAM,
    kind: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="m3u8, xspf, json or csv; default: by the name of FILE.")
    ] = "",
    relative_to: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Paths are relative to this folder; default: to that of FILE."),
    ] = None,
    absolute: Annotated[bool, typer.Option("--absolute", help="Paths are absolute.")] = False,
    prefix: Annotated[
        list[str] | None,
        typer.Option(metavar="OLD=NEW", help="Write the folder NEW in place of OLD; may be repeated."),
    ] = None,
    bom: Annotated[bool, typer.Option("--bom", help="Begin with a byte order mark, which some programs need.")] = False,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
) -> None:
    """Write a playlist for other players. On stdout paths are absolute. An unchanged file is not written again.

    Examples:

        polymuse playlists export "Sunday morning" -o ~/Music/sunday.m3u8

        polymuse playlists export "Party" -o party.xspf --prefix /mnt/music=/data/music --absolute
    """
    import sys

    from catalog.playlists.places import Places as FilePlaces
    from catalog.playlists.places import parse_mapping
    from catalog.playlists.writing import FORMATS, write
    from cli.filter_words import check_known
    from cli.session import open_library
    from polymuse.paths import normal
    from polymuse.permissions import write_for_user

    to_stdout = out == options.STANDARD_STREAM
    chosen = kind or ("m3u8" if to_stdout else _form(out))
    check_known("format", [chosen], FORMATS)
    form = FORMATS[FORMATS.index(cast("Format", chosen))]
    if absolute and relative_to is not None:
        raise UserError("--absolute and --relative-to cannot be combined", "Leave out one of them")
    folder = relative_to if relative_to is not None or to_stdout else out.parent
    places = FilePlaces(None if absolute or folder is None else str(normal(folder)), parse_mapping(prefix or []))
    with open_library(library=library_name, profile=profile) as library:
        there = find(library.catalog, playlist)
        rows = rows_of(library, there, places, scores=form in ("json", "csv"))
    data = write(form, there.head.name, rows, description=there.head.description, bom=bom)
    if to_stdout:
        sys.stdout.buffer.write(data)
        return
    try:
        same = out.is_file() and out.read_bytes() == data
        if not same and not dry_run:
            with write_for_user(out) as file:
                file.write(data)
    except OSError as error:
        raise UserError(f"Cannot write {out}: {error.strerror}", "Choose another file") from error
    say_line(f"{len(rows)} tracks {'are unchanged' if same else 'would be written' if dry_run else 'written'}: {out}")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="M3U, M3U8, PLS, XSPF, JSON or CSV.")],
    name: Annotated[str, typer.Option(help="Name of the playlist; default: as the file says.")] = "",
    base: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Its paths are relative to this; default: its own folder.")
    ] = None,
    prefix: Annotated[
        list[str] | None,
        typer.Option(metavar="OLD=NEW", help="Where the file says OLD the library has NEW; may be repeated."),
    ] = None,
    skip_unknown: Annotated[
        bool,
        typer.Option("--skip-unknown", help="Leave out lines without a track, which otherwise wait to be indexed."),
    ] = False,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Make a playlist of a file: tracks are found by path, by the end of the path, then by artist and title.

    Exit status 1 if some were not found; they are listed.

    Examples:

        polymuse playlists import ~/Music/party.m3u8

        polymuse playlists import party.m3u --prefix 'M:\\Music=/data/music' --dry-run
    """
    from collections import Counter

    from catalog.playlists.matching import match_lines
    from catalog.playlists.places import parse_origins
    from catalog.playlists.playlist import MAX_NAME
    from catalog.playlists.reading import MAX_FILE, BadPlaylistFileError, read_playlist
    from cli import output
    from cli.progress import say
    from cli.session import open_library
    from polymuse.paths import normal

    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_FILE + 1)
    except OSError as error:
        raise UserError(f"Cannot read {file}: {error.strerror}", "Choose another file") from error
    try:
        read = read_playlist(data, file.name)
    except BadPlaylistFileError as error:  # which of many files it was
        raise BadPlaylistFileError(f"{file}: {error.message}", error.advice) from error
    mapped = parse_origins(prefix or [])
    with open_library(library=library_name, profile=profile) as library:
        matched = match_lines(read, library.catalog, base=str(normal(base or file.parent)), mapped=mapped)
        if not matched:
            raise BadPlaylistFileError(f"{file} names no track", "Choose a playlist")
        kept = [each.entry() for each in matched if each.track is not None or not skip_unknown]
        title = (name or read.name or file.stem)[:MAX_NAME]
        if not dry_run:
            title = library.catalog.create_playlist(title, kept, description=read.description).head.name
    unknown = [each for each in matched if each.track is None]
    for each in matched if as_json else unknown:
        line = each.line
        path, found = next(iter(line.locations), ""), "" if each.track is None else each.track.id
        if as_json:
            output.print_json({"line": line.number, "how": each.how, "id": found, "title": line.title, "path": path})
        else:
            say(output.messages(), f"line {line.number} not found: {path or line.title}")
    counts = Counter(each.how for each in matched if each.how)
    ways = ", ".join(f"{number} by {how}" for how, number in counts.most_common())
    verb = "would have" if dry_run else "has"
    say(output.messages(), f"{title} {verb} {len(kept)} tracks{f': {ways}' if ways else ''}; {len(unknown)} not found.")
    if unknown:
        raise typer.Exit(1)


def write(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="Default: the setting playlists_folder.", show_default=False),
    ] = None,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Write all playlists to a folder as M3U8, smart ones renewed. Files of others there are never touched.

    With the setting playlists_folder (POLYMUSE_PLAYLISTS_FOLDER) this happens after each run of index, watch and serve.

    Examples:

        polymuse playlists write ~/Music/Playlists
    """
    from cli import output
    from cli.playlist_folder import write_all
    from cli.session import open_library
    from polymuse.paths import normal

    with open_library(library=library_name, profile=profile) as library:
        chosen = folder or library.settings.playlists_folder
        if chosen is None:
            raise UserError("No folder is given", "Name one, or set POLYMUSE_PLAYLISTS_FOLDER")
        done = write_all(library, normal(chosen), dry_run=dry_run)
    if as_json:
        output.print_json(
            {"written": done.written, "unchanged": done.unchanged, "removed": done.removed, "left": done.strangers}
        )
        return
    would = "would be " if dry_run else ""
    say_line(
        f"{len(done.written)} {would}written, {len(done.unchanged)} unchanged, {len(done.removed)} {would}removed."
    )
    for name in done.strangers:
        say_line(f"{name} is a file of someone else, and stays.")


def _form(out: Path) -> str:
    suffix = out.suffix.removeprefix(".").lower()
    return "m3u8" if suffix == "m3u" else suffix
