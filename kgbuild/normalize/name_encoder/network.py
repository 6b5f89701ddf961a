"""The name encoder's network: a cut-down encoder, mean pooling, a projection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from kgbuild._io.files import write_atomically
from kgbuild.encoder.backbone import empty_encoder, fill_network, padded, save_network
from kgbuild.encoder.files import load_tokenizer
from kgbuild.errors import ResourceMissingError
from kgbuild.normalize.name_encoder.encoder import CARD_FILE, FORMAT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer


class NameNetwork(nn.Module):
    """Encoder, mean over the tokens, linear map, unit length.

    Parameters
    ----------
    encoder
        A Hugging Face encoder without its pooler.
    dimension
        Width of the vectors.
    """

    def __init__(self, encoder: Any, *, dimension: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.output = nn.Linear(encoder.config.hidden_size, dimension, bias=False)
        nn.init.orthogonal_(self.output.weight)

    def forward(
        self,
        embedded: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor,
    ) -> torch.Tensor:
        """Return unit vectors of word embeddings ``(batch, tokens, width)``."""
        hidden = self.encoder(
            inputs_embeds=embedded,
            attention_mask=attention_mask,
            token_type_ids=token_type_ids,
        ).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1)
        vectors: torch.Tensor = nn.functional.normalize(
            self.output(mean).float(), dim=-1
        )
        return vectors


def cut(encoder: Any, *, layers: int) -> None:
    """Keep the first layers of a BERT."""
    stack = encoder.encoder.layer
    if layers < len(stack):
        encoder.encoder.layer = nn.ModuleList(stack[i] for i in range(layers))
        encoder.config.num_hidden_layers = layers


def encode(
    network: NameNetwork,
    inputs: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    *,
    chunk: int,
) -> torch.Tensor:
    """Encode names in chunks of like length, and return them in their order.

    Parameters
    ----------
    network
        Runs under the caller's autocast and grad mode.
    inputs
        From :func:`.encoder.inputs_of`, at least one.
    chunk
        Names a chunk.

    Returns
    -------
    torch.Tensor
        ``(len(inputs), dimension) float32``.
    """
    order = sorted(range(len(inputs)), key=lambda i: (len(inputs[i][0]), i))
    device = network.output.weight.device
    ids, masks, kinds = (
        x.to(device) for x in padded(*zip(*(inputs[i] for i in order), strict=True))
    )
    # One gather for all chunks: each gather from the whole table would give a gradient
    # as large as the table.
    used, places = torch.unique(ids, return_inverse=True)
    rows = network.encoder.get_input_embeddings()(used)
    pieces = []
    for first in range(0, len(order), chunk):
        part = slice(first, first + chunk)
        width = len(inputs[order[part][-1]][0])
        embedded = nn.functional.embedding(places[part, :width], rows)
        pieces.append(network(embedded, masks[part, :width], kinds[part, :width]))
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(pieces)[back]


def save(
    network: NameNetwork, tokenizer: Tokenizer, folder: Path, *, card: dict[str, Any]
) -> None:
    """Write weights as safetensors, configuration, tokenizer and ``names.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    save_network(network, tokenizer, folder)
    write_card(folder, card)


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Write ``names.json``."""
    text = json.dumps({"format": FORMAT, **card}, indent=1, ensure_ascii=False)
    with write_atomically(folder / CARD_FILE) as stream:
        stream.write(f"{text}\n".encode())


def load(folder: Path) -> tuple[NameNetwork, Tokenizer, dict[str, Any]]:
    """Load what :func:`save` wrote.

    Raises
    ------
    ResourceMissingError
        The folder holds no name encoder.
    """
    if not (folder / CARD_FILE).exists():
        msg = (
            f"There is no trained name encoder in {folder}: expected {CARD_FILE} "
            "there; train one with 'kgbuild names train'."
        )
        raise ResourceMissingError(msg)
    card = json.loads((folder / CARD_FILE).read_text("utf-8"))
    network = NameNetwork(empty_encoder(folder), dimension=card["dimension"])
    fill_network(network, folder)
    return network.eval(), load_tokenizer(folder), card
