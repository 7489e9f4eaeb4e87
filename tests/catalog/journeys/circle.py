"""Vectors on a quarter of a circle, where the nearest are known."""

import numpy as np


def at(degrees: float, lift: float = 0.0) -> list[float]:
    """The unit vector at an angle from the first axis, lifted out of the plane by another."""
    angle, up = np.radians(degrees), np.radians(lift)
    return [float(np.cos(angle) * np.cos(up)), float(np.sin(angle) * np.cos(up)), float(np.sin(up)), 0.0]
