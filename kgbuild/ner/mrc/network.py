"""The network: any Hugging Face encoder, and two scores a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from kgbuild.ner.mrc.reader import N_BEFORE, MrcReader, borders
from kgbuild.ner.network import Batch, TokenNetwork, joined
from kgbuild.ner.windows import Example

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from kgbuild.ner.framework import Gold
    from kgbuild.ner.mrc.queries import Queries
    from kgbuild.ner.windows import Unit


class MrcNetwork(TokenNetwork):
    """Encoder, dropout, a score for starts and a score for ends.

    Parameters
    ----------
    encoder
        A Hugging Face encoder.
    queries
        Of all tasks and types.
    nested
        Whether mentions of one type may overlap.
    end_sees_start
        Whether the chance of a start adds to the score of an end.
    end_weight
        Share of the ends in the loss.
    query_seed
        That the queries' examples were drawn with, for the record.
    dropout
        On the encoder's output, while training.

    Notes
    -----
    The paper's two softmax outputs for each border are one logit here, and its end
    classifier over the hidden state and both chances of a start is that logit and one
    number times the chance: the other chance is what is left to 1. So the layer stays
    linear, and its graph for CPUs is the one that other taggers have.
    """

    #: Queries are written in words.
    tags = ()

    def __init__(
        self,
        encoder: Any,
        queries: Queries,
        *,
        nested: bool,
        end_sees_start: bool,
        end_weight: float = 0.5,
        query_seed: int = 0,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(encoder, 2, dropout=dropout)
        self.queries, self.nested = queries, nested
        self.end_sees_start, self.end_weight = end_sees_start, end_weight
        self.query_seed = query_seed
        if end_sees_start:
            self.output.start_to_end = nn.Parameter(torch.zeros(()))

    def loss(self, batch: Batch) -> torch.Tensor:
        """Return the mean loss of a word: of starts and of ends, by their weights."""
        start, end = self.of_words(batch).unbind(dim=1)
        if self.end_sees_start:
            end = end + self.output.start_to_end.float() * torch.sigmoid(start)
        cross_entropy = nn.functional.binary_cross_entropy_with_logits
        begins, ends = batch.labels.float().unbind(dim=1)
        of_starts, of_ends = cross_entropy(start, begins), cross_entropy(end, ends)
        return (1 - self.end_weight) * of_starts + self.end_weight * of_ends

    def examples(
        self, unit: Unit, gold: Iterable[Gold], *, task: str, reader: MrcReader
    ) -> Iterator[Example]:
        """Turn a unit into one example for each type of its task."""
        gold = unit.near(gold)
        first_pieces = unit.first_pieces[unit.own] + N_BEFORE
        for question in reader.questions(task, reader.tasks[task]):
            ids, types = reader.wrap(unit, question)
            labels = borders(unit, gold, question[1])
            yield Example(ids, types, first_pieces, labels, task)

    def collate(self, examples: Sequence[Example]) -> Batch:
        """Pad examples into one batch, on the network's device."""
        return Batch(**joined(examples)).to(self.output.weight.device)

    def reader(self, tokenizer: Tokenizer) -> MrcReader:
        """Return what reads mentions off this network's scores."""
        return MrcReader(
            tokenizer, self.queries, nested=self.nested, start_to_end=self._carried()
        )

    def _carried(self) -> float | None:
        return self.output.start_to_end.item() if self.end_sees_start else None

    def description(self) -> dict[str, Any]:
        """Return what ``tagger.json`` says of the network."""
        return {
            "framework": "mrc", "format": 3, "queries": self.queries,
            "query_seed": self.query_seed, "nested": self.nested,
            "start_to_end": self._carried(),
        }  # fmt: skip

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return nothing: what decoding needs stands in ``tagger.json``."""
        return {}
