"""How hypothesis searches: with the same examples in every run of the tests, with others in every `make fuzz`."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

FUZZ = int(os.environ.get("FUZZ", "0"))  # how many times the usual number of examples `make fuzz` tries; else 0


def load_profile() -> None:
    """Before any test is imported, since their settings derive from those of the profile."""
    settings.register_profile(
        "ours", examples(100), derandomize=not FUZZ, database=None, deadline=None, print_blob=True
    )
    settings.load_profile("ours")
    if not FUZZ:
        # Hypothesis tries the constants of all modules that happen to be loaded, without a setting against it.
        providers._get_local_constants = Constants


def examples(count: int, *but: HealthCheck) -> settings:
    """Decorator: how many examples a test tries, and the health checks that it does without."""
    return settings(max_examples=count * max(1, FUZZ), suppress_health_check=but)
