"""How soon the page is of use: first paint, first rows, bytes, time of scripts, and how much it jumps.

    python benchmarks/page.py --models ~/.local/share/polymuse/models --tracks 5000 --tracks 100000

Makes a library of synthetic tracks, serves it in a process of its own and opens its list, a search and its artists in
Chromium with an empty cache: as it is, and as a phone on slow 3G (400 ms, 50 kB/s, a processor four times as slow).
Each is opened so many times after one that does not count; the figures are medians. Scripts is the time that the main
thread runs them. Bytes are those of the network, compressed as the service sends them. Layout shift is what browsers
report, without what follows an input. Needs the weights of the starter profile.
"""

import argparse
import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from http_load import fill, serve
from playwright.sync_api import Browser, sync_playwright

VIEWS = {"list": "?where=year:1900..", "search": "?q=calm", "artists": "?view=artists"}
ROWS = {"list": ".row", "search": ".row", "artists": "main li a"}
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER = 4
WAIT = 120_000  # ms

SHIFTS = """() => {
  window.shift = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
}"""


@dataclass(frozen=True, slots=True)
class Opened:
    """What one opening of a view took."""

    paint: float  # seconds to the first contentful paint
    rows: float  # seconds until the first row is there
    script: float  # seconds of the main thread in scripts
    kilobytes: float
    requests: int
    shift: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="directory of the weights")
    parser.add_argument("--tracks", type=int, action="append", help="may be repeated (5000)")
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        print(f"Chromium {browser.version}, {platform.machine()}, {os.cpu_count()} cores")
        for tracks in arguments.tracks or [5000]:
            with tempfile.TemporaryDirectory() as directory:
                measure_library(browser, Path(directory), arguments.models, tracks, arguments.times)
        browser.close()


def measure_library(browser: Browser, home: Path, models: Path, tracks: int, times: int) -> None:
    (home / "models").symlink_to(models.absolute())
    fill(home, tracks)
    process, port = serve(home)
    try:
        print(f"\n{tracks} tracks, load {os.getloadavg()[0]:.1f}")
        print(f"{'view':10}{'on':10}{'paint s':>9}{'rows s':>9}{'scripts s':>11}{'kB':>8}{'requests':>10}{'shift':>8}")
        for view, address in VIEWS.items():
            for device in ("desktop", "phone"):
                url = f"http://127.0.0.1:{port}/{address}"
                opened = [open_once(browser, url, ROWS[view], device == "phone") for _ in range(times + 1)][1:]
                print(
                    f"{view:10}{device:10}{median(each.paint for each in opened):9.2f}"
                    f"{median(each.rows for each in opened):9.2f}{median(each.script for each in opened):11.2f}"
                    f"{median(each.kilobytes for each in opened):8.1f}{median(each.requests for each in opened):10.0f}"
                    f"{median(each.shift for each in opened):8.3f}",
                    flush=True,
                )
    finally:
        process.terminate()
        process.wait()


def open_once(browser: Browser, url: str, row: str, phone: bool) -> Opened:
    context = browser.new_context(viewport=PHONE if phone else DESKTOP, service_workers="block")  # type: ignore[arg-type]
    page = context.new_page()
    page.add_init_script(f"({SHIFTS})()")
    tools = context.new_cdp_session(page)
    for domain in ("Network", "Performance"):
        tools.send(f"{domain}.enable")
    if phone:
        tools.send("Network.emulateNetworkConditions", SLOW_3G)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    arrived: list[float] = []
    tools.on("Network.loadingFinished", lambda event: arrived.append(event["encodedDataLength"]))
    page.goto(url, wait_until="commit", timeout=WAIT)
    page.locator(row).first.wait_for(timeout=WAIT)
    rows = page.evaluate("performance.now()") / 1000
    page.wait_for_load_state("networkidle", timeout=WAIT)
    metrics: dict[str, Any] = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0") / 1000
    opened = Opened(
        paint, rows, metrics["ScriptDuration"], sum(arrived) / 1000, len(arrived), page.evaluate("window.shift")
    )
    context.close()
    return opened


if __name__ == "__main__":
    main()
