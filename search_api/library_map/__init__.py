"""The map of the library: where tracks lie on a plane, how that is kept, and the answer with all of them."""
