"""From files to vectors: the command line, scanning, the pipeline."""
