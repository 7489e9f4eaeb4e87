"""Audio, covers and waveforms of tracks: their files, what is made from them, and how both are sent."""
