"""Poly-Muse: semantic music search. This package holds what every other one may use: errors and settings."""

__version__ = "0.1.0"
ENV_PREFIX = "POLYMUSE_"  # of the environment variables that hold settings
