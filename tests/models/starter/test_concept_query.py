"""Weights over concepts: of names, and of other words by their meaning."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.embedder import TextMeaning
from models.starter.concept_query import AliasEncoder, ConceptQuery
from models.starter.concepts import ConceptTable, load_concepts
from polymuse.errors import UserError
from tests.helpers.searching import examples

FULL = load_concepts()
SMALL_SLUGS = ("piano", "drums", "fast", "slow", "female-vocals", "male-vocals")


@pytest.fixture(scope="module")
def small() -> ConceptTable:
    """A few concepts, so that the encoder has a few hundred names to read instead of thousands."""
    return replace(FULL, concepts=tuple(c for c in FULL.concepts if c.slug in SMALL_SLUGS))


@pytest.fixture(scope="module")
def query(small: ConceptTable) -> ConceptQuery:
    return ConceptQuery(small, cache=None)


@pytest.fixture(scope="module")
def all_concepts() -> ConceptQuery:
    return ConceptQuery(FULL, cache=None)


def weights(query: ConceptQuery, table: ConceptTable, text: str) -> dict[str, float]:
    return {slug: float(w) for slug, w in zip(table.slugs, query.weights(text), strict=True) if w}


class TestWeights:
    def test_names_weigh_one_and_unwanted_ones_minus_one(self, query: ConceptQuery, small: ConceptTable) -> None:
        assert weights(query, small, "fast piano, no drums") == {"fast": 1, "piano": 1, "drums": -1}

    def test_a_name_said_twice_weighs_one(self, query: ConceptQuery, small: ConceptTable) -> None:
        assert weights(query, small, "piano piano") == {"piano": 1}

    def test_inflected_names_are_understood_by_meaning(self, query: ConceptQuery, small: ConceptTable) -> None:
        """ "барабанов" (genitive) is not in the table: the nearest names are forms of the same word."""
        understood = weights(query, small, "пианино без барабанов")
        assert understood["piano"] == pytest.approx(1, abs=0.05)
        assert understood["drums"] < -0.9

    def test_words_next_to_a_name_that_mean_nothing_here_are_left_out(
        self, query: ConceptQuery, small: ConceptTable
    ) -> None:
        assert weights(query, small, "piano for my tax declaration") == {"piano": 1}

    def test_words_that_nearly_name_a_concept_are_spread_over_the_nearest(
        self, query: ConceptQuery, small: ConceptTable
    ) -> None:
        spread = weights(query, small, "a lady's voice")
        assert sum(spread.values()) == pytest.approx(1)
        assert max(spread, key=lambda slug: spread[slug]) == "female-vocals"

    @pytest.mark.parametrize(
        ("text", "wanted", "unwanted"),
        [
            ("can't keep my eyes open, put me under", "slow", "fast"),
            ("पहाड़ी सड़क पर तेज़ दौड़", "fast", "slow"),
        ],
    )
    def test_situations_mean_what_they_were_learnt_to_mean(
        self, query: ConceptQuery, small: ConceptTable, text: str, wanted: str, unwanted: str
    ) -> None:
        understood = weights(query, small, text)
        assert understood[wanted] > 0 > understood.get(unwanted, -1)

    @pytest.mark.parametrize("text", ["music for cleaning the house", "Musik zum Putzen", "музыка для уборки"])
    def test_what_music_is_for_names_no_kind_of_music(self, all_concepts: ConceptQuery, text: str) -> None:
        best = [slug for slug, weight in all_concepts.meaning(text).concepts if weight > 0][:4]
        assert {"happy", "energetic"} & {*best}
        assert not {"house", "ambient", "easy-listening"} & {*best}

    def test_a_situation_beside_a_name_weighs_less_than_it(self, query: ConceptQuery, small: ConceptTable) -> None:
        understood = weights(query, small, "piano for falling asleep on a night train")
        assert understood["piano"] == 1
        assert 0 < understood["slow"] <= 0.5

    def test_opposites_never_come_together(self, query: ConceptQuery, small: ConceptTable) -> None:
        """To the encoder "speeding" is near "fast" and "slow" both."""
        spread = weights(query, small, "speeding along")
        assert "fast" in spread
        assert "slow" not in spread

    @pytest.mark.parametrize("text", ["", "  ", "!?…", "\0", "🎵", "a" * 1001])
    def test_texts_without_words_or_too_long_are_refused(self, query: ConceptQuery, text: str) -> None:
        with pytest.raises(UserError, match=r"no words|1001 characters"):
            query.weights(text)

    def test_words_in_a_script_that_the_encoder_cannot_read_are_refused(self, query: ConceptQuery) -> None:
        with pytest.raises(UserError, match="does not know the words 'শান্ত'"):
            query.weights("শান্ত")

    def test_marks_shared_by_scripts_are_no_script(self, query: ConceptQuery) -> None:
        """ー and 々 are neither kana nor Han to Unicode."""
        assert query.weights("スーパーの人々").any()

    def test_unreadable_words_next_to_a_name_are_left_out(self, query: ConceptQuery, small: ConceptTable) -> None:
        assert weights(query, small, "শান্ত পিয়ানো piano") == {"piano": 1}

    @examples(50)
    @given(st.text(max_size=20))
    def test_any_text_gives_finite_weights_or_a_user_error(self, query: ConceptQuery, text: str) -> None:
        try:
            given_weights = query.weights(text)
        except UserError:
            return
        assert np.isfinite(given_weights).all()
        assert given_weights.any()


class TestMeaning:
    def test_has_the_weights_by_size(self, query: ConceptQuery) -> None:
        assert query.meaning("fast piano, no drums") == TextMeaning(
            (("piano", 1), ("drums", -1), ("fast", 1)), sure=True
        )

    @pytest.mark.parametrize("text", ["candlelight dinner for two", "凌晨三点一个人开车", "फ़सल कटने पर गाँव का नाच"])
    def test_a_situation_is_sure(self, query: ConceptQuery, text: str) -> None:
        meaning = query.meaning(text)
        assert meaning.sure
        assert meaning.concepts

    @pytest.mark.parametrize("text", ["qwertyuiop asdf", "パスワードを再設定する方法", "my tax declaration"])
    def test_what_is_about_anything_else_is_not(self, query: ConceptQuery, text: str) -> None:
        assert not query.meaning(text).sure

    @pytest.mark.parametrize("text", ["qwxz vrrpt klmfd", "zzkq jjhw", "vrrpt", "klmfd"])
    def test_letters_that_no_language_writes_so_are_not(self, all_concepts: ConceptQuery, text: str) -> None:
        """By their vectors most of them nearly are a name."""
        assert not all_concepts.meaning(text).sure

    def test_such_letters_change_nothing_beside_a_name(self, all_concepts: ConceptQuery) -> None:
        assert all_concepts.meaning("piano vrrpt klmfd") == all_concepts.meaning("piano")

    def test_asking_does_not_change_the_answer(self, query: ConceptQuery) -> None:
        before = query.weights("fast piano")
        before[:] = 5
        assert query.weights("fast piano").max() == 1


class TestAliasCache:
    def test_second_encoder_reads_what_the_first_wrote(self, small: ConceptTable, tmp_path: Path) -> None:
        assert AliasEncoder(small, tmp_path).cosines("grand piano").max() == pytest.approx(1)
        (file,) = tmp_path.iterdir()
        np.save(file, np.zeros_like(np.load(file)))
        assert AliasEncoder(small, tmp_path).cosines("grand piano").max() == 0

    def test_a_damaged_file_is_computed_again(self, small: ConceptTable, tmp_path: Path) -> None:
        first = AliasEncoder(small, tmp_path).cosines("grand piano")
        (file,) = tmp_path.iterdir()
        file.write_bytes(file.read_bytes()[:5000])
        assert np.array_equal(AliasEncoder(small, tmp_path).cosines("grand piano"), first)
        assert len(np.load(file)) == len(small.aliases())

    def test_without_a_place_to_write_queries_still_work(self, small: ConceptTable, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way of the directory")
        assert AliasEncoder(small, tmp_path / "file" / "cache").cosines("grand piano").shape == (len(SMALL_SLUGS),)
