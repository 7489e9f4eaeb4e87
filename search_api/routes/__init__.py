"""The addresses of the service: one module a resource, with its parameters, its answers and its routes."""
