"""Tags: the descriptor bank, scores and their calibration."""
