"""The starter profile: musicnn, the Universal Sentence Encoder and Spleeter."""
