"""Which of the periods in music is its beat, and how sure that is: numbers fitted by benchmarks/fit_measuring.py."""

USUAL = 115.0  # BPM from which the octaves of the first two weights are counted
RATIOS = (1.0, 0.5, 0.25, 2.0, 4.0, 1 / 3, 2 / 3, 1.5, 3.0)  # to a tempo, of those that speak for or against it
RULE = (
    *(-0.667, -1.48),  # octaves, and their square
    *(3.66, 2.45, 3.3, 0.0939, 4.48, 0.719, 1, 2.26, -0.0597, 1.21),  # correlation and spectrum at each of RATIOS
    *(2.31, -0.824, 2.62, -1.61, -0.985, 1.69, 0.866, 1.77),
)
CONFIDENCE = (-4.23, 3.02, 0.728, 0.932)  # constant; clarity, lead, lead over tempos that are not half or double
