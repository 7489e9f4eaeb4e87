"""Which of the periods in music is its beat, and how sure that is: numbers fitted by benchmarks/fit_measuring.py."""

USUAL = 115.0  # BPM from which the octaves of the first two weights are counted
RATIOS = (1.0, 0.5, 0.25, 2.0, 4.0, 1 / 3, 2 / 3, 1.5, 3.0)  # to a tempo, of those that speak for or against it
RULE = (
    *(-0.566, -1.54),  # octaves, and their square
    *(3.55, 2.54, 3.16, 0.0704, 4.55, 1.32, 1.17, 2.16, -0.0128, 1.49),  # correlation and spectrum at each of RATIOS
    *(1.8, -1.21, 3.11, -2.16, -1.23, 2.01, 1.39, 1.85),
)
CONFIDENCE = (-4.18, 4.12, 0.678, 0.829)  # constant; clarity, lead, lead over tempos that are not half or double
