"""Names of the library in a text: artists, albums, titles, genres, composers."""
