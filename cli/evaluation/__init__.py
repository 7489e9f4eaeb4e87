"""Measures of scores and retrieval against labels."""
