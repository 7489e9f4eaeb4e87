"""Similarity scores and retrieval metrics."""
