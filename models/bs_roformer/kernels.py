"""GPU kernels for everything between the products of a BS-RoFormer in half precision.

As separate operations these take three times as long as the products, nearly all of it for memory traffic. Here norms,
rotations, softmax and gates are fused: attention over bands is one kernel from projection to gated result, attention
over frames has one more for the keys.

Triton is installed with builds of torch for NVIDIA or AMD GPUs, except on Windows.
"""
# ruff: noqa: N803, N806  compile-time constants of kernels are in capitals
# pyright: reportAttributeAccessIssue=false, reportIndexIssue=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false, reportReturnType=false

import torch
import triton
import triton.language as tl
from torch import Tensor

from models.bs_roformer.layers import NORM_FLOOR, Rotation

MIN_NORM = tl.constexpr(NORM_FLOOR)
LOG2_E = 1.4426950408889634  # softmax is computed in powers of 2
NARROWEST = 16  # side of the smallest product of two blocks
NORM_ROWS, ROTATED_ROWS = 16, 16  # rows of a program
QUERIES, KEYS = 64, 64  # frames of a program, and of one of its steps


def fits(dim_head: int, bands: int) -> bool:
    """Whether the kernels support heads of this width and this number of bands."""
    return dim_head in (16, 32, 64, 128) and bands <= 128


def normalised(x: Tensor, offset: Tensor) -> Tensor:
    """Rows [rows, dim] + offset [dim] float32, scaled to a mean square of 1, in the dtype of x."""
    out = torch.empty_like(x)
    rows, dim = x.shape
    grid = (triton.cdiv(rows, NORM_ROWS),)
    _normalise[grid](x, offset, x, x, out, x, rows, dim, _block(dim), 0, NARROWEST, NORM_ROWS)
    return out


def normalised_and_gates(x: Tensor, offset: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """`normalised` and the gates [rows, heads] = sigmoid(normalised @ weight.T + bias), both in the dtype of x."""
    out = torch.empty_like(x)
    rows, dim = x.shape
    gates = x.new_empty(rows, len(weight))
    grid = (triton.cdiv(rows, NORM_ROWS),)
    heads = len(weight)
    _normalise[grid](
        x, offset, weight, bias, out, gates, rows, dim, _block(dim), heads, max(NARROWEST, _block(heads)), NORM_ROWS
    )
    return out, gates


def over_bands(projected: Tensor, gates: Tensor, rotation: Rotation, bands: int) -> Tensor:
    """Gated attention within each run of `bands` rows.

    Queries, keys and values [rows, 3 * heads * dim_head], halves of rotary pairs apart -> [rows, heads * dim_head].
    """
    rows, heads = gates.shape
    cosine, sine = rotation
    half = cosine.shape[1]
    out = projected.new_empty(rows, projected.shape[1] // 3)
    _attend_over_bands[(rows // bands * heads,)](
        projected, gates, cosine, sine, out, bands, heads, half, max(NARROWEST, _block(bands)), _scale(half)
    )
    return out


def over_frames(projected: Tensor, gates: Tensor, rotation: Rotation, frames: int) -> Tensor:
    """As `over_bands`, but attends over frames: rows that are rows / frames apart. Rotates the keys in place."""
    rows, heads = gates.shape
    cosine, sine = rotation
    half = cosine.shape[1]
    sequences = rows // frames
    out = projected.new_empty(rows, projected.shape[1] // 3)
    grid = (triton.cdiv(rows, ROTATED_ROWS),)
    _rotate_keys[grid](projected, cosine, sine, rows, sequences, heads, half, ROTATED_ROWS)
    grid = (triton.cdiv(frames, QUERIES) * sequences * heads,)
    _attend_over_frames[grid](
        projected, gates, cosine, sine, out, sequences, frames, heads, half, QUERIES, KEYS, _scale(half), num_stages=3
    )
    return out


def _block(size: int) -> int:
    return triton.next_power_of_2(size)


def _scale(half: int) -> float:
    """The factor of query times key for a softmax in powers of 2."""
    return LOG2_E * (2 * half) ** -0.5


@triton.jit
def _normalise(
    x,
    offset,
    gate_weight,
    gate_bias,
    out,
    gates,
    rows,
    DIM: tl.constexpr,
    DIM_BLOCK: tl.constexpr,
    HEADS: tl.constexpr,  # 0: no gates
    HEAD_BLOCK: tl.constexpr,
    ROWS: tl.constexpr,
):
    row = (tl.program_id(0) * ROWS + tl.arange(0, ROWS)).to(tl.int64)[:, None]
    column = tl.arange(0, DIM_BLOCK)[None, :]
    inside = (row < rows) & (column < DIM)
    values = tl.load(x + row * DIM + column, inside, other=0).to(tl.float32)
    values += tl.load(offset + column, column < DIM, other=0)
    length = tl.sqrt(tl.sum(values * values, 1))[:, None]
    scaled = (values * (tl.sqrt(DIM * 1.0) / tl.maximum(length, MIN_NORM))).to(x.dtype.element_ty)
    tl.store(out + row * DIM + column, scaled, inside)
    if HEADS:
        head = tl.arange(0, HEAD_BLOCK)[None, :]
        inner = tl.arange(0, DIM_BLOCK)[:, None]
        weight = tl.load(gate_weight + head * DIM + inner, (head < HEADS) & (inner < DIM), other=0)
        gate = tl.dot(scaled, weight) + tl.load(gate_bias + head, head < HEADS, other=0).to(tl.float32)
        inside = (row < rows) & (head < HEADS)
        tl.store(gates + row * HEADS + head, tl.sigmoid(gate).to(gates.dtype.element_ty), inside)


@triton.jit
def _rotated(start, cosine, sine, HALF: tl.constexpr, inside):
    """The two halves of the rows at `start`, rotated, each [n, HALF] in the dtype of the rows."""
    first = tl.load(start, inside, other=0).to(tl.float32)
    second = tl.load(start + HALF, inside, other=0).to(tl.float32)
    kind = start.dtype.element_ty
    return (first * cosine - second * sine).to(kind), (second * cosine + first * sine).to(kind)


@triton.jit
def _joined(first, second):
    """Two halves [n, HALF] concatenated: [n, 2 * HALF]."""
    both = tl.permute(tl.join(first, second), (0, 2, 1))
    return tl.reshape(both, (first.shape[0], 2 * first.shape[1]))


@triton.jit
def _rotate_keys(
    projected, cosine, sine, rows, per_position, HEADS: tl.constexpr, HALF: tl.constexpr, ROWS: tl.constexpr
):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]
    column = tl.arange(0, HALF)[None, :]
    inside = row < rows
    angle = row // per_position * HALF + column
    c = tl.load(cosine + angle, inside, other=0)
    s = tl.load(sine + angle, inside, other=0)
    keys = projected + (3 * row.to(tl.int64) + 1) * (HEADS * 2 * HALF) + column
    for head in range(HEADS):
        start = keys + head * 2 * HALF
        first, second = _rotated(start, c, s, HALF, inside)
        tl.store(start, first, inside)
        tl.store(start + HALF, second, inside)


@triton.jit
def _attend_over_bands(
    projected,
    gates,
    cosine,
    sine,
    out,
    BANDS: tl.constexpr,
    HEADS: tl.constexpr,
    HALF: tl.constexpr,
    BLOCK: tl.constexpr,
    scale,
):
    """One program per head of a sequence."""
    INNER: tl.constexpr = HEADS * 2 * HALF
    head = tl.program_id(0) % HEADS
    band = tl.arange(0, BLOCK)
    row = (tl.program_id(0) // HEADS).to(tl.int64) * BANDS + band
    half = tl.arange(0, HALF)[None, :]
    wide = tl.arange(0, 2 * HALF)[None, :]
    inside = (band < BANDS)[:, None]
    c = tl.load(cosine + band[:, None] * HALF + half, inside, other=0)
    s = tl.load(sine + band[:, None] * HALF + half, inside, other=0)
    start = projected + (3 * row * INNER + head * 2 * HALF)[:, None]
    first, second = _rotated(start + half, c, s, HALF, inside)
    queries = _joined(first, second)
    first, second = _rotated(start + INNER + half, c, s, HALF, inside)
    score = tl.dot(queries, tl.trans(_joined(first, second))) * scale
    score = tl.where((band < BANDS)[None, :], score, float("-inf"))
    weight = tl.exp2(score - tl.max(score, 1)[:, None])
    values = tl.load(start + 2 * INNER + wide, inside, other=0)
    gate = tl.load(gates + row * HEADS + head, band < BANDS, other=0).to(tl.float32)
    mean = tl.dot(weight.to(values.dtype), values) * (gate / tl.sum(weight, 1))[:, None]
    tl.store(out + (row * INNER + head * 2 * HALF)[:, None] + wide, mean.to(values.dtype), inside)


@triton.jit
def _step(queries, start, MASKED: tl.constexpr, inside, INNER: tl.constexpr, top, total, attended):
    """Online softmax: adds a block of keys and values (Milakov and Gimelshein, 2018; Dao et al., 2022)."""
    if MASKED:
        keys = tl.load(start, inside[:, None], other=0)
        values = tl.load(start + INNER, inside[:, None], other=0)
    else:
        keys = tl.load(start)
        values = tl.load(start + INNER)
    score = tl.dot(queries, tl.trans(keys))
    if MASKED:
        score = tl.where(inside[None, :], score, float("-inf"))
    highest = tl.maximum(top, tl.max(score, 1))
    shrink = tl.exp2(top - highest)
    weight = tl.exp2(score - highest[:, None])
    total = total * shrink + tl.sum(weight, 1)
    attended = tl.dot(weight.to(values.dtype), values, attended * shrink[:, None])
    return highest, total, attended


@triton.jit
def _attend_over_frames(
    projected,
    gates,
    cosine,
    sine,
    out,
    sequences,
    FRAMES: tl.constexpr,
    HEADS: tl.constexpr,
    HALF: tl.constexpr,
    QUERIES: tl.constexpr,
    KEYS: tl.constexpr,
    scale,
):
    """One program per QUERIES frames of a head of a sequence. The keys are already rotated."""
    INNER: tl.constexpr = HEADS * 2 * HALF
    WHOLE: tl.constexpr = FRAMES // KEYS * KEYS
    PARTS: tl.constexpr = (FRAMES + QUERIES - 1) // QUERIES
    part, of_all = tl.program_id(0) % PARTS, tl.program_id(0) // PARTS
    head = of_all % HEADS
    sequence = (of_all // HEADS).to(tl.int64)
    frame = part * QUERIES + tl.arange(0, QUERIES)
    half = tl.arange(0, HALF)[None, :]
    wide = tl.arange(0, 2 * HALF)[None, :]
    inside = frame < FRAMES
    row = frame.to(tl.int64) * sequences + sequence
    c = tl.load(cosine + frame[:, None] * HALF + half, inside[:, None], other=0) * scale
    s = tl.load(sine + frame[:, None] * HALF + half, inside[:, None], other=0) * scale
    start = projected + (3 * row * INNER + head * 2 * HALF)[:, None] + half
    first, second = _rotated(start, c, s, HALF, inside[:, None])
    queries = _joined(first, second)
    top = tl.full([QUERIES], float("-inf"), tl.float32)
    total = tl.zeros([QUERIES], tl.float32)
    mean = tl.zeros([QUERIES, 2 * HALF], tl.float32)
    other = tl.arange(0, KEYS)
    keys = projected + INNER + head * 2 * HALF + wide
    for begin in range(0, WHOLE, KEYS):
        place = 3 * ((begin + other).to(tl.int64) * sequences + sequence) * INNER
        top, total, mean = _step(queries, keys + place[:, None], False, inside, INNER, top, total, mean)
    if WHOLE < FRAMES:
        place = 3 * ((WHOLE + other).to(tl.int64) * sequences + sequence) * INNER
        there = WHOLE + other < FRAMES
        top, total, mean = _step(queries, keys + place[:, None], True, there, INNER, top, total, mean)
    gate = tl.load(gates + row * HEADS + head, inside, other=0).to(tl.float32)
    mean = mean * (gate / total)[:, None]
    place = out + (row * INNER + head * 2 * HALF)[:, None] + wide
    tl.store(place, mean.to(out.dtype.element_ty), inside[:, None])
