"""How much of each track a library embeds: all of it, or quick excerpts of about a minute. Recorded in fingerprints.

Vectors of both kinds are of one model but not comparable without loss, so that a library has one kind. Its space says
which, in the last digits of the fingerprint: a library keeps its kind whatever versions and weights come after.
"""

AUTO = "auto"  # that of the library; full for a new one
FULL = "full"
QUICK = "quick"

OTHER_EXCERPTS = (
    "Leave out --excerpts (setting excerpts: auto), or run `polymuse migrate model --excerpts full` or `quick`, which "
    "embeds all tracks anew."
)

_QUICK_MARK = "e2c0666a"  # the first digits of sha256("quick excerpts")


def quick_fingerprint(fingerprint: str) -> str:
    """A fingerprint (64 hexadecimal digits) with the mark of quick excerpts."""
    return fingerprint[: -len(_QUICK_MARK)] + _QUICK_MARK


def excerpts_of(fingerprint: str) -> str:
    """Whether the vectors of an embedder are of FULL tracks or QUICK excerpts."""
    return QUICK if fingerprint.endswith(_QUICK_MARK) else FULL


def difference(made: str, wanted: str) -> str:
    """How vectors with the fingerprint `made` differ from those `wanted`, for people; "" if both are of one kind."""
    kinds = {FULL: "vectors of whole tracks", QUICK: "vectors of quick excerpts"}
    if excerpts_of(made) == excerpts_of(wanted):
        return ""
    return f"{kinds[excerpts_of(made)]}, not {kinds[excerpts_of(wanted)]}"
