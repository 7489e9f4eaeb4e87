"""Playlists: lists of tracks that people keep, and saved searches. They belong to no model, and outlive the tracks."""
