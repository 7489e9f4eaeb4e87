"""Names of the library in texts, over every engine."""

from collections.abc import Callable

import pytest

from catalog.catalog import Catalog
from catalog.names.found_name import FoundName
from catalog.track import Entry

MakeEntry = Callable[..., Entry]


@pytest.fixture
def library(catalog: Catalog, entry: MakeEntry) -> Catalog:
    catalog.upsert(
        [
            entry(1, title="Gymnopédie No. 1", artist="Erik Satie", album="Piano Works", genres=("Classical",)),
            entry(2, title="Gnossienne No. 3", artist="Erik Satie", album="Piano Works", genres=("Classical",)),
            entry(3, title="Лебединое озеро", artist="Чайковский", composers=("Пётр Чайковский",)),
        ]
    )
    return catalog


class TestSpellings:
    @pytest.mark.parametrize(
        "text", ["Gymnopédie No. 1", "gymnopedie no 1", "GYMNOPE\u0301DIE   No.1!", "ｇymnopédie no 1"]
    )
    def test_case_accents_and_signs_do_not_matter(self, library: Catalog, text: str) -> None:
        assert library.find_names(text)[0] == FoundName(
            "title", "Gymnopédie No. 1", 0, len(text.rstrip("!")), 0, True, 1
        )

    def test_scripts_do_not_matter(self, library: Catalog) -> None:
        assert library.find_names("chaikovskii")[0] == FoundName("artist", "Чайковский", 0, 11, 0, True, 1)
        assert library.find_names("ЧАЙКОВСКИЙ")[0] == FoundName("artist", "Чайковский", 0, 10, 0, True, 1)


class TestWhere:
    def test_within_a_text_the_longest_first(self, library: Catalog) -> None:
        found = library.find_names("something by erik satie, classical")
        assert found[0] == FoundName("artist", "Erik Satie", 13, 23, 0, True, 2)
        assert FoundName("genre", "Classical", 25, 34, 0, True, 2) in found

    def test_nothing_in_nothing(self, library: Catalog) -> None:
        assert library.find_names("") == library.find_names("  ?!  ") == library.find_names("satie", limit=0) == []


class TestFreshness:
    def test_what_is_written_is_found(self, library: Catalog, entry: MakeEntry) -> None:
        library.upsert([entry(4, title="Vexations", artist="Erik Satie")])
        assert library.find_names("vexations")[0].value == "Vexations"
        assert library.find_names("erik satie")[0].tracks == 3
        library.delete([entry(4).track.id])
        assert library.find_names("vexations") == []
        assert library.find_names("erik satie")[0].tracks == 2
