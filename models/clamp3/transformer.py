"""The transformer encoder that BERT, XLM-R and HuBERT share: post-norm, exact GELU, biases everywhere.

Not taken from the transformers library, whose import adds 3 s to a text query.
"""

from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

from models.clamp3.parameters import Parameters

HEAD_DIM = 64  # channels of an attention head in all of these networks; the number of heads is in no tensor


class LayerNames(NamedTuple):
    """The names of the parts of a layer in a checkpoint."""

    query: str
    key: str
    value: str
    attention_output: str
    attention_norm: str
    feed_forward_in: str
    feed_forward_out: str
    output_norm: str


BERT = LayerNames(
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    attention_output="attention.output.dense",
    attention_norm="attention.output.LayerNorm",
    feed_forward_in="intermediate.dense",
    feed_forward_out="output.dense",
    output_norm="output.LayerNorm",
)
HUBERT = LayerNames(
    query="attention.q_proj",
    key="attention.k_proj",
    value="attention.v_proj",
    attention_output="attention.out_proj",
    attention_norm="layer_norm",
    feed_forward_in="feed_forward.intermediate_dense",
    feed_forward_out="feed_forward.output_dense",
    output_norm="final_layer_norm",
)


class EncoderLayer:
    """x = LN(x + attention(x)); x = LN(x + feed-forward(x)). The residual stream is float32 in every precision."""

    def __init__(self, parameters: Parameters, names: LayerNames, eps: float) -> None:
        self._query = parameters.linear(names.query)
        self._key = parameters.linear(names.key)
        self._value = parameters.linear(names.value)
        self._attention_output = parameters.linear(names.attention_output)
        self._attention_norm = parameters.layer_norm(names.attention_norm, eps)
        self._feed_forward_in = parameters.linear(names.feed_forward_in)
        self._feed_forward_out = parameters.linear(names.feed_forward_out)
        self._output_norm = parameters.layer_norm(names.output_norm, eps)

    def __call__(self, x: Tensor) -> Tensor:
        """[B, n, H] float32 -> [B, n, H] float32. Every position attends to every other: there is no padding."""
        x = self._attention_norm(x + self._attention(x))
        hidden = functional.gelu(self._feed_forward_in(x))
        return self._output_norm(x + self._feed_forward_out(hidden))

    def _attention(self, x: Tensor) -> Tensor:
        """softmax(Q K^T / 8) V in heads of 64 channels."""
        heads = (*x.shape[:2], -1, HEAD_DIM)
        query, key, value = (part(x).view(heads).transpose(1, 2) for part in (self._query, self._key, self._value))
        attended = functional.scaled_dot_product_attention(query, key, value)  # [B, heads, n, 64]
        return self._attention_output(attended.transpose(1, 2).flatten(2))
