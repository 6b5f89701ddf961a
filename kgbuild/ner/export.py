"""Export a tagger: ONNX in int8 for CPUs, or half precision to fine-tune from."""

from __future__ import annotations

import json
import logging
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch

from kgbuild._io.files import write_atomically
from kgbuild.errors import ConfigError, MissingExtraError
from kgbuild.ner.aio.network import (
    TRANSITIONS,
    TaggerNetwork,
    load_tagger_network,
    save_tagger,
)

if TYPE_CHECKING:
    from collections.abc import Collection

logger = logging.getLogger(__name__)

Precision = Literal["int8", "fp32", "fp16"]

#: File of the weights, by precision.
ONNX_FILES = {"int8": "model.int8.onnx", "fp32": "model.fp32.onnx"}


def export(
    folder: Path | str,
    output: Path | str,
    *,
    precision: Precision = "int8",
    exact: Collection[str] = ("output",),
) -> Path:
    """Write a trained tagger for use, with its tokenizer and ``tagger.json``.

    BERTs get a graph written operator by operator (:mod:`kgbuild.encoder.onnx_graph`);
    of other encoders the traced graph is fused and quantized by ONNX Runtime's tools.
    In ``int8`` the weights of matrix products are quantized per output channel and the
    activations while running.

    Parameters
    ----------
    folder
        A tagger as :func:`kgbuild.ner.training.train` writes it.
    output
        Folder for the files; it may hold another precision of the same tagger.
    precision
        ``"int8"`` or ``"fp32"`` for ONNX; ``"fp16"`` for ``model.safetensors`` in half
        precision, to fine-tune from or to run by torch.
    exact
        Matrices that stay in ``float32`` in an int8 graph; see
        :func:`kgbuild.encoder.onnx_graph.bert_graph`. Other encoders than BERT ignore
        it.

    Returns
    -------
    Path
        The file of the weights.

    Raises
    ------
    ConfigError
        ``precision`` is none of the three, or ``exact`` names no matrix.
    MissingExtraError
        The extra ``train`` is not installed.
    """
    if precision not in (*ONNX_FILES, "fp16"):
        msg = f"precision must be int8, fp32 or fp16. Got {precision!r}."
        raise ConfigError(msg)
    folder, output = Path(folder), Path(output)
    if precision == "fp16" and folder.resolve() == output.resolve():
        msg = (
            f"Half precision would overwrite the weights in {folder}: give another "
            "folder to write to."
        )
        raise ConfigError(msg)
    network, tokenizer, facts = load_tagger_network(folder)
    network.eval()
    output.mkdir(parents=True, exist_ok=True)
    if precision == "fp16":
        save_tagger(network.half(), tokenizer, output, card=facts)
        return output / "model.safetensors"
    target = output / ONNX_FILES[precision]
    with write_atomically(target) as stream:
        stream.write(_onnx(network, precision=precision, exact=exact))
    tokenizer.save(str(output / "tokenizer.json"))
    if (transitions := folder / TRANSITIONS).exists():
        with write_atomically(output / TRANSITIONS) as stream:
            stream.write(transitions.read_bytes())
    (output / "tagger.json").write_text(
        json.dumps(facts, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    return target


def _onnx(network: TaggerNetwork, *, precision: str, exact: Collection[str]) -> bytes:
    try:
        from kgbuild.encoder.onnx_graph import bert_graph, supported
    except ImportError as error:
        raise MissingExtraError("onnx", "train") from error  # noqa: EM101
    config = network.encoder.config
    if not supported(config):
        return _traced(network, precision=precision)
    weights = {k: v.float().numpy() for k, v in network.state_dict().items()}
    graph = bert_graph(weights, config, precision=precision, exact=exact)
    made: bytes = graph.SerializeToString()
    return made


def _traced(network: TaggerNetwork, *, precision: str) -> bytes:
    """Trace a network, fuse what ONNX Runtime knows, and quantize."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    config: Any = network.encoder.config
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        example = torch.ones((2, 16), dtype=torch.long)
        sizes = {0: "batch", 1: "tokens"}
        names = ["input_ids", "attention_mask", "token_type_ids", "logits"]
        with warnings.catch_warnings():
            # The tracer warns of Python branches over shapes; sizes are dynamic axes.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network,
                (example, example.clone(), torch.zeros_like(example)),
                str(plain),
                input_names=names[:3],
                output_names=names[3:],
                dynamic_axes=dict.fromkeys(names, sizes),
                opset_version=17,
                dynamo=False,
            )
        options = FusionOptions("bert")
        # Slower on CPUs than their parts; see `kgbuild.encoder.onnx_graph`.
        options.enable_skip_layer_norm = False
        options.enable_bias_skip_layer_norm = False
        options.enable_bias_gelu = False
        options.enable_embed_layer_norm = False
        fused = optimizer.optimize_model(
            str(plain),
            model_type="bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            optimization_options=options,
            opt_level=1,
        )
        logger.info("fused operators: %s", fused.get_fused_operator_statistics())
        made = Path(scratch) / "fused.onnx"
        fused.save_model_to_file(str(made))
        if precision == "int8":
            quantized = Path(scratch) / "quantized.onnx"
            quantize_dynamic(
                str(made),
                str(quantized),
                per_channel=True,
                weight_type=QuantType.QInt8,
                extra_options={
                    "MatMulConstBOnly": True,
                    "DefaultTensorType": onnx.TensorProto.FLOAT,
                },
            )
            made = quantized
        return made.read_bytes()
