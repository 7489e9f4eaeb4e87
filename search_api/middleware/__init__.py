"""ASGI middleware for every request: host names, limits, request ids, metrics and ETags."""
