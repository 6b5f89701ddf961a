"""Export a tagger: ONNX in int8 for CPUs, or half precision to fine-tune from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kgbuild._io.files import write_atomically
from kgbuild.encoder.export import onnx_bytes
from kgbuild.encoder.files import WEIGHTS_FILE
from kgbuild.encoder.settings import StudentSettings
from kgbuild.errors import ConfigError
from kgbuild.ner.storage import (
    ONNX_FILES,
    load_network,
    save_tagger,
    write_description,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from tokenizers import Tokenizer

Precision = Literal["int8", "fp32", "fp16"]


def export(
    folder: Path | str,
    output: Path | str,
    *,
    precision: Precision = "int8",
    exact: Collection[str] = ("output",),
) -> Path:
    """Write a trained tagger for use; return the file of its weights.

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
        :func:`kgbuild.encoder.onnx_graph.labels_graph`. Other encoders than BERT
        ignore it.

    Raises
    ------
    ResourceMissingError
        ``folder`` holds no trained tagger.
    ConfigError
        ``precision`` is none of the three, or ``exact`` names no matrix.
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
    network, tokenizer, card = load_network(folder)
    tokenizer = _without_tags_of_others(network, tokenizer)
    network.eval()
    if precision == "fp16":
        save_tagger(network.half(), tokenizer, output, card=card)
        return output / WEIGHTS_FILE
    target = output / ONNX_FILES[precision]
    with write_atomically(target) as stream:
        stream.write(onnx_bytes(network, precision=precision, exact=exact))
    write_description(network, tokenizer, output, card=card)
    return target


def _without_tags_of_others(network: Any, tokenizer: Tokenizer) -> Tokenizer:
    """Leave out the tags of another tagger, whose encoder this one began with."""
    from kgbuild.encoder.shrinking import shrink

    encoder = network.encoder
    tags = getattr(network, "tags", None)
    pieces = tokenizer.get_vocab_size(with_added_tokens=False)
    added = {
        token.content
        for number, token in tokenizer.get_added_tokens_decoder().items()
        if number >= pieces
    }
    if tags is None or added <= {*tags} or encoder.config.model_type != "bert":
        return tokenizer
    return shrink(
        encoder, tokenizer, StudentSettings(pieces=pieces), texts=(), tags=tags
    )
