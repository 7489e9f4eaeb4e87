"""`polymuse playlists`."""

from pathlib import Path

import pytest

from tests.helpers.command_line import answers, invoke, run_here


def titles(name: str) -> list[str]:
    return [answer["title"] for answer in answers("playlists", "show", name)]


@pytest.mark.usefixtures("library")
class TestPlaylists:
    def test_from_making_one_to_bringing_it_back(self) -> None:
        [made] = answers("playlists", "create", "Mine", "/music/piano.ogg", "/music/choir.ogg")
        assert (made["name"], made["count"]) == ("Mine", 2)
        invoke("playlists", "add", "mine", "--where", "artist:A", "--at", "2")
        assert titles("Mine") == ["Piano", "Piano", "Techno", "Choir"]
        invoke("playlists", "remove", "Mine", "1")
        invoke("playlists", "move", "Mine", "3", "--to", "1")
        assert titles("Mine") == ["Choir", "Piano", "Techno"]
        invoke("playlists", "order", "Mine", "--by", "title", "--reverse")
        assert titles("Mine") == ["Techno", "Piano", "Choir"]
        invoke("playlists", "rename", "Mine", "Yours")
        invoke("playlists", "delete", "Yours")
        assert answers("playlists", "list") == []
        assert [each["name"] for each in answers("playlists", "list", "--removed")] == ["Yours"]
        invoke("playlists", "restore", "Yours")
        assert titles(made["id"]) == ["Techno", "Piano", "Choir"]

    def test_searches_and_the_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = tmp_path / "lists"
        monkeypatch.setenv("POLYMUSE_PLAYLISTS_FOLDER", str(folder))
        invoke("playlists", "create", "One", "--query", "techno", "-n", "1")
        invoke("playlists", "create", "Smart", "--smart", "--where", "artist:B")
        assert (titles("One"), titles("Smart")) == (["Techno"], ["Choir"])
        [done] = answers("playlists", "write")
        assert sorted(done["written"]) == ["One.m3u8", "Smart.m3u8"]
        path = "../" * (len(folder.parts) - 1) + "music/choir.ogg"
        assert (folder / "Smart.m3u8").read_text() == f"#EXTM3U\n#PLAYLIST:Smart\n#EXTINF:60,B - Choir\n{path}\n"

    def test_files_in_and_out(self, tmp_path: Path) -> None:
        invoke("playlists", "create", "Trip", "/music/piano.ogg", "/music/choir.ogg")
        file = tmp_path / "a.m3u8"
        invoke("playlists", "export", "Trip", "-o", str(file))
        before = file.stat().st_mtime_ns
        assert "unchanged" in invoke("playlists", "export", "Trip", "-o", str(file)).stderr
        assert file.stat().st_mtime_ns == before
        invoke("playlists", "import", str(file), "--name", "Again")
        assert titles("Again") == ["Piano", "Choir"]
        (tmp_path / "b.m3u").write_bytes(b"#EXTM3U\nM:\\x\\piano.ogg\n/gone.ogg\n")
        result = run_here(
            *(
                "playlists",
                "import",
                tmp_path / "b.m3u",
                "--prefix",
                "M:\\x=/music",
                "--dry-run",
                "--profile",
                "starter",
            )
        )
        assert result.returncode == 1
        assert "line 3 not found: /gone.ogg" in result.stderr
        assert "b would have 2 tracks: 1 by path; 1 not found." in result.stderr
        (tmp_path / "c.m3u").write_bytes(b"\0" * 40)
        result = run_here("playlists", "import", tmp_path / "c.m3u", "--profile", "starter")
        assert (result.returncode, "c.m3u: The file is not text" in result.stderr) == (1, True)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("show", "Nothing"), "There is no playlist Nothing"),
            (("create", "X", "--smart"), "A smart playlist is a search"),
            (("import", "/nowhere.m3u"), "Cannot read"),
        ],
    )
    def test_what_cannot_be_done_is_said(self, arguments: tuple[str, ...], message: str) -> None:
        result = run_here("playlists", *arguments, "--profile", "starter")
        assert (result.returncode, message in result.stderr) == (2, True)
