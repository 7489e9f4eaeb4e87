"""Indexing: scanning, file tags, analysis in workers, and keeping the catalog up to date."""
