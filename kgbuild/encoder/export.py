"""A network's encoder and output layer as ONNX."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from kgbuild.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Collection


def onnx_bytes(network: Any, *, precision: str, exact: Collection[str]) -> bytes:
    """Return a network as an ONNX file.

    BERTs under one linear layer get a graph written operator by operator
    (:mod:`kgbuild.encoder.onnx_graph`); others are traced.

    Parameters
    ----------
    network
        With an ``encoder``; called with ``input_ids``, ``attention_mask`` and
        ``token_type_ids`` it returns logits.
    precision, exact
        See :func:`kgbuild.encoder.onnx_graph.labels_graph`. Traced networks ignore
        ``exact``.

    Raises
    ------
    MissingExtraError
        The extra ``train`` is not installed.
    """
    try:
        from kgbuild.encoder.onnx_graph import labels_graph, supported
    except ImportError as error:
        raise MissingExtraError("onnx", "train") from error  # noqa: EM101
    config = network.encoder.config
    if not (supported(config) and isinstance(network.output, nn.Linear)):
        return _traced(network, precision=precision)
    weights = {k: v.float().numpy() for k, v in network.state_dict().items()}
    graph = labels_graph(weights, config, precision=precision, exact=exact)
    packed: bytes = graph.SerializeToString()
    return packed


def _traced(network: Any, *, precision: str) -> bytes:
    """Trace a network, and quantize it."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        example = torch.ones((2, 16), dtype=torch.long)
        names = ["input_ids", "attention_mask", "token_type_ids", "logits"]
        with warnings.catch_warnings():
            # The tracer warns of Python branches over shapes; sizes are dynamic axes.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network, (example, example.clone(), torch.zeros_like(example)),
                str(plain), input_names=names[:3], output_names=names[3:],
                dynamic_axes={key: {0: "batch", 1: "tokens"} for key in names},
                opset_version=17, dynamo=False,
            )  # fmt: skip
        if precision == "int8":
            quantized = Path(scratch) / "quantized.onnx"
            quantize_dynamic(
                str(plain), str(quantized), per_channel=True,
                weight_type=QuantType.QInt8,
                extra_options={
                    "MatMulConstBOnly": True,
                    "DefaultTensorType": onnx.TensorProto.FLOAT,
                },
            )  # fmt: skip
            return quantized.read_bytes()
        return plain.read_bytes()
