"""Where things lie in the repository."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"  # reference inputs and outputs; its folders have a README
TINY_ROFORMER = GOLDEN / "bs_roformer"  # tiny.ckpt and tiny.yaml: a BS-RoFormer with random weights
