"""The networks: audio in; stems, vectors and tags out. Knows neither the store nor HTTP."""
