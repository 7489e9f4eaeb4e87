"""How well the starter profile finds music by text in four languages, and music by music.

    python benchmarks/retrieval.py --packages DIR --renders DIR --weights DIR [--vectors FILE.npz] [--json]

Text -> audio: the 18 queries of data/retrieval_eval.json over the labelled tracks that are present, scored by the
cosine of the embedder's vectors. AUC: the chance that a labelled track scores above another one (.5 by chance). P@k:
labelled tracks among the first k = min(10, labelled). The same figures with shuffled labels are printed too.
The words of these queries are names in data/concepts.json, so this is the easy case; the paraphrases below are not.

Audio -> audio: is the nearest other track of the same genre? Tracks of one package sound alike for other reasons, so
the second figure, without neighbours of the same package, is the honest one.
"""

import json
import statistics
from collections.abc import Iterable, Sequence

import numpy as np
from labelled_tracks import LabelledQuery, LabelledTrack, analysed, argument_parser, labelled_queries

from models.starter.embedder import StarterEmbedder

SHUFFLES = 20
GENRES = ("metal", "electronic", "orchestral", "ambient")
PARAPHRASES = (  # not to be added to data/concepts.json
    LabelledQuery(
        {
            "en": "something for a nightclub at 2 am",
            "zh": "凌晨两点俱乐部里放的歌",
            "ja": "深夜二時のナイトクラブで流れる曲",
            "de": "etwas für den Klub um zwei Uhr nachts",
        },
        frozenset({"electronic"}),
        renders_too=False,
    ),
    LabelledQuery(
        {
            "en": "a lady with a wonderful vocal performance",
            "zh": "女歌手动听的嗓音",
            "ja": "女の人の素晴らしい歌いっぷり",
            "de": "eine Dame mit wundervoller Gesangsdarbietung",
        },
        frozenset({"femvox"}),
        renders_too=False,
    ),
    LabelledQuery(
        {
            "en": "headbanging at full volume with shredding riffs",
            "zh": "让人甩头的重型音乐",
            "ja": "ヘッドバンギングしたくなる轟音",
            "de": "Krach zum Headbangen mit harten Riffs",
        },
        frozenset({"metal"}),
        renders_too=False,
    ),
    LabelledQuery(
        {
            "en": "drifting through outer space in zero gravity",
            "zh": "在太空中失重漂浮",
            "ja": "無重力の宇宙を漂う",
            "de": "schwerelos durch das Weltall treiben",
        },
        frozenset({"ambient", "calm"}),
        renders_too=False,
    ),
    LabelledQuery(
        {
            "en": "an evening at the philharmonic",
            "zh": "在音乐厅听爱乐乐团演出",
            "ja": "フィルハーモニーの夕べ",
            "de": "ein Abend in der Philharmonie",
        },
        frozenset({"orchestral"}),
        renders_too=False,
    ),
    LabelledQuery(
        {
            "en": "programmed machines with a pounding four-on-the-floor",
            "zh": "四四拍的电子机器声",
            "ja": "四つ打ちの機械的なサウンド",
            "de": "stampfende Maschinen im Viervierteltakt",
        },
        frozenset({"electronic"}),
        renders_too=False,
    ),
)

NARROWER = (  # "battle" labels what tracks are for, few of them labelled orchestral; the query asks for both
    LabelledQuery(
        {
            "en": "epic orchestral battle music",
            "zh": "史诗管弦乐战斗音乐",
            "es": "música épica orquestal de batalla",
            "ar": "موسيقى معركة ملحمية",
        },
        frozenset({"battle", "orchestral"}),
        renders_too=False,
        needs_all=True,
    ),
)


def main() -> None:
    parser = argument_parser(__doc__, vectors=True)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    options = parser.parse_args()
    found = analysed(options)
    tracks, vectors, embedder = found.tracks, found.vectors, found.embedder
    result = {
        "tracks": {
            "known": found.known,
            "real": sum(bool(t.package) for t in tracks),
            "renders": sum(not t.package for t in tracks),
        },
        "queries": text_to_audio(labelled_queries(), tracks, vectors, embedder),
        "narrower": text_to_audio(NARROWER, tracks, vectors, embedder),
        "paraphrases": text_to_audio(PARAPHRASES, tracks, vectors, embedder),
        "neighbours": audio_to_audio(tracks, vectors),
    }
    print(json.dumps(result, ensure_ascii=False) if options.json else report(result))


def text_to_audio(
    queries: Iterable[LabelledQuery], tracks: Sequence[LabelledTrack], vectors: np.ndarray, embedder: StarterEmbedder
) -> list[dict]:
    """For each query its figures by language, without queries that no present track matches."""
    rows = []
    random = np.random.default_rng(0)
    for query in queries:
        searched = np.array([query.renders_too or bool(track.package) for track in tracks])
        hit = np.array([query.is_met_by(track.labels) for track in tracks])[searched]
        if not hit.any():
            continue
        texts = list(query.texts.values())
        scores = vectors[searched] @ embedder.embed_text(texts).T  # [searched, languages]
        shuffled = [random.permutation(hit) for _ in range(SHUFFLES)]
        rows.append(
            {
                "query": texts[0],
                "hits": int(hit.sum()),
                "of": len(hit),
                "auc": {lang: auc(s, hit) for lang, s in zip(query.texts, scores.T, strict=True)},
                "p": {lang: precision(s, hit) for lang, s in zip(query.texts, scores.T, strict=True)},
                "shuffled_auc": statistics.fmean(auc(s, mixed) for s in scores.T for mixed in shuffled),
                "shuffled_p": statistics.fmean(precision(s, mixed) for s in scores.T for mixed in shuffled),
            }
        )
    return rows


def auc(scores: np.ndarray, hit: np.ndarray) -> float:
    """Share of (hit, other) pairs in which the hit scores higher; ties count half."""
    difference = scores[hit][:, None] - scores[~hit][None, :]
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


def precision(scores: np.ndarray, hit: np.ndarray) -> float:
    """Hits among the first k = min(10, all hits)."""
    k = min(10, int(hit.sum()))
    return float(hit[np.argsort(-scores, kind="stable")[:k]].mean())


def audio_to_audio(tracks: Sequence[LabelledTrack], vectors: np.ndarray) -> dict:
    """Share of tracks whose nearest neighbour is of their genre, among tracks of exactly one of GENRES."""
    chosen = [i for i, track in enumerate(tracks) if track.package and len(track.labels & set(GENRES)) == 1]
    genre = np.array([next(iter(tracks[i].labels & set(GENRES))) for i in chosen])
    package = np.array([tracks[i].package for i in chosen])
    cosines = vectors[chosen] @ vectors[chosen].T
    np.fill_diagonal(cosines, -np.inf)
    others = np.where(package[:, None] == package[None, :], -np.inf, cosines)
    return {
        "tracks": len(chosen),
        "majority": max(float((genre == name).mean()) for name in GENRES),
        "nearest": float((genre[cosines.argmax(1)] == genre).mean()),
        "nearest_of_other_package": float((genre[others.argmax(1)] == genre).mean()),
    }


def report(result: dict) -> str:
    tracks, near = result["tracks"], result["neighbours"]
    present = tracks["real"] + tracks["renders"]
    lines = [f"{present} of {tracks['known']} labelled tracks: {tracks['real']} real, {tracks['renders']} renders"]
    for title, key in (
        ("Queries in known words", "queries"),
        ("The same with all of the labels", "narrower"),
        ("Paraphrases", "paraphrases"),
    ):
        lines += ["", *_table(title, result[key])]
    lines += [
        "",
        f"Nearest track of the same genre ({near['tracks']} tracks, {near['majority']:.2f} by always guessing the most "
        f"usual): {near['nearest']:.2f}, of another package {near['nearest_of_other_package']:.2f}",
    ]
    return "\n".join(lines)


def _table(title: str, rows: list[dict]) -> list[str]:
    languages = list(rows[0]["auc"])
    head = f"{title + ': AUC/P@k':54}{'hits':>9}" + "".join(f"{language:>11}" for language in languages)
    lines = [head + f"{'shuffled':>11}"]
    for row in rows:
        cells = [_cell(row["auc"][language], row["p"][language]) for language in languages]
        cells.append(_cell(row["shuffled_auc"], row["shuffled_p"]))
        lines.append(f"{row['query']:54}{row['hits']:4}/{row['of']:4}" + "".join(cells))
    means = [
        _cell(*(statistics.fmean(row[figure][language] for row in rows) for figure in ("auc", "p")))
        for language in languages
    ]
    means.append(_cell(*(statistics.fmean(row[figure] for row in rows) for figure in ("shuffled_auc", "shuffled_p"))))
    return [*lines, f"{'mean':63}" + "".join(means)]


def _cell(area: float, share: float) -> str:
    return f"{area:.2f}/{share:.2f}".rjust(11)


if __name__ == "__main__":
    main()
