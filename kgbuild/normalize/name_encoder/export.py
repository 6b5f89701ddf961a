"""Export a trained name encoder to ONNX in int8."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kgbuild._io.files import write_atomically
from kgbuild.encoder.files import TOKENIZER_FILE
from kgbuild.errors import ConfigError, MissingExtraError
from kgbuild.normalize.name_encoder.encoder import ONNX_FILE
from kgbuild.normalize.name_encoder.network import NameNetwork, load, write_card


def export(folder: Path | str, output: Path | str) -> Path:
    """Write a trained name encoder as ONNX, with its tokenizer and ``names.json``.

    Returns the ONNX file.

    Raises
    ------
    ResourceMissingError
        ``folder`` holds no trained name encoder.
    ConfigError
        Its encoder is not a BERT.
    MissingExtraError
        The extra ``train`` is not installed.
    """
    folder, output = Path(folder), Path(output)
    network, tokenizer, card = load(folder)
    graph = _graph(network)
    target = output / ONNX_FILE
    with write_atomically(target) as stream:
        stream.write(graph.SerializeToString())
    tokenizer.save(str(output / TOKENIZER_FILE))
    write_card(output, card)
    return target


def _graph(network: NameNetwork) -> Any:
    """Matrix products and word embeddings are int8, the projection is ``float32``.

    There is no mask: names of one call have one length.
    """
    try:
        from kgbuild.encoder.onnx_graph import BertGraph, supported
    except ImportError as error:
        raise MissingExtraError("onnx", "train") from error  # noqa: EM101
    config = network.encoder.config
    if not supported(config):
        msg = (
            "A name encoder must be a BERT with absolute positions. Got "
            f"{config.model_type!r}: train from another encoder."
        )
        raise ConfigError(msg)
    weights = {k: v.float().numpy() for k, v in network.state_dict().items()}
    graph = BertGraph(weights, config, int8=True)
    mean = graph.node("ReduceMean", [graph.hidden], "mean", axes=[1], keepdims=0)
    matrix = graph.constant("projection", weights["output.weight"].T)
    projected = graph.node("MatMul", [mean, matrix], "projected")
    graph.node("LpNormalization", [projected], "vectors", axis=-1, p=2)
    return graph.model("vectors", ["names", int(network.output.out_features)])
