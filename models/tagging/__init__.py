"""Semantic tags: the descriptor bank, scores and their calibration."""
