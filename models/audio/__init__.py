"""Audio files: demuxing, decoding, writing."""
