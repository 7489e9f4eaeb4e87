"""Files that ship with Poly-Muse: concepts, demo music, evaluation queries."""
