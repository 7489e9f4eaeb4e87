"""How well names of a library are found in texts, how fast, and what a genre should weigh in the ranking.

    pip install music21
    python benchmarks/names.py accuracy --music ~/Music
    python benchmarks/names.py speed --tracks 200000 --tracks 1000000
    python benchmarks/names.py reading /tmp/store --tracks 50000
    python benchmarks/names.py fusion

**Accuracy.** Artists, albums, titles and composers from the tags of a folder, the titles of the tunes of music21's
corpus (11,000 in a dozen languages), and WORKS, which are in the public domain. Each is typed as it is, in small
letters without accents, and with one random error: a letter more, less, another one, or two exchanged, at any place.
The first name found must fold to the same words.

**Speed.** A library of random titles of common and rare words, a tenth as many artists and albums, a fiftieth as many
composers. Times are on the clock and of the processor.

**Reading.** Counting the names of an embedded store, by facets and by reading all tracks.

**Fusion.** 3,000 tracks in 30 genres whose tags are missing or wrong for some; queries ask for a genre and a sound in
it. Mean average precision at 50 of tracks that are of both.
"""

import argparse
import random
import string
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import mutagen
import numpy as np

from benchmarks.search import track_id
from catalog.candidates import Pool, Ranked
from catalog.catalog import Catalog
from catalog.engine import ANYTHING, walk
from catalog.fusion import OF_GENRE, fused
from catalog.named_tracks import GENRE, Named
from catalog.names.folding import words_of
from catalog.names.found_name import NameField
from catalog.names.index import NameIndex
from catalog.names.reading import Counts, names_of, read_names
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from catalog.understanding.common_words import common_words

SEED = 0
MOST = 6000  # names that are typed
NOISES = (0.5, 1.0, 1.5)  # of a text, beside a vector of norm 1
SYLLABLES = ["ba", "ko", "ri", "sel", "tan", "mo", "ther", "lin", "vas", "du", "gra", "ney", "fo", "pi", "chal"]
TAGS: dict[str, NameField] = {"title": "title", "artist": "artist", "album": "album", "composer": "composer"}
WORKS = """
Johann Sebastian Bach: Toccata and Fugue in D minor; The Well-Tempered Clavier; Air on the G String; St Matthew Passion
Ludwig van Beethoven: Für Elise; Symphony No. 5 in C minor, Op. 67; Piano Sonata No. 14 "Moonlight"; Ode to Joy; Egmont
Frédéric Chopin: Nocturne in E-flat major, Op. 9 No. 2; Fantaisie-Impromptu; Raindrop Prelude; Polonaise héroïque
Claude Debussy: Clair de lune; La mer; Prélude à l'après-midi d'un faune; Arabesque No. 1; La fille aux cheveux de lin
Antonín Dvořák: Z nového světa; Slovanské tance; Rusalka; Humoreska; Smyčcový kvartet č. 12 "Americký"
Edvard Grieg: Peer Gynt; I Dovregubbens hall; Morgenstemning; Solveigs sang; Holberg Suite
Georg Friedrich Händel: Messiah; Water Music; Sarabande; Zadok the Priest; Lascia ch'io pianga
Franz Liszt: Liebestraum; La campanella; Ungarische Rhapsodie Nr. 2; Les préludes; Consolation No. 3
Felix Mendelssohn Bartholdy: Lieder ohne Worte; Ein Sommernachtstraum; Hebriden-Ouvertüre; Elias
Wolfgang Amadeus Mozart: Eine kleine Nachtmusik; Die Zauberflöte; Le nozze di Figaro; Requiem; Rondo alla turca
Модест Мусоргский: Картинки с выставки; Ночь на Лысой горе; Борис Годунов; Хованщина
Сергей Рахманинов: Вокализ; Симфонические танцы; Всенощное бдение; Остров мёртвых
Николай Римский-Корсаков: Шехеразада; Полёт шмеля; Садко; Снегурочка
Пётр Ильич Чайковский: Лебединое озеро; Щелкунчик; Евгений Онегин; Времена года; Спящая красавица
Camille Saint-Saëns: Le carnaval des animaux; Danse macabre; Le cygne; Samson et Dalila
Erik Satie: Gymnopédie No. 1; Gnossienne No. 3; Vexations; Je te veux; Parade; Sports et divertissements
Franz Schubert: Winterreise; Die Forelle; Ave Maria; Unvollendete; Der Erlkönig; Die schöne Müllerin
Giuseppe Verdi: La traviata; Va, pensiero; Aida; Rigoletto; La donna è mobile; Nabucco
Antonio Vivaldi: Le quattro stagioni; La primavera; Gloria; L'estro armonico; Stabat Mater
Σπυρίδων Σαμάρας: Ρέα; Φλόρα μιράμπιλις; Ολυμπιακός Ύμνος
滝廉太郎: 荒城の月; 花; お正月; 箱根八里
阿炳: 二泉映月; 听松; 寒春风曲
Scott Joplin: Maple Leaf Rag; The Entertainer; Solace; Elite Syncopations; Treemonisha; Bethena
Turlough O'Carolan: Sí Bheag, Sí Mhór; Eleanor Plunkett; Planxty Irwin; Carolan's Concerto; Fanny Power
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("accuracy").add_argument("--music", type=Path, help="folder of files with tags")
    kinds.add_parser("speed").add_argument("--tracks", action="append", type=int)
    reading_ = kinds.add_parser("reading")
    reading_.add_argument("store", type=Path)
    reading_.add_argument("--tracks", type=int, default=50_000)
    kinds.add_parser("fusion")
    arguments = parser.parse_args()
    match arguments.kind:
        case "accuracy":
            accuracy(arguments.music)
        case "speed":
            for tracks in arguments.tracks or [200_000]:
                speed(tracks)
        case "reading":
            reading(arguments.store, arguments.tracks)
        case _:
            fusion()


def accuracy(music: Path | None) -> None:
    """The shares of names that are found first."""
    random_ = random.Random(SEED)
    counts: Counts = Counter([*works(), *tunes(), *(tagged(music) if music else ())])
    index = NameIndex(counts)
    names = sorted({name for _, name in counts})
    random_.shuffle(names)
    names = names[:MOST]
    print(f"{len(index.names)} names, {len(names)} of them typed; in the library "
          f"{dict(Counter(name.field for name in index.names))}\n")  # fmt: skip
    typed: dict[str, Callable[[str], str]] = {
        "as it is": str,
        "small, without accents": lambda name: bare(name).lower(),
        "one error": lambda name: misspelt(name.lower(), random_),
    }
    print(f"{'typed':24}{'first':>8}{'among 5':>9}{'p50 ms':>9}{'p95 ms':>9}{'CPU p95':>9}")
    for label, change in typed.items():
        ranks, clock, busy = [], [], []
        for name in names:
            text = change(name)
            begun, begun_busy = time.perf_counter(), time.process_time()
            found = index.find(text)
            clock.append((time.perf_counter() - begun) * 1000)
            busy.append((time.process_time() - begun_busy) * 1000)
            ranks.append(next((n for n, (_, each) in enumerate(found) if same(each.value, name)), 99))
        first, five = (np.mean(np.array(ranks) < number) for number in (1, 5))
        p50, p95 = np.percentile(clock, [50, 95])
        print(f"{label:24}{first:8.3f}{five:9.3f}{p50:9.1f}{p95:9.1f}{np.percentile(busy, 95):9.1f}")


def works() -> Iterator[tuple[NameField, str]]:
    """The composers and their works."""
    for line in WORKS.strip().splitlines():
        composer, titles = line.split(": ", 1)
        yield "composer", composer
        for title in titles.split("; "):
            yield "title", title


def tunes() -> Iterator[tuple[NameField, str]]:
    """The titles of all ABC tunes of music21, if it is there."""
    spec = find_spec("music21")
    if spec is None or spec.origin is None:
        print("without the tunes of music21, which is not installed")
        return
    for path in sorted((Path(spec.origin).parent / "corpus").rglob("*.abc")):
        for line in path.read_text("utf-8", "replace").splitlines():
            if line.startswith("T:") and words_of(line[2:]):
                yield "title", line[2:].strip()


def tagged(music: Path) -> Iterator[tuple[NameField, str]]:
    """The names in the tags of all files."""
    for path in sorted(music.rglob("*")):
        try:
            file = mutagen.File(path, easy=True) if path.is_file() else None  # pyright: ignore[reportPrivateImportUsage]
        except mutagen.MutagenError:  # pyright: ignore[reportPrivateImportUsage]
            continue
        for tag, field in TAGS.items():
            for value in (file.tags or {}).get(tag, ()) if file is not None else ():
                if words_of(str(value)):
                    yield field, str(value)


def same(found: str, name: str) -> bool:
    """Whether two spellings have the same words."""
    return [word.latin for word in words_of(found)] == [word.latin for word in words_of(name)]


def bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(each for each in decomposed if unicodedata.category(each) != "Mn")


def misspelt(text: str, random_: random.Random) -> str:
    """The text with one typing error."""
    while True:
        at, letter = random_.randrange(len(text)), random_.choice(string.ascii_lowercase)
        before, rest = text[:at], text[at + 1 :]
        exchanged = before + rest[:1] + text[at] + rest[1:]
        changed = random_.choice([before + letter + text[at:], before + rest, before + letter + rest, exchanged])
        if changed != text and words_of(changed):
            return changed


def library(tracks: int, random_: random.Random) -> Counts:
    """The names of a random library."""
    common = [word for word in sorted(common_words()) if word.isascii() and len(word) > 2]
    random_.shuffle(common)
    rare = ["".join(random_.choices(SYLLABLES, k=random_.randint(2, 4))) for _ in range(60_000)]

    def phrase(longest: int) -> str:
        usual = (common[min(int(random_.paretovariate(0.6)), len(common) - 1)] for _ in range(longest))
        words = [word if random_.random() < 0.7 else random_.choice(rare) for word in usual]
        return " ".join(words[: random_.randint(1, longest)]).title()

    counts: Counts = Counter(("title", phrase(6)) for _ in range(tracks))
    counts.update(("artist", phrase(3)) for _ in range(tracks // 10))
    counts.update(("album", phrase(5)) for _ in range(tracks // 10))
    counts.update(("composer", " ".join(random_.choices(rare, k=2)).title()) for _ in range(tracks // 50))
    counts.update(("genre", phrase(2)) for _ in range(100))
    return counts


def speed(tracks: int) -> None:
    """How long an index takes to make, and searches in it."""
    random_ = random.Random(SEED)
    counts = library(tracks, random_)
    before = resident()
    begun, begun_busy = time.perf_counter(), time.process_time()
    index = NameIndex(counts)
    print(f"\n{tracks} tracks, {len(index.names)} names: made in {time.perf_counter() - begun:.1f} s "
          f"({time.process_time() - begun_busy:.1f} s of the processor), {resident() - before:.0f} MB")  # fmt: skip
    names = [name for _, name in random_.sample(sorted(counts), 500)]
    sentences = [f"something like {name} but calmer, by {random_.choice(names)}" for name in names[:250]]
    long = [" ".join(random_.choices(names, k=80))[:1000] for _ in range(20)]
    kinds = {
        "names": names,
        "names with an error": [misspelt(name, random_) for name in names],
        "two names in a sentence": sentences,
        "sounds": ["calm piano music for a candlelight dinner", "sad slow songs", "dark ambient drone"] * 20,
        "1,000 characters of names": long,
        "the same with errors": ["".join(random_.choice("aeiou") if random_.random() < 0.1 else c for c in text)
                                 for text in long],
        "1,000 other characters": ["a " * 500, "a" * 1000, "the " * 250, "1 " * 500, "茉莉花的歌" * 200, "(.*)+" * 200],
    }  # fmt: skip
    print(f"{'text':28}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}{'CPU p50':>9}{'CPU p95':>9}{'CPU max':>9}")
    for text in names[:20]:
        index.find(text)
    for label, texts in kinds.items():
        clock, busy = [], []
        for text in texts:
            begun, begun_busy = time.perf_counter(), time.process_time()
            index.find(text)
            clock.append((time.perf_counter() - begun) * 1000)
            busy.append((time.process_time() - begun_busy) * 1000)
        print(f"{label:28}" + "".join(f"{each:9.1f}" for times in (clock, busy) for each in percentiles(times)))


def percentiles(times: Sequence[float]) -> list[float]:
    return [float(each) for each in np.percentile(times, [50, 95, 100])]


def resident() -> float:
    """Megabytes in memory; Linux only."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS")), float("nan"))


def reading(store: Path, tracks: int) -> None:
    """How long the names of an embedded store take to be counted."""
    space = Space("names", 8, "0" * 64, "synthetic")
    if not Catalog.peek(store):
        with Catalog.open(store, space) as catalog:
            for start in range(0, tracks, 500):
                catalog.upsert(entries(start, min(tracks, start + 500)))
    begun = time.perf_counter()
    with Catalog.open(store, space) as catalog:
        print(f"opened in {time.perf_counter() - begun:.2f} s")
        engine = catalog._storage._engine  # type: ignore[attr-defined]
        for label, count in (("facets", lambda: read_names(engine)), ("tracks", lambda: by_tracks(engine))):
            begun = time.perf_counter()
            counts = count()
            print(f"{len(counts)} names by {label}: {time.perf_counter() - begun:.2f} s")


def by_tracks(engine: object) -> Counts:
    fields = ("title", "artist", "artists", "album", "genres", "composers", "missing_since")
    return Counter(name for point in walk(engine, ANYTHING, fields) for name in names_of(point.payload))  # type: ignore[arg-type]


def entries(start: int, end: int) -> Iterator[Entry]:
    random_ = random.Random(start)
    names = sorted(library(end - start, random_))
    for number in range(start, end):
        (_, title), (_, artist), (_, album) = (random_.choice(names) for _ in range(3))
        vector = np.array([random_.gauss(0, 1) for _ in range(8)], np.float32)
        files = (FileRef(f"/music/{number}.flac", 1, 1),)
        track = Track(track_id(number), files, f"{title} {number}", 200.0, "flac", artist=artist, album=album)
        yield Entry(track, {"mix": vector / np.linalg.norm(vector)})


def fusion() -> None:
    """What a genre should weigh."""
    random_ = np.random.default_rng(SEED)
    genres, tracks, dim = 30, 3000, 32
    centres = random_.normal(size=(genres, dim))
    of_track = random_.integers(genres, size=tracks)
    vectors = 0.7 * centres[of_track] + random_.normal(size=(tracks, dim))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    tagged_ = np.where(random_.random(tracks) < 0.7, of_track, random_.integers(genres, size=tracks))
    tagged_[random_.random(tracks) < 0.25] = -1
    print(f"{'weight':>8}" + "".join(f"{f'noise {noise}':>12}" for noise in NOISES) + "   MAP@50")
    for weight in (0.0, 0.25, 0.5, 0.75, 1.0, 2.0):
        shares = []
        for noise in NOISES:
            precisions = []
            for number in np.random.default_rng(SEED).integers(tracks, size=100).tolist():
                text = vectors[number] + noise * random_.normal(size=dim) / np.sqrt(dim)
                scores = vectors @ text / np.linalg.norm(text)
                wanted = (of_track == of_track[number]) & (vectors @ vectors[number] > 0.25)
                near = [Ranked(str(each), float(scores[each]), {}) for each in np.argsort(-scores).tolist()]
                named = [Named(each, 1, GENRE, weight / OF_GENRE) for each in near
                         if tagged_[int(each.id)] == of_track[number]]  # fmt: skip
                ranked = fused(lambda _, near=near: Pool(near[:1000], -1.0), named if weight else [])(1000).ranked[:50]
                hits = wanted[[int(each.id) for each in ranked]]
                precisions.append((np.cumsum(hits) / np.arange(1, 51) * hits).sum() / min(50, wanted.sum()))
            shares.append(float(np.mean(precisions)))
        print(f"{weight:8.2f}" + "".join(f"{share:12.3f}" for share in shares))


if __name__ == "__main__":
    main()
