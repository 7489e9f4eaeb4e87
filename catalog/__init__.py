"""What is stored: tracks, stems, tags and queries; Qdrant in two engines. Knows nothing of networks or HTTP."""
