"""Audio, covers and waveforms of tracks: source files, derived files, and how both are sent."""
