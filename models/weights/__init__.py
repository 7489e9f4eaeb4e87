"""Weights: where they come from, where they lie, and proof that they are intact."""
