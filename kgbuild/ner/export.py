"""Export a tagger to ONNX, in int8 for CPUs."""

from __future__ import annotations

import json
import logging
import tempfile
import warnings
from pathlib import Path
from typing import Literal

import torch

from kgbuild.errors import ConfigError, MissingExtraError
from kgbuild.ner.model import load_tagger_network

logger = logging.getLogger(__name__)

Precision = Literal["int8", "fp32"]

#: File of the weights, by precision.
ONNX_FILES = {"int8": "model.int8.onnx", "fp32": "model.fp32.onnx"}


def export(
    folder: Path | str, output: Path | str, *, precision: Precision = "int8"
) -> Path:
    """Write a trained tagger as ONNX, with its tokenizer and ``tagger.json``.

    Attention, GELU and layer norm become ONNX Runtime's fused operators; in ``int8``
    the weights of matrix products are quantized per output channel and the activations
    at run time, and the embedding table is quantized too.

    Parameters
    ----------
    folder
        A tagger as :func:`kgbuild.ner.training.train` writes it.
    output
        Folder for the three files.
    precision
        ``"int8"`` or ``"fp32"``.

    Returns
    -------
    Path
        The ONNX file.

    Raises
    ------
    ConfigError
        ``precision`` is none of the two.
    MissingExtraError
        The extra ``train`` is not installed.
    """
    if precision not in ONNX_FILES:
        msg = f"precision must be one of {', '.join(ONNX_FILES)}. Got {precision!r}."
        raise ConfigError(msg)
    try:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic
        from onnxruntime.transformers import optimizer
    except ImportError as error:
        raise MissingExtraError("onnx", "train") from error  # noqa: EM101
    folder, output = Path(folder), Path(output)
    network, tokenizer, facts = load_tagger_network(folder)
    network.eval()
    output.mkdir(parents=True, exist_ok=True)
    target = output / ONNX_FILES[precision]
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
        config = network.encoder.config
        fused = optimizer.optimize_model(
            str(plain),
            model_type="bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            opt_level=1,
        )
        logger.info("fused operators: %s", fused.get_fused_operator_statistics())
        fused_file = Path(scratch) / "fused.onnx"
        fused.save_model_to_file(str(fused_file))
        made = Path(scratch) / "made.onnx"
        if precision == "int8":
            quantize_dynamic(
                str(fused_file),
                str(made),
                per_channel=True,
                weight_type=QuantType.QInt8,
                extra_options={
                    "MatMulConstBOnly": True,
                    "DefaultTensorType": onnx.TensorProto.FLOAT,
                },
            )
        else:
            made = fused_file
        beside = target.with_suffix(".tmp")
        beside.write_bytes(made.read_bytes())
        beside.replace(target)
    tokenizer.save(str(output / "tokenizer.json"))
    (output / "tagger.json").write_text(
        json.dumps(facts, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    return target
