"""The name encoder's network: a cut-down encoder, mean pooling, a projection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild.encoder.token_types import token_types
from kgbuild.errors import MissingExtraError, ResourceMissingError

try:
    import torch
    from torch import nn
except ImportError as error:
    package, extra = "torch", "train"
    raise MissingExtraError(package, extra) from error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tokenizers import Tokenizer

#: Version of the folder layout.
FORMAT = 1
#: Facts beside the weights.
FACTS_FILE = "names.json"


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
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor,
    ) -> torch.Tensor:
        """Return unit vectors ``(batch, dimension) float32``."""
        embedded = self.encoder.get_input_embeddings()(input_ids)
        return self.embedded(embedded, attention_mask, token_type_ids)

    def embedded(
        self,
        embedded: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor,
    ) -> torch.Tensor:
        """As :meth:`forward`, of word embeddings ``(batch, tokens, width)``."""
        hidden = self.encoder(
            inputs_embeds=embedded,
            attention_mask=attention_mask,
            token_type_ids=token_type_ids,
        ).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1)
        found: torch.Tensor = nn.functional.normalize(self.output(mean).float(), dim=-1)
        return found


def cut(encoder: Any, *, layers: int) -> None:
    """Keep the first layers of a BERT."""
    stack = encoder.encoder.layer
    if layers < len(stack):
        encoder.encoder.layer = nn.ModuleList(stack[i] for i in range(layers))
        encoder.config.num_hidden_layers = layers


def inputs_of(
    texts: Sequence[str], tokenizer: Tokenizer, *, limit: int
) -> list[tuple[list[int], list[int]]]:
    """Return token ids and token types of every text, cut to ``limit`` tokens."""
    found = []
    for text, encoding in zip(texts, tokenizer.encode_batch(list(texts)), strict=True):
        ids = encoding.ids
        types = token_types(text, encoding.offsets).tolist()
        if len(ids) > limit:
            ids, types = [*ids[: limit - 1], ids[-1]], types[:limit]
        found.append((ids, types))
    return found


def encode(
    network: NameNetwork,
    inputs: Sequence[tuple[list[int], list[int]]],
    *,
    chunk: int,
) -> torch.Tensor:
    """Encode names in chunks of like length, and return them in their order.

    Parameters
    ----------
    network
        Runs under the caller's autocast and grad mode.
    inputs
        From :func:`inputs_of`.
    chunk
        Names a chunk.

    Returns
    -------
    torch.Tensor
        ``(len(inputs), dimension) float32``.
    """
    order = sorted(range(len(inputs)), key=lambda i: (len(inputs[i][0]), i))
    # One gather for all chunks: each gather from the whole table would give a gradient
    # as large as the table.
    longest = max((len(ids) for ids, _ in inputs), default=0)
    arrays = np.zeros((3, len(order), longest), dtype=np.int64)
    for place, row in enumerate(order):
        ids, types = inputs[row]
        arrays[0, place, : len(ids)] = ids
        arrays[1, place, : len(ids)] = 1
        arrays[2, place, : len(ids)] = types
    used, inverse = np.unique(arrays[0], return_inverse=True)
    rows = network.encoder.get_input_embeddings()(torch.from_numpy(used))
    places = torch.from_numpy(inverse.reshape(arrays[0].shape))
    masks, kinds = torch.from_numpy(arrays[1]), torch.from_numpy(arrays[2])
    pieces = []
    for first in range(0, len(order), chunk):
        part = slice(first, first + chunk)
        width = len(inputs[order[part][-1]][0])
        embedded = nn.functional.embedding(places[part, :width], rows)
        pieces.append(
            network.embedded(embedded, masks[part, :width], kinds[part, :width])
        )
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(pieces)[back]


def save(
    network: NameNetwork, tokenizer: Tokenizer, folder: Path, *, facts: dict[str, Any]
) -> None:
    """Write weights as safetensors, configuration, tokenizer and facts."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.detach().contiguous() for k, v in network.state_dict().items()}
    beside = folder / "model.safetensors.tmp"
    save_file(state, beside)
    beside.replace(folder / "model.safetensors")
    network.encoder.config.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / FACTS_FILE).write_text(
        json.dumps({"format": FORMAT, **facts}, indent=1, ensure_ascii=False) + "\n",
        "utf-8",
    )


def load(folder: Path) -> tuple[NameNetwork, Tokenizer, dict[str, Any]]:
    """Load what :func:`save` wrote.

    Raises
    ------
    ResourceMissingError
        The folder holds no name encoder.
    """
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from transformers import AutoConfig, AutoModel

    if not (folder / FACTS_FILE).exists():
        msg = (
            f"There is no trained name encoder in {folder}: expected {FACTS_FILE} "
            "there; train one with 'kgbuild names train'."
        )
        raise ResourceMissingError(msg)
    facts = json.loads((folder / FACTS_FILE).read_text("utf-8"))
    config = AutoConfig.from_pretrained(folder)
    config._attn_implementation = "eager"
    encoder = AutoModel.from_config(config)
    encoder.pooler = None
    network = NameNetwork(encoder, dimension=facts["dimension"])
    network.load_state_dict(load_file(folder / "model.safetensors"))
    network.eval()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return network, tokenizer, facts
