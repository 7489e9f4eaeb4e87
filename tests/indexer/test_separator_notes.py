"""What a run says about stems of other separators."""

from pathlib import Path

from indexer.comparing import Plan
from indexer.separator_notes import with_notes
from models.importing import import_weights
from models.profiles import PROFILES
from models.recipe import Recipe
from models.separator import SeparationSpec
from models.weights.store import WeightStore
from polymuse.home import Home
from tests.helpers.paths import TINY_ROFORMER

MADE_WITH = {"embedder": "e1", "separator": "a" * 64}
OLD = "0123456789ab" + "c" * 52


def plan(**separators: tuple[int, int]) -> Plan:
    return Plan((), (), (), other_separators=separators)


def test_there_is_nothing_to_say_of_a_library_with_one_separator(tmp_path: Path) -> None:
    noted = with_notes(plan(), Recipe(Home(tmp_path), "clamp3", SeparationSpec(), 60.0), MADE_WITH)
    assert noted == plan()


def test_each_separator_is_named_and_counted(tmp_path: Path) -> None:
    store = WeightStore(tmp_path / "models")
    import_weights(store, {"bs_roformer_vocals": [TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"]})
    roformer = PROFILES["clamp3"].separator_fingerprint(store, SeparationSpec())
    recipe = Recipe(Home(tmp_path), "clamp3", SeparationSpec(separator="spleeter"), 60.0)
    noted = with_notes(plan(**{roformer: (300, 0), OLD: (12, 1)}), recipe, MADE_WITH)
    assert noted.renewed == (
        "312 tracks have stems by bs_roformer (300), another separator (0123456789ab) (12); the run makes them again "
        "with another separator (aaaaaaaaaaaa)."
    )
    assert noted.unlike == (
        "Elsewhere, 1 track has stems by another separator (0123456789ab); `polymuse index` on their folders makes "
        "them with another separator (aaaaaaaaaaaa) as well."
    )


def test_stems_of_one_separator_can_be_kept(tmp_path: Path) -> None:
    """Whoever forgets the flag of the first run would have days of work."""
    store = WeightStore(tmp_path / "models")
    import_weights(store, {"bs_roformer_vocals": [TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"]})
    roformer = PROFILES["clamp3"].separator_fingerprint(store, SeparationSpec())
    recipe = Recipe(Home(tmp_path), "clamp3", SeparationSpec(separator="spleeter"), 60.0)
    assert with_notes(plan(**{roformer: (3, 1)}), recipe, MADE_WITH).renewed == (
        "3 tracks have stems by bs_roformer; the run makes them again with another separator (aaaaaaaaaaaa). "
        "--separator bs_roformer (setting separator) keeps them."
    )
    assert "keeps them" not in with_notes(plan(**{OLD: (3, 0)}), recipe, MADE_WITH).renewed
