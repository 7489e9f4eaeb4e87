"""Tools for agents by the Model Context Protocol, over stdin and stdout or below the service."""
