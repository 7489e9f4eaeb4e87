"""The routes of the service: one module per resource, with its parameters and response models."""
