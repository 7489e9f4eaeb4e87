"""What fingerprints say about excerpts."""

from hashlib import sha256

from polymuse.excerpts import difference, excerpts_of, quick_fingerprint

WHOLE = sha256(b"some embedder").hexdigest()
OTHER = sha256(b"another").hexdigest()


def test_a_fingerprint_says_which_excerpts() -> None:
    quick = quick_fingerprint(WHOLE)
    assert len(quick) == 64
    assert quick.endswith(sha256(b"quick excerpts").hexdigest()[:8])
    assert (excerpts_of(WHOLE), excerpts_of(quick)) == ("full", "quick")
    assert quick[:12] == WHOLE[:12]  # which name collections
    assert quick != quick_fingerprint(OTHER)


def test_only_kinds_of_excerpts_differ() -> None:
    quick = quick_fingerprint(WHOLE)
    assert difference(WHOLE, OTHER) == difference(quick, quick_fingerprint(OTHER)) == ""
    assert difference(WHOLE, quick) == "vectors of whole tracks, not vectors of quick excerpts"
    assert difference(quick, WHOLE) == "vectors of quick excerpts, not vectors of whole tracks"
