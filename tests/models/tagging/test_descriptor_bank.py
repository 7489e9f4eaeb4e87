"""Banks of users, the vectors of prompts and their cache."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.embedder import AudioEmbedding, Passage, ScoreEmbedding, TextMeaning
from models.tagging.descriptor_bank import (
    BATCH,
    MAX_DESCRIPTORS,
    DescriptorBank,
    bank_hash,
    bank_tagger,
    descriptor_vectors,
    load_bank,
    prior_logistic,
    problems,
)
from models.tagging.state import Fit, TaggingFiles, state_key
from models.tagging.tagger import Descriptor, Statistics
from polymuse.errors import UserError
from polymuse.text import for_terminal


class LetterEmbedder:
    """An embedder whose vectors are the counts of the letters a to z."""

    name, profile, dim, languages = "letters", "letters", 26, ("en",)
    score_suffixes = ()

    def __init__(self, fingerprint: str = "0", text_version: str = "") -> None:
        self.fingerprint = fingerprint
        self.text_version = text_version
        self.batches: list[int] = []

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        self.batches.append(len(texts))
        counts = np.array([[text.lower().count(chr(97 + n)) for n in range(26)] for text in texts], np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    def meanings(self, texts: Sequence[str]) -> list[TextMeaning | None]:
        return [None] * len(texts)

    def passages(self, seconds: float) -> list[Passage]:
        return [Passage(0.0, seconds)]

    def embed_audio(self, waveforms, sample_rate: int) -> list[AudioEmbedding]:
        raise NotImplementedError

    def embed_score(self, path: Path) -> ScoreEmbedding:
        raise NotImplementedError


def entry(slug: str = "calm", **fields: object) -> dict:
    return {"slug": slug, "category": "mood", "names": {"en": slug}, "prompts": ["Calm music."]} | fields


def written(path: Path, *entries: dict) -> Path:
    path.write_text(json.dumps({"descriptors": entries}), encoding="utf-8")
    return path


class TestProblems:
    @pytest.mark.parametrize(
        ("spoilt", "line"),
        [
            (entry(category="moods"), "descriptors[1] (calm).category: must be 'mood', 'genre', 'instruments' or "),
            (entry(stems=["mix", "kazoo"]), "descriptors[1] (calm).stems[1]: must be 'mix', 'vocals', 'drums', 'bass'"),
            (entry(stems=["kazoo"]), "descriptors[1] (calm).stems[0]: must be 'mix', 'vocals', 'drums', 'bass'"),
            (entry(prompts=[]), "descriptors[1] (calm).prompts: must not be empty"),
            (entry(prompts="Calm."), "descriptors[1] (calm).prompts: must be a list"),
            (entry(prompts=["  "]), "descriptors[1] (calm).prompts[0]: must match pattern"),
            (entry(slug="Very calm"), "descriptors[1] (Very calm).slug: must match pattern '^[a-z0-9]"),
            (entry(colour="red"), "descriptors[1] (calm).colour: unknown field; allowed: slug, category, names, "),
            (entry(voice="loud"), "descriptors[1] (calm).voice: must be 'present', 'absent' or 'needed', not 'loud'"),
            (entry(names={"en": "calm", "English": "calm"}), "descriptors[1] (calm).names.English.[key]: must match"),
            (entry(names={"zh": "平静"}), "descriptors[1] (calm).names: must have an English name, en"),
            (entry(slug="sad"), "descriptors[0] and descriptors[1]: the slug 'sad' must be unique"),
            (entry(names={"en": "Sad"}), "names.en: 'sad' must not name two descriptors"),
            (entry(prompts=["a"] * 9), "descriptors[1] (calm).prompts: must have at most 8 items, not 9"),
            ({"slug": "calm"}, "descriptors[1] (calm).category: is missing"),
            ("calm", "descriptors[1]: must be an object"),
        ],
    )
    def test_each_is_a_line_with_its_place(self, spoilt: object, line: str) -> None:
        found = problems({"descriptors": [entry("sad", names={"en": "sad"}), spoilt]})
        assert [told for told in found if told.startswith(line)], found
        assert not any("\n" in told for told in found)

    def test_a_valid_bank_has_none(self) -> None:
        assert (
            problems({"about": "mine", "descriptors": [entry(), entry("sad", voice="needed", stems=["vocals"])]}) == []
        )

    def test_all_are_listed_at_once(self, tmp_path: Path) -> None:
        path = written(tmp_path / "mine.json", entry(category="moods"), entry("sad", prompts=[]))
        with pytest.raises(UserError, match=r"mine\.json") as caught:
            load_bank(path)
        told = str(caught.value)
        assert "problems: descriptors[0] (calm).category: " in told
        assert "; descriptors[1] (sad).prompts: " in told
        assert told == for_terminal(told)  # one line, as all errors

    def test_a_bank_without_end(self) -> None:
        entries = [entry(f"d{n}", names={"en": f"d{n}"}) for n in range(MAX_DESCRIPTORS + 1)]
        assert problems({"descriptors": entries}) == ["descriptors: must have at most 10000 items, not 10001"]
        assert problems({"descriptors": entries[1:]}) == []

    @pytest.mark.parametrize("text", ["", "{", "\xff", "[]", "3"])
    def test_something_else_than_a_bank(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "mine.json"
        path.write_text(text, encoding="latin-1")
        with pytest.raises(UserError, match=r"mine\.json"):
            load_bank(path)

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="No such file"):
            load_bank(tmp_path / "nowhere.json")


class TestVectors:
    AB = Descriptor("ab", "mood", ("a", "b"))
    C = Descriptor("c", "mood", ("cc",))

    def test_are_the_mean_direction_of_the_prompts(self) -> None:
        """(1, 0, 0) and (0, 1, 0) average to (1, 1, 0) / sqrt 2."""
        vectors = descriptor_vectors(LetterEmbedder(), [self.AB, self.C], cache=None)
        assert vectors[:, :3] == pytest.approx(np.array([[0.5**0.5, 0.5**0.5, 0], [0, 0, 1]]))
        assert vectors.dtype == np.float32

    def test_prompts_of_the_shipped_bank_are_encoded_in_batches(self) -> None:
        embedder = LetterEmbedder()
        bank = load_bank().descriptors
        assert descriptor_vectors(embedder, bank, cache=None).shape == (160, 26)
        assert max(embedder.batches) == BATCH
        assert sum(embedder.batches) == sum(len(each.prompts) for each in bank)

    def test_are_encoded_once(self, tmp_path: Path) -> None:
        first = descriptor_vectors(LetterEmbedder(), [self.AB, self.C], tmp_path / "cache")
        again = LetterEmbedder()
        assert np.array_equal(descriptor_vectors(again, [self.AB, self.C], tmp_path / "cache"), first)
        assert again.batches == []
        assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".npy"]

    @pytest.mark.parametrize(
        ("fingerprint", "descriptors"),
        [("1", [AB, C]), ("0", [AB]), ("0", [C, AB]), ("0", [AB, Descriptor("c", "mood", ("d",))])],
    )
    def test_another_embedder_or_bank_has_its_own(
        self, tmp_path: Path, fingerprint: str, descriptors: list[Descriptor]
    ) -> None:
        descriptor_vectors(LetterEmbedder(), [self.AB, self.C], tmp_path)
        other = LetterEmbedder(fingerprint)
        assert len(descriptor_vectors(other, descriptors, tmp_path)) == len(descriptors)
        assert other.batches

    @pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"no array at all"])
    def test_a_damaged_cache_is_computed_again(self, tmp_path: Path, damage: bytes, caplog) -> None:
        vectors = descriptor_vectors(LetterEmbedder(), [self.AB, self.C], tmp_path)
        [path] = tmp_path.iterdir()
        path.write_bytes(damage)
        assert np.array_equal(descriptor_vectors(LetterEmbedder(), [self.AB, self.C], tmp_path), vectors)
        assert path.name in caplog.text
        again = LetterEmbedder()
        descriptor_vectors(again, [self.AB, self.C], tmp_path)
        assert again.batches == []

    def test_a_cache_of_another_shape_is_not_used(self, tmp_path: Path) -> None:
        descriptor_vectors(LetterEmbedder(), [self.AB, self.C], tmp_path)
        [path] = tmp_path.iterdir()
        np.save(path, np.zeros((2, 5), np.float32))
        assert descriptor_vectors(LetterEmbedder(), [self.AB, self.C], tmp_path).shape == (2, 26)

    def test_names_do_not_change_the_hash(self) -> None:
        one, other = (DescriptorBank(load_bank().entries[:2]) for _ in range(2))
        renamed = other.entries[0].model_copy(update={"names": {"en": "x"}})
        moved = other.entries[0].model_copy(update={"stems": ("vocals",)})
        assert bank_hash(DescriptorBank((renamed, other.entries[1])).descriptors) == bank_hash(one.descriptors)
        assert bank_hash(DescriptorBank((moved, other.entries[1])).descriptors) != bank_hash(one.descriptors)


TRACK = {"mix": np.eye(26, dtype=np.float32)[0]}  # all a


class TestBankTagger:
    def files(self, tmp_path: Path) -> TaggingFiles:
        names = "aa", "ab", "bb", "bc"
        bank = written(tmp_path / "mine.json", *(entry(name, prompts=[name]) for name in names))
        return TaggingFiles(bank, tmp_path / "cache", tmp_path / "tagging")

    def test_knows_only_the_prompts_at_first(self, tmp_path: Path) -> None:
        tagger = bank_tagger(LetterEmbedder(), self.files(tmp_path))
        assert tagger.calibration.baseline == "prompts"
        confidences = tagger.confidences(TRACK)
        assert list(confidences) == ["aa", "ab", "bb", "bc"]
        assert min(confidences["aa"], confidences["ab"]) > max(confidences["bb"], confidences["bc"])

    def test_uses_the_state_of_the_library(self, tmp_path: Path) -> None:
        """aa: (1 - .5) / .25 = 2, then 1 * 2 - 1 = 1."""
        files = self.files(tmp_path)
        state = files.state_of(bank_hash(load_bank(files.bank).descriptors), "0")
        assert state is not None
        state.save_statistics(Statistics(50, {"mix": dict.fromkeys(("aa", "ab", "bb", "bc"), (0.5, 0.25))}))
        state.save_fit(Fit({"mood": (1.0, -1.0)}, "library"))
        tagger = bank_tagger(LetterEmbedder(), files)
        assert tagger.calibration.baseline == "library"
        assert tagger.confidences(TRACK)["aa"] == pytest.approx(1 / (1 + np.exp(-1)), abs=1e-4)

        state.save_statistics(None)  # the fit was for other scores
        assert bank_tagger(LetterEmbedder(), files).calibration.logistic == prior_logistic()

    def test_another_embedder_does_not(self, tmp_path: Path) -> None:
        files = self.files(tmp_path)
        state = files.state_of(bank_hash(load_bank(files.bank).descriptors), "0")
        assert state is not None
        state.save_statistics(Statistics(50, {"mix": dict.fromkeys(("aa", "ab", "bb", "bc"), (0.5, 0.25))}))
        assert bank_tagger(LetterEmbedder("1"), files).calibration.baseline == "prompts"

    def test_state_that_is_damaged_is_an_error(self, tmp_path: Path) -> None:
        files = self.files(tmp_path)
        key = state_key(bank_hash(load_bank(files.bank).descriptors), "0")
        (tmp_path / "tagging").mkdir()
        (tmp_path / "tagging" / f"statistics-{key}.json").write_text("{")
        with pytest.raises(UserError, match=r"statistics-.*Remove it"):
            bank_tagger(LetterEmbedder(), files)

    def test_prior_is_the_log_odds_of_two_normal_distributions(self) -> None:
        """2 of 40 genres: ln(.05 / .95) - 2^2 / 2 = -2.944 - 2."""
        assert prior_logistic()["genre"] == pytest.approx((2.0, -4.944), abs=1e-3)
