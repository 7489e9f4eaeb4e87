"""Clusters of the library: tracks that sound alike, their file in the cache, and their names."""
