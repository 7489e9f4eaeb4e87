"""What a profile with nothing but a name and an embedder is given."""

from pathlib import Path

import pytest

from models.embedder import Embedder
from models.profiles.profile import Profile
from models.separator import SeparationSpec
from models.tagging.descriptor_bank import load_bank
from models.weights.store import WeightStore
from polymuse.errors import UserError


class Plain(Profile):
    name = "plain"

    def embedder(self, store: WeightStore, device: str) -> Embedder:
        raise NotImplementedError


@pytest.mark.parametrize("method", [Plain.separator, Plain.separator_fingerprint])
def test_there_is_no_separator(tmp_path: Path, method) -> None:
    with pytest.raises(UserError, match="Profile plain has no separator") as caught:
        method(Plain(), WeightStore(tmp_path), SeparationSpec(("vocals",)))
    assert "--stems none" in caught.value.advice


def test_all_descriptors_can_be_expressed() -> None:
    piano, organ = (each for each in load_bank().descriptors if each.slug in {"piano", "organ"})
    assert Plain().expressible([piano, organ]) == {"piano", "organ"}


def test_there_is_nothing_to_prepare(tmp_path: Path) -> None:
    Plain().prepare(WeightStore(tmp_path), lambda step: pytest.fail(str(step)))
    assert list(tmp_path.iterdir()) == []
