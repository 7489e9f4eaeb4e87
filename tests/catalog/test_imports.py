"""What starts fast must not import engines."""

import subprocess
import sys

from tests.helpers.paths import ROOT


def test_no_engine_is_imported_before_a_catalog_is_opened() -> None:
    script = (
        "import sys, catalog.catalog, catalog.query, catalog.filters, catalog.planning\n"
        "print([name for name in ('qdrant_client', 'qdrant_edge', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
