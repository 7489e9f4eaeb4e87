"""Compiles the kernels for NVIDIA GPUs of two generations, without a GPU.

A separate program: a process that interprets kernels cannot compile them.
"""

import sys
from collections.abc import Mapping

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime.jit import JITFunction

from models.bs_roformer import kernels as kernels

HALF, FLOAT = "*fp16", "*fp32"
TENSORS = {"projected": HALF, "gates": HALF, "cosine": FLOAT, "sine": FLOAT, "out": HALF}
VOCALS = {"HEADS": 8, "HALF": 32}  # the sizes of ep_317


def compile_kernel(kernel: JITFunction, arguments: Mapping[str, str], constants: Mapping[str, int]) -> None:
    signature = {name: arguments.get(name, "constexpr") for name in kernel.arg_names}
    known = {(kernel.arg_names.index(name),): value for name, value in constants.items()}
    for capability in (80, 90):
        triton.compile(ASTSource(kernel, signature, known), target=GPUTarget("cuda", capability, 32))
    sys.stdout.write(f"{kernel.__name__} {dict(constants)}\n")


for heads in (0, 8):
    compile_kernel(
        kernels._normalise,
        dict.fromkeys(("x", "gate_weight", "gate_bias", "out", "gates"), HALF) | {"offset": FLOAT, "rows": "i32"},
        {"DIM": 512, "DIM_BLOCK": 512, "HEADS": heads, "HEAD_BLOCK": 16, "ROWS": kernels.NORM_ROWS},
    )
compile_kernel(
    kernels._rotate_keys,
    {"projected": HALF, "cosine": FLOAT, "sine": FLOAT, "rows": "i32", "per_position": "i32"},
    VOCALS | {"ROWS": kernels.ROTATED_ROWS},
)
compile_kernel(kernels._attend_over_bands, TENSORS | {"scale": "fp32"}, VOCALS | {"BANDS": 62, "BLOCK": 64})
for frames in (1, 801):
    sizes = {"FRAMES": frames, "QUERIES": kernels.QUERIES, "KEYS": kernels.KEYS}
    compile_kernel(kernels._attend_over_frames, TENSORS | {"sequences": "i32", "scale": "fp32"}, VOCALS | sizes)
