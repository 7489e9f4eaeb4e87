"""Weights: sources, downloads, storage and verification."""
