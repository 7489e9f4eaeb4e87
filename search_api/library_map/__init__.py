"""The map of the library: positions of the tracks on a plane, their file in the cache, and the response."""
