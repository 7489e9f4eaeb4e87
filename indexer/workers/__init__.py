"""Backends that analyse tracks in processes, on GPUs and on the machines of a cluster."""
