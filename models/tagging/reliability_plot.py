"""A reliability diagram as SVG: the share of right tags by confidence."""

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from models.tagging.calibration import Bin, expected_calibration_error

SIDE = 320  # pixels of the square of a category
MARGIN = 48
COLUMNS = 2


def reliability_svg(bins: Mapping[str, Sequence[Bin]], title: str) -> str:
    """One square per category. Dots grow with the number of pairs; on the diagonal, confidence is calibrated."""
    step = SIDE + 2 * MARGIN
    rows = math.ceil(len(bins) / COLUMNS)
    width, height = COLUMNS * step, rows * step + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{MARGIN}" y="{MARGIN / 2}" font-size="15">{escape(title)}</text>',
    ]
    for number, (category, category_bins) in enumerate(bins.items()):
        x, y = number % COLUMNS * step + MARGIN, number // COLUMNS * step + 2 * MARGIN
        parts += [f'<g transform="translate({x} {y})">', *_square(category, category_bins), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _square(category: str, bins: Sequence[Bin]) -> list[str]:
    pairs = sum(each.count for each in bins)
    heading = f"{category}: ECE {expected_calibration_error(bins):.3f}, {pairs} pairs"
    points = [(each.confidence * SIDE, (1 - each.frequency) * SIDE) for each in bins]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 10 * math.sqrt(each.count / pairs):.1f}" fill="#2563eb" '
        f'fill-opacity="0.6"><title>{each.count} pairs, confidence {each.confidence:.2f}, right {each.frequency:.2f}'
        "</title></circle>"
        for (x, y), each in zip(points, bins, strict=True)
    ]
    ticks = [
        f'<text x="{share * SIDE}" y="{SIDE + 16}" text-anchor="middle">{share:g}</text>'
        f'<text x="-6" y="{(1 - share) * SIDE + 4}" text-anchor="end">{share:g}</text>'
        for share in (0, 0.5, 1)
    ]
    return [
        f'<rect width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>',
        f'<line x1="0" y1="{SIDE}" x2="{SIDE}" y2="0" stroke="#999" stroke-dasharray="4"/>',
        f'<text y="-8">{escape(heading)}</text>',
        *ticks,
        f'<text x="{SIDE / 2}" y="{SIDE + 32}" text-anchor="middle">confidence</text>',
        f'<text transform="translate(-32 {SIDE / 2}) rotate(-90)" text-anchor="middle">share that is right</text>',
        f'<polyline points="{line}" fill="none" stroke="#2563eb"/>',
        *dots,
    ]
