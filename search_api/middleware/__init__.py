"""ASGI middleware for every request: their form, host names, limits, request ids, metrics and ETags."""
