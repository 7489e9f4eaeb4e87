"""The browser that tests of pages drive."""

import os
import shutil

NAMES = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
HOW = "page tests need Chromium: apt-get install chromium (or set CHROMIUM to its path)"
