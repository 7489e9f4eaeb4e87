"""The HTTP service and the web page: from queries to responses."""
