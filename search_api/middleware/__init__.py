"""What every request passes before its route: names of hosts, limits, request ids, metrics, ETags."""
