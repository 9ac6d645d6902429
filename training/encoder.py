"""Encode: a BERT encoder in plain PyTorch, by the names that transformers gives its weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

WIDTH, HEADS, LAYERS = 384, 12, 6
EPSILON = 1e-12
DROPOUT = 0.1


class Layer(nn.Module):
    """One transformer layer: attention, then a feed-forward network, each normalised after its residual sum."""

    def __init__(self) -> None:
        super().__init__()
        self.projection = nn.Linear(WIDTH, 3 * WIDTH)
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.attended_norm = nn.LayerNorm(WIDTH, EPSILON)
        self.wide = nn.Linear(WIDTH, 4 * WIDTH)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH)
        self.narrow_norm = nn.LayerNorm(WIDTH, EPSILON)

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """`states` (batch, length, width); `mask` (batch, 1, 1, length), true where there is a token."""
        batch, length, _ = states.shape
        shape = (batch, length, 3, HEADS, WIDTH // HEADS)
        query, key, value = self.projection(states).view(shape).permute(2, 0, 3, 1, 4)
        heard = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        heard = self.attended(heard.transpose(1, 2).reshape(batch, length, WIDTH))
        states = self.attended_norm(states + functional.dropout(heard, DROPOUT, self.training))
        wide = self.narrow(functional.gelu(self.wide(states)))
        narrowed: Tensor = self.narrow_norm(states + functional.dropout(wide, DROPOUT, self.training))
        return narrowed


class Encoder(nn.Module):
    """The encoder; its word embeddings are not trained, so that a small training set cannot bend them."""

    def __init__(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(_tensor(weights["embeddings.word_embeddings.weight"]), freeze=True)
        self.kinds = nn.Embedding.from_pretrained(
            _tensor(weights["embeddings.token_type_embeddings.weight"]), freeze=False
        )
        self.positions = nn.Embedding.from_pretrained(
            _tensor(weights["embeddings.position_embeddings.weight"]), freeze=False
        )
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        with torch.no_grad():
            for parameter, names in zip(self._trained(), _names(), strict=True):
                parameter.copy_(torch.cat([_tensor(weights[name]) for name in names]))

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor) -> Tensor:
        """States (batch, length, width) of token ids and kinds (batch, length); `mask` is true where a token is."""
        places = self.positions.weight[: ids.shape[1]]
        states = self.norm(self.words(ids) + self.kinds(kinds) + places)
        states = functional.dropout(states, DROPOUT, self.training)
        attended = None if bool(mask.all()) else mask[:, None, None, :]
        for layer in self.layers:
            states = layer(states, attended)
        return states

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """The weights by the names that transformers gives them."""
        found = {
            "embeddings.word_embeddings.weight": self.words.weight,
            "embeddings.token_type_embeddings.weight": self.kinds.weight,
            "embeddings.position_embeddings.weight": self.positions.weight,
        }
        for parameter, names in zip(self._trained(), _names(), strict=True):
            found |= zip(names, parameter.chunk(len(names)), strict=True)
        return {name: np.ascontiguousarray(tensor.detach().float().numpy()) for name, tensor in found.items()}

    def _trained(self) -> list[nn.Parameter]:
        modules: list[nn.Module] = [self.norm]
        for layer in self.layers:
            modules += [
                layer.projection,
                layer.attended,
                layer.attended_norm,
                layer.wide,
                layer.narrow,
                layer.narrow_norm,
            ]
        return [parameter for module in modules for parameter in (module.weight, module.bias)]


def _names() -> list[list[str]]:
    """For each tensor of `Encoder._trained`, the names of those that it joins."""
    modules = [["embeddings.LayerNorm"]]
    for layer in range(LAYERS):
        start = f"encoder.layer.{layer}."
        modules += [
            [f"{start}attention.self.{part}" for part in ("query", "key", "value")],
            *(
                [start + part]
                for part in (
                    "attention.output.dense",
                    "attention.output.LayerNorm",
                    "intermediate.dense",
                    "output.dense",
                    "output.LayerNorm",
                )
            ),
        ]
    return [[f"{name}.{part}" for name in names] for names in modules for part in ("weight", "bias")]


def _tensor(values: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.array(values, dtype=np.float32))
