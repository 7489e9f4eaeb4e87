"""How a run is laid out over processes, GPUs and machines."""
