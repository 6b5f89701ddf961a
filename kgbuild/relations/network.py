"""The extractor's network: an encoder, and a head over pairs of concepts.

After ATLOP (Zhou et al., "Document-Level Relation Extraction with Adaptive
Thresholding and Localized Context Pooling", AAAI 2021): a concept is the log-sum-exp of
its mentions; what matters to a pair is read from the text by the product of two
concepts' attentions (section 3.2); and a grouped bilinear form scores the pair. Three
things are different.
The attention is the head's own, so that the encoder may be one that returns no
probabilities; the nearest pairs of mentions are looked at one by one, with the text
between them; and each corpus has outputs of its own, among them one for no relation.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from kgbuild.relations.layout import FACTS, N_MARKS, N_NUMBERS
from kgbuild.relations.tasks import TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kgbuild.relations.tasks import Task

_FAR = -1e4
#: Width of pairs, of groups of the bilinear form, attention heads and their width.
_WIDTH, _GROUP, _HEADS, _HEAD_WIDTH = 256, 16, 4, 32


class PairHead(nn.Module):
    """Scores pairs of a document's concepts from the states of its tokens.

    Parameters
    ----------
    states
        Width of the encoder.
    outputs
        Labels of all tasks together, and one for novelty.
    dropout
        While training.
    """

    def __init__(self, states: int, outputs: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        wide = _HEADS * _HEAD_WIDTH
        self.dropout = nn.Dropout(dropout)
        self.one, self.two = nn.Linear(states, _WIDTH), nn.Linear(states, _WIDTH)
        self.between = nn.Linear(states, _WIDTH)
        self.facts = nn.ModuleList(nn.Embedding(n, _WIDTH) for n in FACTS)
        self.place = nn.Linear(_WIDTH, _WIDTH)
        self.weigh = nn.Linear(_WIDTH, 1)
        self.query, self.key = nn.Linear(states, wide), nn.Linear(states, wide)
        self.value = nn.Linear(states, wide)
        self.subject, self.object = (nn.Linear(states, _WIDTH) for _ in range(2))
        self.context, self.context_two = (nn.Linear(wide, _WIDTH) for _ in range(2))
        self.seen, self.seen_two = (nn.Linear(_WIDTH, _WIDTH) for _ in range(2))
        self.numbers = nn.Linear(N_NUMBERS, _WIDTH)
        self.kinds = nn.Embedding(len(TYPES) ** 2, _WIDTH)
        self.bilinear = nn.Linear(_WIDTH * _GROUP, outputs)
        self.plain = nn.Linear(3 * _WIDTH, outputs)
        for table in (*self.facts, self.kinds):
            nn.init.normal_(table.weight, std=0.1)

    def forward(
        self,
        hidden: torch.Tensor,
        mention_tokens: torch.Tensor,
        entity_mentions: torch.Tensor,
        entity_types: torch.Tensor,
        pairs: torch.Tensor,
        places: torch.Tensor,
        facts: torch.Tensor,
        numbers: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits ``(pairs, outputs)`` and weights of places ``(pairs, PLACES)``.

        Parameters
        ----------
        hidden
            ``(tokens, states) float32``, of one document.
        mention_tokens, entity_mentions, pairs, places, facts, numbers
            See :class:`kgbuild.relations.layout.Layout`.
        entity_types
            ``(entities,) int64``.
        """
        zero = torch.zeros_like(hidden[:1])
        running = torch.cat([zero, torch.cumsum(hidden, 0)])
        begin, end = mention_tokens[:, 0], mention_tokens[:, 1]
        mentions = (running[end] - running[begin]) / (end - begin)[:, None]
        known = (entity_mentions >= 0)[:, :, None]
        of_entity = mentions[entity_mentions.clamp(min=0)]
        entities = torch.logsumexp(of_entity.masked_fill(~known, _FAR), dim=1)

        there = places[:, :, 0] >= 0
        first = places[:, :, 0].clamp(min=0)
        second = places[:, :, 1].clamp(min=0)
        low = torch.minimum(end[first], end[second])
        high = torch.maximum(begin[first], begin[second])
        length = (high - low).clamp(min=0)
        gap = (running[torch.maximum(low, high)] - running[low]) / length.clamp(min=1)[
            :, :, None
        ]
        # What lies between mentions of different sentences says little by its mean.
        gap = gap * (facts[:, :, 1] == 0)[:, :, None]
        seen = (
            self.one(mentions)[first] + self.two(mentions)[second] + self.between(gap)
        )
        for number, table in enumerate(self.facts):
            seen = seen + table(facts[:, :, number])
        seen = nn.functional.gelu(self.place(nn.functional.gelu(self.dropout(seen))))
        weights = self.weigh(seen)[:, :, 0].masked_fill(~there, _FAR).softmax(dim=1)
        seen = self.dropout((weights[:, :, None] * seen).sum(dim=1))

        a, b = pairs[:, 0], pairs[:, 1]
        context = self._context(hidden, entities, a, b)
        kinds = self.kinds(entity_types[a] * len(TYPES) + entity_types[b])
        common = self.numbers(numbers) + kinds
        left = torch.tanh(
            self.subject(entities)[a] + self.context(context) + self.seen(seen) + common
        )
        right = torch.tanh(
            self.object(entities)[b] + self.context_two(context)
            + self.seen_two(seen) + common
        )  # fmt: skip
        left, right = self.dropout(left), self.dropout(right)
        groups = _WIDTH // _GROUP
        product = left.reshape(-1, groups, _GROUP, 1) * right.reshape(
            -1, groups, 1, _GROUP
        )
        logits = self.bilinear(product.reshape(-1, _WIDTH * _GROUP))
        return logits + self.plain(torch.cat([seen, left, right], dim=1)), weights

    def _context(
        self,
        hidden: torch.Tensor,
        entities: torch.Tensor,
        a: torch.Tensor,
        b: torch.Tensor,
    ) -> torch.Tensor:
        """Read the text by the product of two concepts' attentions."""
        query = self.query(entities).reshape(-1, _HEADS, _HEAD_WIDTH).transpose(0, 1)
        key = self.key(hidden).reshape(-1, _HEADS, _HEAD_WIDTH).transpose(0, 1)
        value = self.value(hidden).reshape(-1, _HEADS, _HEAD_WIDTH).transpose(0, 1)
        looks = torch.matmul(query, key.transpose(1, 2)) / math.sqrt(_HEAD_WIDTH)
        # The product of two distributions, made one again, is that of the sum.
        both = (looks[:, a] + looks[:, b]).softmax(dim=2)
        read = torch.matmul(both, value).transpose(0, 1)
        return read.reshape(-1, _HEADS * _HEAD_WIDTH)


class RelationNetwork(nn.Module):
    """An encoder, and :class:`PairHead` on the states of its tokens.

    The lower layers are those of the tagger and stay as they are; above them the
    encoder is told where mentions stand.

    Parameters
    ----------
    encoder
        A BERT.
    tasks
        Their labels are the outputs, in this order; the last output is novelty.
    frozen
        Layers that do not learn, from below.
    dropout
        Of the head, while training.
    """

    def __init__(
        self,
        encoder: Any,
        tasks: Mapping[str, Task],
        *,
        frozen: int,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.encoder, self.tasks, self.frozen = encoder, dict(tasks), frozen
        self.columns = columns_of(self.tasks)
        last = max(end for _, end in self.columns.values())
        width = encoder.config.hidden_size
        self.marks = nn.Embedding(N_MARKS, width)
        nn.init.normal_(self.marks.weight, std=0.05)
        self.head = PairHead(width, last + 1, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        for part in (encoder.embeddings, *encoder.encoder.layer[:frozen]):
            part.requires_grad_(requires_grad=False)

    @torch.no_grad()
    def lower(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor,
    ) -> torch.Tensor:
        """Return the states ``(windows, tokens, states)`` above the frozen layers."""
        hidden = self.encoder.embeddings(
            input_ids=input_ids, token_type_ids=token_type_ids
        )
        return self._layers(hidden, attention_mask, 0, self.frozen)

    def upper(
        self, hidden: torch.Tensor, attention_mask: torch.Tensor, marks: torch.Tensor
    ) -> torch.Tensor:
        """Return the states above all layers, of those above the frozen ones.

        Parameters
        ----------
        hidden
            From :meth:`lower`.
        attention_mask, marks
            ``(windows, tokens) int64``.
        """
        marked = hidden + self.marks(marks)
        above = self._layers(marked, attention_mask, self.frozen, None)
        states: torch.Tensor = self.dropout(above)
        return states

    def _layers(
        self, hidden: torch.Tensor, mask: torch.Tensor, begin: int, end: int | None
    ) -> torch.Tensor:
        far = (1.0 - mask[:, None, None, :].to(hidden.dtype)) * _FAR
        for layer in self.encoder.encoder.layer[begin:end]:
            given = layer(hidden, attention_mask=far)
            hidden = given[0] if isinstance(given, tuple) else given
        return hidden


def columns_of(tasks: Mapping[str, Task]) -> dict[str, tuple[int, int]]:
    """Return the outputs of each task, half open; novelty's comes after the last."""
    columns, begin = {}, 0
    for name, task in tasks.items():
        columns[name] = begin, begin + len(task.labels)
        begin += len(task.labels)
    return columns


def inside(
    hidden: torch.Tensor, lengths: Sequence[Sequence[int]]
) -> list[torch.Tensor]:
    """Join the states of each document's windows, without special tokens.

    Parameters
    ----------
    hidden
        ``(windows, tokens, states)``, windows of one document behind each other.
    lengths
        Per document, its windows' lengths with special tokens.
    """
    rows = iter(hidden)
    return [torch.cat([next(rows)[1 : n - 1] for n in of_one]) for of_one in lengths]
