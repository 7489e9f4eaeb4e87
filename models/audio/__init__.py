"""Audio files: decoding, writing, demuxing."""
