"""What networks run on: devices, precision, batches."""
