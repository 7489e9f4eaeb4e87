"""Poly-Muse: semantic music search. Shared by all packages: errors, settings, worker processes."""

__version__ = "0.1.0"
ENV_PREFIX = "POLYMUSE_"  # of the environment variables that hold settings
