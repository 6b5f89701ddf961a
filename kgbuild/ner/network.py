"""What the networks of all frameworks share: an encoder and a linear layer over it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from torch import nn

from kgbuild.encoder.backbone import padded
from kgbuild.encoder.token_types import N_TOKEN_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgbuild.ner.windows import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Padded examples.

    Attributes
    ----------
    input_ids, attention_mask, token_type_ids
        ``(batch, tokens) int64``.
    word_rows, word_columns
        ``(words,) int64``: where the first piece of each word stands.
    labels
        ``(words, …)``: what the framework teaches each word.
    """

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    token_type_ids: torch.Tensor
    word_rows: torch.Tensor
    word_columns: torch.Tensor
    labels: torch.Tensor

    def to(self, device: torch.device) -> Self:
        """Return the batch on a device."""
        values = {f.name: getattr(self, f.name).to(device) for f in fields(self)}
        return type(self)(**values)


class TokenNetwork(nn.Module):
    """Encoder, dropout, one linear layer over its tokens.

    Parameters
    ----------
    encoder
        A Hugging Face encoder (``BertModel`` and its like).
    width
        Of the output layer.
    dropout
        On the encoder's output, while training.
    """

    def __init__(self, encoder: Any, width: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.output: Any = nn.Linear(encoder.config.hidden_size, width)
        self.uses_token_types = (
            getattr(encoder.config, "type_vocab_size", 0) == N_TOKEN_TYPES
        )

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor,
    ) -> torch.Tensor:
        """Return logits ``(batch, tokens, width) float32``."""
        extra = {"token_type_ids": token_type_ids} if self.uses_token_types else {}
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, **extra
        ).last_hidden_state
        logits: torch.Tensor = self.output(self.dropout(hidden))
        return logits

    def of_words(self, batch: Batch) -> torch.Tensor:
        """Return the logits of the words' first pieces, ``(words, width) float32``."""
        logits = self(batch.input_ids, batch.attention_mask, batch.token_type_ids)
        words: torch.Tensor = logits[batch.word_rows, batch.word_columns].float()
        return words


def joined(examples: Sequence[Example]) -> dict[str, torch.Tensor]:
    """Pad examples; return the fields of a :class:`Batch`."""
    counts = [len(e.labels) for e in examples]
    ids, attention, types = padded(
        [e.ids for e in examples], [e.types for e in examples]
    )
    columns = np.concatenate([e.first_pieces for e in examples])
    return {
        "input_ids": ids,
        "attention_mask": attention,
        "token_type_ids": types,
        "word_rows": torch.from_numpy(np.repeat(np.arange(len(examples)), counts)),
        "word_columns": torch.from_numpy(columns),
        "labels": torch.from_numpy(np.concatenate([e.labels for e in examples])),
    }
