"""Build: the weights of a BERT encoder to an ONNX graph of fused int8 operations.

onnxruntime rounds the activations to int8 on the way, with one scale a matrix product, and multiplies in int8: on two
cores three to four times as fast as the usual export in float32. A few channels of a BERT are far larger than the
others and would leave these no digits, so each channel is divided by a factor that its weights are multiplied with
(SmoothQuant, Xiao et al. 2022, section 4, with a migration strength of 0.8): it halves the error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float32]
MICROSOFT = "com.microsoft"
HEADS = 12
EPSILON = 1e-12  # of the layer normalisations, as BERT was trained with
LARGEST = 127  # int8
STRENGTH = 0.8  # how much of the spread of activations goes to the weights; 0.5, 0.65 and 0.8 tried on 50 texts


@dataclass
class Graph:
    """An ONNX graph as it grows; every method gives the name of what it added."""

    largest: Mapping[str, Array] | None = None
    """The largest activation of each channel, by the name of the matrix product it goes into; None: all in float32."""
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    tensors: list[onnx.TensorProto] = field(default_factory=list)
    has_words: bool = True
    """Whether the table of words is a part of it."""

    def tensor(self, name: str, values: NDArray[np.generic]) -> str:
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, *, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def dense(self, name: str, source: str, weight: Array, bias: Array) -> str:
        """source · weightᵀ + bias."""
        bias_name = self.tensor(f"{name}.bias", bias)
        if self.largest is None:
            product = self.node("MatMul", [source, self.tensor(f"{name}.weight", weight.T)], f"{name}.product")
            return self.node("Add", [product, bias_name], name)
        factors = smooth(self.largest[name], weight)
        scaled = self.node("Mul", [source, self.tensor(f"{name}.factors", 1 / factors)], f"{name}.source")
        values, scales = quantize(weight * factors)
        inputs = [scaled, self.tensor(f"{name}.values", values.T), self.tensor(f"{name}.scales", scales), "", bias_name]
        return self.node("DynamicQuantizeMatMul", inputs, name, domain=MICROSOFT)

    def normalize(self, name: str, source: str, skipped: str, weight: Array, bias: Array) -> str:
        inputs = [source, skipped, self.tensor(f"{name}.weight", weight), self.tensor(f"{name}.bias", bias)]
        return self.node("SkipLayerNormalization", inputs, name, domain=MICROSOFT, epsilon=EPSILON)


def build_encoder(
    weights: Mapping[str, Array],
    *,
    feeds: Sequence[Mapping[str, Array]],
    head: tuple[Array, Array] | None = None,
    has_words: bool = True,
) -> onnx.ModelProto:
    """The encoder, by the names that transformers gives its weights: (batch, length) to (batch, length, width).

    `feeds` are inputs such as it will get, to see how large its activations are. With a head, weight (numbers, width)
    and bias (numbers), it gives so many numbers a token: (batch, length, numbers). Without words of its own it
    takes them from another encoder: its input is then `words` (batch, length, width), rows of that one's table,
    instead of `input_ids`.
    """
    exact = lay_out(Graph(has_words=has_words), weights, head=head)
    return finish(lay_out(Graph(measure(exact, feeds), has_words=has_words), weights, head=head))


def lay_out(graph: Graph, weights: Mapping[str, Array], *, head: tuple[Array, Array] | None) -> Graph:
    states = embed_tokens(graph, weights)
    graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    layers = sum(name.endswith("attention.self.query.weight") for name in weights)
    for number in range(layers):
        states = add_layer(graph, weights, number, states)
    if head:
        numbers = graph.node("MatMul", [states, graph.tensor("head", head[0].T)], "numbers")
        graph.node("Add", [numbers, graph.tensor("head.bias", head[1])], "output")
    else:
        graph.node("Identity", [states], "output")
    return graph


def embed_tokens(graph: Graph, weights: Mapping[str, Array]) -> str:
    """The sum of what word, kind and position give; the words' table in int8, with a scale for every word."""
    of = {name.removeprefix("embeddings."): values for name, values in weights.items()}
    word = "words"
    if graph.has_words:
        values, scales = quantize(of["word_embeddings.weight"])
        graph.node("Gather", [graph.tensor("words.values", values), "input_ids"], "word.values")
        graph.node("Cast", ["word.values"], "word.floats", to=TensorProto.FLOAT)
        graph.node("Gather", [graph.tensor("words.scales", scales[:, None]), "input_ids"], "word.scales")
        word = graph.node("Mul", ["word.floats", "word.scales"], "word")
    graph.node("Gather", [graph.tensor("kinds", of["token_type_embeddings.weight"]), "token_type_ids"], "kind")
    graph.node("Shape", ["token_type_ids"], "shape")
    graph.node("Gather", ["shape", graph.tensor("one", np.array([1]))], "length")
    zero = graph.tensor("zero", np.array([0]))
    places = graph.tensor("positions", of["position_embeddings.weight"])
    graph.node("Slice", [places, zero, "length", zero], "position")
    graph.node("Add", ["kind", "position"], "place")
    graph.node("Add", [word, "place"], "embedded")
    weight, bias = of["LayerNorm.weight"], of["LayerNorm.bias"]
    inputs = ["embedded", graph.tensor("embedded.weight", weight), graph.tensor("embedded.bias", bias)]
    return graph.node("LayerNormalization", inputs, "states", axis=-1, epsilon=EPSILON)


def add_layer(graph: Graph, weights: Mapping[str, Array], number: int, states: str) -> str:
    start = f"encoder.layer.{number}."
    of = {name.removeprefix(start): values for name, values in weights.items() if name.startswith(start)}
    layer = f"layer{number}"
    parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
    asked = graph.dense(
        f"{layer}.asked",
        states,
        np.concatenate([of[f"{part}.weight"] for part in parts]),
        np.concatenate([of[f"{part}.bias"] for part in parts]),
    )
    names = [f"{layer}.{part}" for part in ("query", "key", "value")]
    graph.nodes.append(helper.make_node("Split", [asked], names, axis=-1, num_outputs=3))
    heard = graph.node("MultiHeadAttention", [*names, "", "mask"], f"{layer}.heard", domain=MICROSOFT, num_heads=HEADS)

    def dense(name: str, source: str, part: str) -> str:
        return graph.dense(f"{layer}.{name}", source, of[f"{part}.weight"], of[f"{part}.bias"])

    def normalize(name: str, source: str, skipped: str, part: str) -> str:
        return graph.normalize(f"{layer}.{name}", source, skipped, of[f"{part}.weight"], of[f"{part}.bias"])

    attended = dense("attended", heard, "attention.output.dense")
    states = normalize("states", attended, states, "attention.output.LayerNorm")
    wide = graph.node("Gelu", [dense("wide", states, "intermediate.dense")], f"{layer}.gelu", domain=MICROSOFT)
    return normalize("output", dense("narrow", wide, "output.dense"), states, "output.LayerNorm")


def measure(graph: Graph, feeds: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """The largest absolute value of each channel that goes into a matrix product, by the product's name."""
    ending = ".product"
    sources = {
        node.output[0].removesuffix(ending): node.input[0] for node in graph.nodes if node.output[0].endswith(ending)
    }
    model = finish(graph)
    for source in dict.fromkeys(sources.values()):
        model.graph.output.append(helper.make_tensor_value_info(source, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    largest: dict[str, Array] = {}
    for feed in feeds:
        found = session.run(list(sources.values()), dict(feed))
        for name, states in zip(sources, found, strict=True):
            here = np.abs(states).max(axis=(0, 1))
            largest[name] = np.maximum(largest[name], here) if name in largest else here
    return largest


def finish(graph: Graph) -> onnx.ModelProto:
    names = (
        ("input_ids", "attention_mask", "token_type_ids") if graph.has_words else ("attention_mask", "token_type_ids")
    )
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in names]
    if not graph.has_words:
        inputs.append(helper.make_tensor_value_info("words", TensorProto.FLOAT, ["batch", "length", None]))
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, None)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
    made = helper.make_graph(graph.nodes, "encoder", inputs, [output], graph.tensors)
    return helper.make_model(made, opset_imports=opsets, ir_version=9)


def smooth(largest: Array, weight: Array) -> Array:
    """A factor for each channel: near 1 on average, and the larger the more it stands out."""
    floor = 1e-5
    stand_out = np.maximum(largest, floor) ** STRENGTH / np.maximum(np.abs(weight).max(axis=0), floor) ** (1 - STRENGTH)
    return np.asarray(stand_out / np.exp(np.log(stand_out).mean()), dtype=np.float32)


def quantize(weight: Array) -> tuple[NDArray[np.int8], Array]:
    """Each row to int8 and its scale."""
    scales = (np.abs(weight).max(axis=1) / LARGEST).astype(np.float32)
    scales[scales == 0] = 1
    return np.rint(weight / scales[:, None]).astype(np.int8), scales
