"""The plugin for Navidrome, and what it asks the service for."""
