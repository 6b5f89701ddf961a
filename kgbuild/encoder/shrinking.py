"""Cut a smaller encoder out of one: fewer layers, narrower ones, fewer word pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from kgbuild.encoder.backbone import embedding, padded
from kgbuild.encoder.files import encode
from kgbuild.encoder.token_types import token_types
from kgbuild.encoder.word_pieces import smaller_tokenizer
from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tokenizers import Tokenizer

    from kgbuild.encoder.settings import StudentSettings

#: So many texts tell which neurons matter, by so many characters of each.
_PROBED, _LONGEST_PROBE = 64, 500


@torch.no_grad()
def shrink(
    encoder: Any,
    tokenizer: Tokenizer,
    settings: StudentSettings,
    *,
    texts: Sequence[str],
    tags: Collection[str] = (),
) -> Tokenizer:
    """Cut layers, neurons, word pieces and places of a BERT, in place.

    Parameters
    ----------
    encoder
        A BERT; it still has to be trained.
    tokenizer
        Of it.
    settings
        What is to be left.
    texts
        Of the field: they tell which word pieces and neurons are used least.
    tags
        Tokens that stay, though no text has them.

    Returns
    -------
    Tokenizer
        Of the smaller encoder.

    Raises
    ------
    ConfigError
        The encoder is no BERT, or lacks a layer that is to be kept.
    """
    config = encoder.config
    if config.model_type != "bert":
        msg = f"Only a BERT can be made smaller. Got a {config.model_type!r}."
        raise ConfigError(msg)
    layers = encoder.encoder.layer
    if beyond := [n for n in settings.layers if not 0 <= n < len(layers)]:
        msg = (
            f"The encoder has the layers 0 to {len(layers) - 1}: leave {beyond[0]} out "
            "of `layers`."
        )
        raise ConfigError(msg)
    if settings.layers:
        encoder.encoder.layer = nn.ModuleList(layers[n] for n in settings.layers)
        config.num_hidden_layers = len(settings.layers)
    if 0 < settings.feed_forward < config.intermediate_size:
        probes = [text[:_LONGEST_PROBE] for text in texts[:_PROBED]]
        _narrow(encoder, tokenizer, settings.feed_forward, texts=probes)
    table = encoder.embeddings
    if 0 < settings.places < config.max_position_embeddings:
        places = table.position_embeddings.weight[: settings.places].clone()
        table.position_embeddings = embedding(places)
        table.register_buffer(
            "position_ids", torch.arange(settings.places)[None], persistent=False
        )
        config.max_position_embeddings = settings.places
    if 0 < settings.pieces < tokenizer.get_vocab_size():
        tokenizer, rows = smaller_tokenizer(
            tokenizer, texts, pieces=settings.pieces, keep=tags
        )
        words = table.word_embeddings.weight[torch.from_numpy(rows)].clone()
        encoder.set_input_embeddings(embedding(words, padding=0))
        config.vocab_size = len(rows)
    return tokenizer


def _narrow(
    encoder: Any, tokenizer: Tokenizer, width: int, *, texts: Sequence[str]
) -> None:
    """Keep the neurons of each layer whose part in its output varies most.

    That is the deviation of a neuron's activation times the length of its row in the
    second matrix. What the others give on average goes into the bias.
    """
    encodings = [encode(tokenizer, t) for t in texts]
    ids, attention, types = padded(
        [np.array(e.ids) for e in encodings],
        [token_types(t, e.offsets) for t, e in zip(texts, encodings, strict=True)],
    )
    given: dict[int, torch.Tensor] = {}
    hooks = [
        layer.output.dense.register_forward_pre_hook(
            lambda _, inputs, n=n: given.__setitem__(n, inputs[0][attention.bool()])
        )
        for n, layer in enumerate(encoder.encoder.layer)
    ]
    encoder.eval()
    encoder(input_ids=ids, attention_mask=attention, token_type_ids=types)
    for hook in hooks:
        hook.remove()
    for n, layer in enumerate(encoder.encoder.layer):
        first, second = layer.intermediate.dense, layer.output.dense
        worth = given[n].std(dim=0) * second.weight.norm(dim=0)
        kept = worth.topk(width).indices.sort().values
        mean = given[n].mean(dim=0).index_fill(0, kept, 0.0)
        layer.intermediate.dense = _linear(first.weight[kept], first.bias[kept])
        layer.output.dense = _linear(
            second.weight[:, kept], second.bias + second.weight @ mean
        )
    encoder.config.intermediate_size = width


def _linear(weight: torch.Tensor, bias: torch.Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.copy_(weight)
    layer.bias.copy_(bias)
    return layer
