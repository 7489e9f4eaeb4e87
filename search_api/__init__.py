"""From queries to answers: the HTTP service."""
