"""Runtime of the networks: devices, precision, batches, transfers."""
