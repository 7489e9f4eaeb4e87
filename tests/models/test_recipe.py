from pathlib import Path

from models.recipe import Recipe
from models.separator import SeparationSpec
from models.tagging.state import TaggingFiles
from polymuse.home import Home


def test_the_parts_of_an_analyzer_come_from_one_recipe() -> None:
    spec = SeparationSpec(("vocals",), device="cuda:1")
    recipe = Recipe(Home(Path("/home")), "clamp3", spec, max_seconds=60.0, bank=Path("/bank.json"))
    assert recipe.stems == ("vocals",)
    assert recipe.device == "cuda:1"  # that of the embedder too
    assert recipe.tagging_files == TaggingFiles(
        Path("/bank.json"), cache=Path("/home/models/cache"), state=Path("/home/tagging")
    )
