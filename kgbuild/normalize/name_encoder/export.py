"""Export a trained name encoder to ONNX in int8."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kgbuild._io.files import write_atomically
from kgbuild.errors import ConfigError, MissingExtraError
from kgbuild.normalize.name_encoder.encoder import (
    FACTS_FILE,
    ONNX_FILE,
    TOKENIZER_FILE,
)
from kgbuild.normalize.name_encoder.network import NameNetwork, load


def export(folder: Path | str, output: Path | str) -> Path:
    """Write a trained name encoder as ONNX, with its tokenizer and facts.

    Parameters
    ----------
    folder
        As :func:`kgbuild.normalize.name_encoder.training.train` writes it.
    output
        Folder for the three files.

    Returns
    -------
    Path
        The ONNX file.

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
    network, tokenizer, facts = load(folder)
    made = graph_of(network)
    output.mkdir(parents=True, exist_ok=True)
    target = output / ONNX_FILE
    with write_atomically(target) as stream:
        stream.write(made.SerializeToString())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(output / TOKENIZER_FILE))
    (output / FACTS_FILE).write_text(
        json.dumps(facts, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    return target


def graph_of(network: NameNetwork) -> Any:
    """Return the ONNX graph of a name encoder.

    Inputs ``input_ids`` and ``token_type_ids``, ``(names, tokens) int64`` without
    padding: names of one call have one length. Output ``vectors``,
    ``(names, dimension) float32``. Matrix products and word embeddings are int8, the
    projection is ``float32``.

    Parameters
    ----------
    network
        Of a BERT with kgbuild's token types.

    Raises
    ------
    ConfigError
        The encoder is of another kind.
    MissingExtraError
        The extra ``train`` is not installed.
    """
    try:
        from onnx import TensorProto, checker, helper, numpy_helper

        from kgbuild.encoder.onnx_graph import _Graph, supported
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
    graph = _Graph(weights, int8=True, exact=frozenset())
    hidden = graph.embeddings(epsilon=config.layer_norm_eps)
    for number in range(config.num_hidden_layers):
        hidden = graph.layer(number, hidden, config)
    mean = graph.node("ReduceMean", [hidden], "mean", axes=[1], keepdims=0)
    matrix = graph.constant("projection", weights["output.weight"].T)
    projected = graph.node("MatMul", [mean, matrix], "projected")
    graph.node("LpNormalization", [projected], "vectors", axis=-1, p=2)
    shape: list[Any] = ["names", "tokens"]
    width = int(network.output.out_features)
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "names",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, shape)
                for name in ("input_ids", "token_type_ids")
            ],
            [
                helper.make_tensor_value_info(
                    "vectors", TensorProto.FLOAT, ["names", width]
                )
            ],
            [numpy_helper.from_array(v, name) for name, v in graph.constants.items()],
        ),
        producer_name="kgbuild",
        opset_imports=[
            helper.make_opsetid("", 17),
            helper.make_opsetid("com.microsoft", 1),
        ],
    )
    made.ir_version = 8
    checker.check_model(made)
    return made
