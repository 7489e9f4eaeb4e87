"""Tempo, key, loudness and energy of a track, computed from its samples without a network."""

from models.measuring.measure import VERSION, measure

__all__ = ("VERSION", "measure")
