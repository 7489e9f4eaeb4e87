"""Indexing beside a service: its folders, its jobs, and the threads that run them."""
