"""The version of the vectors of texts, which libraries do not store, apart from those of descriptors.

The fingerprint of a library covers `data/concepts.json` and `data/starter_statistics.json`, because the vectors of its
tracks are made with them. Changing either would make all tracks be analysed again, so new names, rules and heads for
texts are in files of their own, and this version covers them.
"""

import hashlib
from pathlib import Path

import data

ALGORITHM = 3  # incremented with every change of the vectors of texts that is not in these files
FILES = (  # in data/, as far as they concern texts
    "common_words.txt",
    "learnt_concepts.json",
    "learnt_directions.json",
    "starter_glosses.json",
    "starter_reading.json",
    "starter_requests.json",
    "starter_situations.npz",
)


def text_version() -> str:
    """A digest of everything that changes the vector of a text but not the fingerprint."""
    digest = hashlib.sha256(f"texts {ALGORITHM}".encode())
    for name in FILES:
        digest.update(hashlib.sha256(Path(data.__file__).with_name(name).read_bytes()).digest())
    return digest.hexdigest()[:8]
