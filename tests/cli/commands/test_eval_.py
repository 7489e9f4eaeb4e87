"""`polymuse eval` as a user runs it."""

import json
from pathlib import Path

import pytest

from tests.helpers.command_line import Run, lines
from tests.helpers.tones import write_tone

pytestmark = pytest.mark.slow


class TestEval:
    def test_ranks_are_those_of_search(self, polymuse: Run, tmp_path: Path) -> None:
        music = tmp_path / "music"
        for name, frequency in (("low", 110), ("middle", 440), ("high", 1760)):
            write_tone(music / f"{name}.wav", frequency)
        assert polymuse("index", music, "--stems", "none").returncode == 0
        texts = {"en": "guitar", "zh": "钢琴"}
        order = {}
        for language, text in texts.items():
            hits = lines(polymuse("search", text, "--json"))
            order[language] = [(Path(hit["paths"][0]).name, hit["id"]) for hit in hits]
        first, second, third = order["en"]
        queries = [
            {"text": texts["en"], "language": "en", "relevant": [f"music/{third[0]}"]},
            {"text": texts["en"], "language": "en", "relevant": [f"music/{third[0]}", second[1]]},
            {"text": texts["zh"], "language": "zh", "relevant": [str(music / order["zh"][0][0])]},
            {"text": "drums", "relevant": ["music/gone.wav"]},
        ]
        file = tmp_path / "queries.jsonl"
        file.write_text("\n\n".join(json.dumps(query) for query in queries))

        result = polymuse("eval", file, "--json")
        # ranks 3, 2 and 1: MRR of en (1/3 + 1/2) / 2, of all (1/3 + 1/2 + 1) / 3
        english, chinese, both = lines(result)
        assert english == {
            "language": "en",
            "queries": 2,
            "mrr": 0.4167,
            "hit@1": 0.0,
            "hit@10": 1.0,
            "hit@100": 1.0,
            "median_rank": 2.5,
        }
        assert (chinese["language"], chinese["mrr"], chinese["hit@1"]) == ("zh", 1.0, 1.0)
        assert (both["language"], both["mrr"], both["median_rank"]) == (None, 0.6111, 2.0)
        assert (both["tracks"], both["left_out"], both["profile"]) == (3, 1, "starter")
        assert result.returncode == 1
        assert "left out, none of its tracks is in the library: drums" in result.stderr

        assert first[0] not in result.stdout
        file.write_text(json.dumps(queries[-1]))
        nothing = polymuse("eval", file)
        assert nothing.returncode == 2
        assert "No query names a track of the library" in nothing.stderr

    def test_a_task_prints_its_figures(self, polymuse: Run, tmp_path: Path) -> None:
        file = tmp_path / "situations.jsonl"
        file.write_text('{"text": "calm piano", "language": "en", "right": ["calm", "piano"], "wrong": ["metal"]}')
        result = polymuse("eval", "situations", "--file", file, "--json")
        english, every, chance = lines(result)
        assert (english["task"], english["by"], english["language"]) == ("situations", "language", "en")
        assert english["best right"] == every["one of three right"] == 1.0
        assert (every["one of three wrong"], every["profile"]) == (0.0, "starter")
        assert chance["best right"] == round(2 / 70, 4)

        table = polymuse("eval", "situations", "--file", file)
        header = " ".join(table.stdout.splitlines()[0].split())
        assert header == "language sentences best right one of three right one of three wrong sure"
        assert "1 sentences, profile starter" in table.stderr

        wrong = polymuse("eval", "nothing", "--file", file)
        assert wrong.returncode == 2
        assert "--file goes with a task, and 'nothing' is none" in wrong.stderr
