"""Poly-Muse: semantic music search. Here is what every package may use: errors, settings, worker processes."""

__version__ = "0.1.0"
ENV_PREFIX = "POLYMUSE_"  # of the environment variables that hold settings
