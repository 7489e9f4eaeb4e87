"""`tests/a/test_b.py` tests `a/b.py`; what does not stands in a list here, until it does."""

import ast
from pathlib import Path

from tests.helpers.paths import ROOT

TESTS = ROOT / "tests"
PACKAGES = ("polymuse", "cli", "indexer", "search_api", "players", "catalog", "models", "data", "beetsplug")
ACROSS_MODULES = {  # modules of tests, or folders of them -> why they mirror no module
    "benchmarks": "campaigns of attacks, and scripts that are no package",
    "beetsplug/polymuse/test_command.py": "the plugin as beets runs it",
    "catalog/test_congruence.py": "all engines against each other",
    "catalog/test_imports.py": "what an import of the package loads",
    "catalog/test_query_properties.py": "what holds for every query",
    "catalog/names/test_found_names.py": "names over every engine",
    "catalog/understanding/test_languages.py": "the same sentences in all languages",
    "catalog/understanding/test_understanding_properties.py": "what holds for every text",
    "cli/test_scores_in_library.py": "scores from a folder to every command",
    "cli/test_indexing_service.py": "a service that indexes, with all its routes",
    "cli/report/test_report_browser.py": "the report in a browser",
    "data": "files of data",
    "deployment": "Dockerfile, docker-compose.yml and docs/deploying.md",
    "docs": "guides and figures of docs/",
    "indexer/service/test_service_jobs.py": "what a service tells of its jobs, mostly without a library",
    "models/audio/test_malformed.py": "damaged files through every way in",
    "models/clamp3/test_xlmr_vocabulary.py": "the tokenizer with the published vocabulary",
    "models/test_embedder_contract.py": "what every embedder promises",
    "models/test_profiles.py": "the registry, a package",
    "models/test_public_face.py": "what the packages export",
    "models/test_separator_contract.py": "what every separator promises",
    "models/test_separators.py": "the registry, a package",
    "models/weights/test_downloaded_weights.py": "from a download to a network, through all modules",
    "players/navidrome/test_plugin.py": "plugin.c, compiled",
    "search_api/test_hostile.py": "attacks on the whole service",
    "search_api/test_qdrant_server.py": "several services over one server",
    "search_api/web": "the page in a browser",
    "test_mirror.py": "this one",
}
COVERED_BY = {  # modules without tests of their own -> the tests that run them
    "beetsplug/polymuse/attributes.py": "beetsplug/polymuse/test_command.py",
    "beetsplug/polymuse/matching.py": "beetsplug/polymuse/test_command.py",
    "beetsplug/polymuse/program.py": "beetsplug/polymuse/test_command.py",
    "beetsplug/polymuse/tracks.py": "beetsplug/polymuse/test_service.py",
    "models/bs_roformer/other_architectures.py": "models/bs_roformer/test_checkpoint.py",
    "catalog/names/candidates.py": "catalog/names/test_index.py",
    "catalog/understanding/name_words.py": "catalog/understanding/test_naming.py",
    "catalog/understanding/placed_names.py": "catalog/understanding/test_naming.py",
    "catalog/understanding/trimming.py": "catalog/understanding/test_negation.py",
    "catalog/names/common_words.py": "catalog/names/test_index.py",
    "catalog/names/parts.py": "catalog/names/test_index.py",
    "catalog/names/phrases.py": "catalog/names/test_index.py",
    "catalog/names/reading.py": "catalog/names/test_library_names.py",
    "catalog/names/word_index.py": "catalog/names/test_index.py",
    "catalog/song_types.py": "catalog/songs/test_titles.py",
    "catalog/songs/artists.py": "catalog/songs/test_comparing.py",
    "catalog/songs/places.py": "catalog/songs/test_resolving.py",
    "catalog/playlists/file_shelf.py": "catalog/playlists/test_playlist_store.py",
    "catalog/playlists/playlist.py": "catalog/playlists/test_changes.py",
    "catalog/playlists/records.py": "catalog/playlists/test_playlist_store.py",
    "catalog/playlists/server_shelf.py": "catalog/playlists/test_playlist_store.py",
    "catalog/playlists/shelf.py": "catalog/playlists/test_playlist_store.py",
    "catalog/playlists/writing.py": "catalog/playlists/test_reading.py",
    "cli/commands/players.py": "cli/test_playlist_push.py",
    "players/jellyfin.py": "players/test_servers.py",
    "players/lyrion.py": "players/test_servers.py",
    "players/plex.py": "players/test_servers.py",
    "players/server.py": "players/test_servers.py",
    "players/subsonic.py": "players/test_servers.py",
    "search_api/agents/answers.py": "search_api/agents/test_reading_tools.py",
    "search_api/agents/filter_help.py": "search_api/agents/test_http.py",
    "search_api/agents/server.py": "search_api/agents/test_http.py",
    "search_api/agents/track_report.py": "search_api/agents/test_http.py",
    "cli/commands/mcp.py": "search_api/agents/test_stdio.py",
    "search_api/library_vectors.py": "search_api/library_map/test_file.py",
    "cli/clusters.py": "cli/commands/test_clusters.py",
    "search_api/saved_searches.py": "search_api/routes/test_playlists.py",
    "cli/playlist_files.py": "cli/commands/test_playlists.py",
    "cli/playlist_folder.py": "cli/commands/test_playlists.py",
    "cli/playlists.py": "cli/commands/test_playlists.py",
    "search_api/playlist_folder.py": "cli/commands/test_playlists.py",
    "cli/reembedding.py": "cli/commands/test_migrate.py",
    "search_api/upload_form.py": "search_api/routes/test_search_audio.py",
    "indexer/tag_writing/mp3.py": "indexer/tag_writing/test_containers.py",
    "indexer/tag_writing/flac.py": "indexer/tag_writing/test_containers.py",
    "indexer/tag_writing/ogg.py": "indexer/tag_writing/test_containers.py",
    "indexer/tag_writing/mp4.py": "indexer/tag_writing/test_containers.py",
    "indexer/tag_writing/iff.py": "indexer/tag_writing/test_containers.py",
    "indexer/tag_writing/id3_tag.py": "indexer/tag_writing/test_containers.py",
    "indexer/tag_writing/vorbis_comments.py": "indexer/tag_writing/test_containers.py",
    "indexer/tag_writing/other_tags.py": "indexer/tag_writing/test_containers.py",
    "indexer/tag_writing/digests.py": "indexer/tag_writing/test_containers.py",
    "indexer/tag_writing/fields.py": "indexer/tag_writing/test_containers.py",
    "indexer/tag_writing/attributes.py": "indexer/tag_writing/test_writing.py",
    "indexer/tag_writing/file_locks.py": "indexer/tag_writing/test_writing.py",
    "indexer/tag_writing/replacing.py": "indexer/tag_writing/test_writing.py",
    "indexer/tag_writing/run_journal.py": "indexer/tag_writing/test_writing.py",
    "indexer/tag_writing/planning.py": "indexer/tag_writing/test_writing.py",
    "indexer/tag_writing/wanted.py": "indexer/tag_writing/test_writing.py",
    "indexer/written_tags.py": "indexer/tag_writing/test_writing.py",
    "cli/tag_changes.py": "cli/commands/test_write_tags.py",
    "models/check/files.py": "models/check/test_check.py",
    "models/check/row.py": "models/check/test_check.py",
    "polymuse/key_names.py": "polymuse/test_musical_keys.py",
    "polymuse/priority.py": "cli/test_low_impact.py",
    "indexer/workers/workers.py": "indexer/workers/test_gpu_workers.py",
    "indexer/workers/gpu_process.py": "indexer/workers/test_gpu_workers.py",
    "indexer/workers/ray_machine.py": "indexer/workers/test_ray_workers.py",
}


def has_code(path: Path) -> bool:
    """Whether it has a function that does something, not only constants, fields and protocols."""
    functions = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef))
    lines = (line for function in functions for line in function.body)
    return any(not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)) for line in lines)


def mirror(module: str) -> str:
    return str(Path(module).with_name(f"test_{Path(module).name}"))


MODULES = {
    str(path.relative_to(ROOT)): path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if path.name not in ("__init__.py", "__main__.py")
}
MODULES_OF_TESTS = {str(path.relative_to(TESTS)) for path in TESTS.rglob("test_*.py")}


def test_a_module_of_tests_mirrors_a_module_or_says_why_not() -> None:
    without = MODULES_OF_TESTS - {mirror(module) for module in MODULES}
    reasons = {test: next((key for key in ACROSS_MODULES if Path(test).is_relative_to(key)), None) for test in without}
    assert {test for test, reason in reasons.items() if reason is None} == set(), (
        "add them to ACROSS_MODULES, or rename them"
    )
    assert ACROSS_MODULES.keys() - set(reasons.values()) == set(), "take them off the list"


def test_a_module_with_code_has_tests_or_says_which_run_it() -> None:
    without = {name for name, path in MODULES.items() if mirror(name) not in MODULES_OF_TESTS and has_code(path)}
    assert without - COVERED_BY.keys() == set(), "write tests for them, or add them to COVERED_BY"
    assert COVERED_BY.keys() - without == set(), "take them off the list"
    assert set(COVERED_BY.values()) - MODULES_OF_TESTS == set(), "no such tests"
