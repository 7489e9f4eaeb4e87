"""Plays short tracks in Chromium for minutes or hours: the gaps between them, and the memory of the page.

    python benchmarks/playing.py --make /tmp/clips
    polymuse index /tmp/clips && polymuse serve &
    python benchmarks/playing.py http://127.0.0.1:8765 --minutes 60

The first call writes 300 clips of 5 to 10 s, in turns FLAC, MP3 and Opus. The last opens the list of them, plays its
first row and lets the page go on by itself, page after page, with repeat. The page is looked at every 20 ms. A gap is
the time from the end of a track, by the position and duration of its <audio>, to the start of the next; below 0, they
overlap. Memory is that of the heap of scripts after a garbage collection, once a minute.
"""

import argparse
import itertools
import platform
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from tests.helpers.audio_files import encode

CLIPS = 300
RATE = 48_000
SEED = 0
FORMATS = (("flac", "flac"), ("mp3", "libmp3lame"), ("opus", "libopus"))
MAX_GAP = 0.5  # seconds

# Per track that was played: when it began and when it will have ended, in seconds of the page's clock.
WATCH = """() => {
  window.played = []
  const current = new Map()
  setInterval(() => {
    const now = performance.now() / 1000
    for (const audio of document.querySelectorAll('audio')) {
      if (audio.paused || !(audio.currentTime > 0) || !Number.isFinite(audio.duration)) continue
      let own = current.get(audio)
      if (own?.src !== audio.src || audio.currentTime < own.at - 1) {
        own = { src: audio.src, begun: now - audio.currentTime }
        current.set(audio, own)
        window.played.push(own)
      }
      own.at = audio.currentTime
      own.ended = now + audio.duration - audio.currentTime
    }
  }, 20)
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", help="of a running service that has indexed the clips")
    parser.add_argument("--make", type=Path, metavar="FOLDER", help="write the clips, and nothing else")
    parser.add_argument("--minutes", type=float, default=60)
    arguments = parser.parse_args()
    if arguments.make:
        make(arguments.make)
    elif arguments.url:
        play(arguments.url, arguments.minutes)
    else:
        parser.error("give the URL of a service, or --make")


def make(folder: Path) -> None:
    """Write the clips: three tones each, so that all sound different."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    for number in range(CLIPS):
        suffix, codec = FORMATS[number % len(FORMATS)]
        time_axis = np.arange(int(RATE * rng.uniform(5, 10))) / RATE
        tones = sum(np.sin(2 * np.pi * pitch * time_axis) for pitch in rng.uniform(110, 880, 3))
        samples = np.tile(np.float32(0.1) * np.float32(tones), (2, 1))
        encode(folder / f"clip{number:03}.{suffix}", codec, samples, RATE, tags={"title": f"Clip {number:03}"})


def play(url: str, minutes: float) -> None:
    """Play, and print a line each minute and the figures at the end."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--mute-audio"]
        )
        page = browser.new_page()
        print(f"Chromium {browser.version}, {platform.machine()}, {minutes:g} minutes")
        page.goto(f"{url}/?where=title:clip")
        page.locator(".row [data-action=play]").first.wait_for()
        page.evaluate(WATCH)
        page.locator(".row [data-action=play]").first.click()
        page.keyboard.press("q")
        page.get_by_role("button", name="Repeat: off").click()
        page.keyboard.press("q")
        tools = page.context.new_cdp_session(page)
        tools.send("Performance.enable")
        print(f"{'minute':>8}{'tracks':>8}{'longest gap s':>15}{'heap MB':>9}{'nodes':>8}{'listeners':>11}")
        for minute in range(int(minutes) + 1):
            report(page, tools, minute)
            if minute < minutes:
                time.sleep(60)
        found = gaps(page)
        over = sum(gap > MAX_GAP for gap in found)
        print(
            f"{len(found)} changes of track; gap: median {np.median(found):.3f} s, 99 % below "
            f"{np.quantile(found, 0.99):.3f} s, longest {max(found):.3f} s, {over} over {MAX_GAP} s"
        )
        browser.close()


def report(page: Any, tools: Any, minute: int) -> None:
    tools.send("HeapProfiler.collectGarbage")
    values = {metric["name"]: metric["value"] for metric in tools.send("Performance.getMetrics")["metrics"]}
    found = gaps(page)
    print(
        f"{minute:8}{len(found) + 1:8}{max(found, default=0):15.3f}{values['JSHeapUsedSize'] / 1e6:9.2f}"
        f"{values['Nodes']:8.0f}{values['JSEventListeners']:11.0f}",
        flush=True,
    )


def gaps(page: Any) -> list[float]:
    """Seconds between the end of each track and the start of the next, negative where they overlap."""
    tracks = page.evaluate("window.played.map(({begun, ended}) => [begun, ended])")
    return [after[0] - before[1] for before, after in itertools.pairwise(tracks)]


if __name__ == "__main__":
    main()
