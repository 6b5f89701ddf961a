"""An ONNX graph of a BERT, written operator by operator for CPUs.

Tracing a network and fusing what the tracer left gives a graph that is right, but not
one that is fast. Measured on one core for texts of 88 tokens, MiniLM's size:

- ``SkipLayerNormalization`` is a scalar loop: 162 µs, where ``Add`` (7 µs) and
  ``LayerNormalization`` (19 µs) do the same;
- a bias costs nothing inside ``DynamicQuantizeMatMul``, and 28 µs in ``BiasGelu``;
- ``QEmbedLayerNormalization`` takes 129 µs, three gathers and a layer norm a third;
- ``QAttention`` is kept: every way to write it out was slower.

Weights are quantized per output channel, symmetrically; activations per text, while
running; the rows of the embedding table each by a scale of their own. Where one input
of a matrix is several times as large as all others, bytes are coarse for these: what it
has above a bound can be kept apart, which takes little time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from kgbuild.encoder.token_types import N_TOKEN_TYPES
from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto

_CONTRIB = "com.microsoft"
_OPSET, _IR_VERSION = 17, 8
_WORDS = "embeddings.word_embeddings.weight"
#: Activations that have an operator of their own.
_ACTIVATIONS = {"gelu": ("Gelu", _CONTRIB), "relu": ("Relu", "")}


def supported(config: Any) -> bool:
    """Tell whether :class:`BertGraph` can write an encoder so configured."""
    return (
        config.model_type == "bert"
        and config.hidden_act in _ACTIVATIONS
        and getattr(config, "position_embedding_type", "absolute") == "absolute"
    )


def labels_graph(
    weights: Mapping[str, NDArray[np.float32]],
    config: Any,
    *,
    precision: str,
    exact: Collection[str] = ("output",),
) -> ModelProto:
    """Write an encoder with one linear layer over its tokens as an ONNX graph.

    Parameters
    ----------
    weights
        State of a network, ``float32``: ``encoder.…`` and the layer ``output``.
    config
        Of its encoder; see :func:`supported`.
    precision
        ``"int8"`` or ``"fp32"``.
    exact
        Matrices that stay in ``float32`` in an int8 graph, by their names in
        ``weights`` without ``encoder.encoder.`` and ``.weight``: ``"output"``,
        ``"layer.5.output.dense"``, ``"layer.0.attention.self"``, ``"embeddings"``.

    Returns
    -------
    onnx.ModelProto
        Inputs ``input_ids`` and, where the encoder has kgbuild's token types,
        ``token_type_ids``, ``(batch, tokens) int64``; output ``logits``,
        ``(batch, tokens, labels) float32``. There is no mask: texts of a batch must be
        of one length.

    Raises
    ------
    ConfigError
        ``exact`` names something that is none of its matrices.
    """
    graph = BertGraph(weights, config, int8=precision == "int8", exact=exact)
    graph.linear("output", graph.hidden, result="logits")
    if unknown := sorted(graph.exact - graph.matrices):
        msg = (
            f"There is no matrix {unknown[0]!r} to keep exact: choose among "
            f"{', '.join(sorted(graph.matrices))}."
        )
        raise ConfigError(msg)
    return graph.model("logits", ["batch", "tokens", len(weights["output.bias"])])


class BertGraph:
    """A BERT as nodes and constants, to which more can be added.

    Parameters
    ----------
    weights, config, exact
        See :func:`labels_graph`.
    int8
        Whether matrices are quantized.
    apart
        ``{matrix: (input, bound)}``, by names as in ``exact``: what this input of a
        quantized matrix has above the bound is multiplied in full.

    Attributes
    ----------
    hidden
        Name of the last layer's output, ``(batch, tokens, width) float32``.
    inputs
        Names of the graph's inputs, ``(batch, tokens) int64``.
    """

    def __init__(
        self,
        weights: Mapping[str, NDArray[np.float32]],
        config: Any,
        *,
        int8: bool,
        exact: Collection[str] = (),
        apart: Mapping[str, tuple[int, float]] | None = None,
    ) -> None:
        self.weights, self.int8, self.exact = weights, int8, frozenset(exact)
        self.apart = dict(apart or {})
        self.matrices = {"embeddings"}
        self.typed = True
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self.hidden = self._embeddings(epsilon=config.layer_norm_eps)
        self.inputs = ["input_ids", "token_type_ids"][: 2 if self.typed else 1]
        for number in range(config.num_hidden_layers):
            given = self.below(number, self.hidden)
            self.hidden = self._layer(number, given, config)

    def below(self, number: int, hidden: str) -> str:  # noqa: ARG002 - a hook
        """Return what a layer is given instead of the one below it: here nothing."""
        return hidden

    def node(
        self,
        op: str,
        inputs: list[str],
        result: str,
        *,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        """Add an operator; return the name of its result."""
        self.nodes.append(
            helper.make_node(
                op, inputs, [result], name=result, domain=domain, **attributes
            )
        )
        return result

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Add a constant; return its name."""
        self.constants[name] = np.ascontiguousarray(values)
        return name

    def _encoder(self, name: str) -> NDArray[np.float32]:
        return self.weights[f"encoder.{name}"]

    def _norm(self, name: str, given: str, *, epsilon: float) -> str:
        scale = self.constant(f"{name}.scale", self._encoder(f"{name}.weight"))
        shift = self.constant(f"{name}.shift", self._encoder(f"{name}.bias"))
        return self.node(
            "LayerNormalization", [given, scale, shift], name, axis=-1, epsilon=epsilon
        )

    def _embeddings(self, *, epsilon: float) -> str:
        words = self._words()
        positions = self._encoder("embeddings.position_embeddings.weight")
        kinds = self._encoder("embeddings.token_type_embeddings.weight")
        self.typed = len(kinds) == N_TOKEN_TYPES
        if self.typed:
            table = self.constant("types", kinds)
            typed = self.node("Gather", [table, "token_type_ids"], "typed")
            words = self.node("Add", [words, typed], "words_typed")
        else:
            # The network gives every token the first type: see `TaggerNetwork`.
            positions = positions + kinds[:1]
        places = self.constant("positions", positions)
        first = self.constant("first", np.zeros(1, np.int64))
        second = self.constant("second", np.ones(1, np.int64))
        last = self.constant("last", np.array([2], np.int64))
        self.node("Shape", ["input_ids"], "shape")
        n = self.node("Slice", ["shape", second, last], "n_tokens")
        here = self.node("Slice", [places, first, n, first], "places")
        summed = self.node("Add", [words, here], "embedded")
        return self._norm("embeddings.LayerNorm", summed, epsilon=epsilon)

    def _words(self) -> str:
        table = self._encoder(_WORDS)
        if not self.int8 or "embeddings" in self.exact:
            return self.node("Gather", [self.constant("words", table), "input_ids"],
                             "worded")  # fmt: skip
        scales = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-9) / 127
        small = np.rint(table / scales).astype(np.int8)
        rows = self.node(
            "Gather", [self.constant("words", small), "input_ids"], "word_bytes"
        )
        scale = self.node(
            "Gather",
            [self.constant("word_scales", scales.astype(np.float32)), "input_ids"],
            "word_scale",
        )
        as_floats = self.node("Cast", [rows], "word_floats", to=TensorProto.FLOAT)
        return self.node("Mul", [as_floats, scale], "worded")

    def _layer(self, number: int, hidden: str, config: Any) -> str:
        at = f"layer.{number}"
        mixed = self._attention(f"{at}.attention.self", hidden, config)
        mixed = self.linear(f"{at}.attention.output.dense", mixed)
        summed = self.node("Add", [mixed, hidden], f"{at}.attention.sum")
        between = self._norm(
            f"encoder.{at}.attention.output.LayerNorm", summed,
            epsilon=config.layer_norm_eps,
        )  # fmt: skip
        wide = self.linear(f"{at}.intermediate.dense", between)
        op, domain = _ACTIVATIONS[config.hidden_act]
        bent = self.node(op, [wide], f"{at}.bent", domain=domain)
        narrow = self.linear(f"{at}.output.dense", bent)
        summed = self.node("Add", [narrow, between], f"{at}.sum")
        return self._norm(
            f"encoder.{at}.output.LayerNorm", summed, epsilon=config.layer_norm_eps
        )

    def _attention(self, name: str, hidden: str, config: Any) -> str:
        parts = [f"encoder.encoder.{name}.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self.weights[f"{p}.weight"] for p in parts]).T
        bias = np.concatenate([self.weights[f"{p}.bias"] for p in parts])
        heads = config.num_attention_heads
        bias_name = self.constant(f"{name}.bias", bias)
        if not self._quantizes(name):
            inputs = [hidden, self.constant(f"{name}.matrix", matrix), bias_name]
            return self.node(
                "Attention", inputs, name, domain=_CONTRIB, num_heads=heads
            )
        small, scales, zeros = self._quantized(name, matrix)
        input_ = [f"{name}.bytes", f"{name}.scale", f"{name}.zero"]
        self.nodes.append(
            helper.make_node("DynamicQuantizeLinear", [hidden], input_, name=input_[0])
        )
        inputs = [input_[0], small, bias_name, input_[1], scales, "", input_[2], zeros]
        return self.node("QAttention", inputs, name, domain=_CONTRIB, num_heads=heads)

    def linear(self, name: str, given: str, *, result: str | None = None) -> str:
        """Add a linear layer of the network; return the name of its result."""
        key = "output" if name == "output" else f"encoder.encoder.{name}"
        matrix, bias = self.weights[f"{key}.weight"].T, self.weights[f"{key}.bias"]
        result = result or name
        bias_name = self.constant(f"{name}.bias", bias)
        if self._quantizes(name):
            small = self._quantized(name, matrix)
            if name not in self.apart:
                inputs = [given, *small, bias_name]
                return self.node(
                    "DynamicQuantizeMatMul", inputs, result, domain=_CONTRIB
                )
            held, beyond = self._held_apart(name, given, matrix)
            inputs = [held, *small, bias_name]
            self.node("DynamicQuantizeMatMul", inputs, f"{name}.bulk", domain=_CONTRIB)
            return self.node("Add", [f"{name}.bulk", beyond], result)
        product = self.node(
            "MatMul",
            [given, self.constant(f"{name}.matrix", matrix)],
            f"{name}.product",
        )
        return self.node("Add", [product, bias_name], result)

    def _held_apart(
        self, name: str, given: str, matrix: NDArray[np.float32]
    ) -> tuple[str, str]:
        """Return the inputs with the far one bounded, and the product of the rest."""
        number, bound = self.apart[name]
        bounds = np.full(len(matrix), np.inf, np.float32)
        bounds[number] = bound
        held = self.node(
            "Min", [given, self.constant(f"{name}.bounds", bounds)], f"{name}.held"
        )
        which = self.constant(f"{name}.which", np.array([number], np.int64))
        whole = self.node("Gather", [given, which], f"{name}.whole", axis=2)
        most = self.constant(f"{name}.bound", np.array(bound, np.float32))
        over = self.node("Sub", [whole, most], f"{name}.over")
        rest = self.node("Relu", [over], f"{name}.rest")
        # The product of a column and a row: a matrix product of these is slower.
        row = self.constant(f"{name}.row", matrix[number])
        return held, self.node("Mul", [rest, row], f"{name}.beyond")

    def _quantizes(self, name: str) -> bool:
        self.matrices.add(name)
        return self.int8 and name not in self.exact

    def _quantized(
        self, name: str, matrix: NDArray[np.float32]
    ) -> tuple[str, str, str]:
        """Keep a matrix ``(inputs, outputs)`` in bytes; return its constants' names."""
        small, scales = in_bytes(matrix)
        return (
            self.constant(f"{name}.matrix_bytes", small),
            self.constant(f"{name}.matrix_scales", scales),
            self.constant(f"{name}.matrix_zeros", np.zeros(len(scales), np.int8)),
        )

    def model(self, output: str, shape: list[Any]) -> ModelProto:
        """Close the graph.

        Parameters
        ----------
        output
            Name of the node whose result comes out, ``float32``.
        shape
            Its sizes: names of free ones, numbers of fixed ones.
        """
        info = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "kgbuild",
            [
                info(name, TensorProto.INT64, [shape[0], "tokens"])
                for name in self.inputs
            ],
            [info(output, TensorProto.FLOAT, shape)],
            [numpy_helper.from_array(v, name) for name, v in self.constants.items()],
        )
        opsets = [
            helper.make_opsetid("", _OPSET),
            helper.make_opsetid(_CONTRIB, 1),
        ]
        model = helper.make_model(graph, producer_name="kgbuild", opset_imports=opsets)
        model.ir_version = _IR_VERSION
        checker.check_model(model)
        return model


def in_bytes(
    matrix: NDArray[np.float32],
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a matrix ``(inputs, outputs)`` in bytes, and the scale of each output."""
    scales = np.maximum(np.abs(matrix).max(axis=0), 1e-9) / 127
    return np.rint(matrix / scales).astype(np.int8), scales.astype(np.float32)
