"""Which song a title and its artists mean, whoever wrote them, and which track of the library that is."""
