"""Writes what Poly-Muse knows of a track into the tags of its files, so that other players show it.

Only the tags of `fields` ever change. Every other tag is copied as the bytes it is, and a file in which anything is not
understood is refused.
"""
