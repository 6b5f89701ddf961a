"""The tagger's network: any Hugging Face encoder and one output layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from kgbuild.errors import ConfigError
from kgbuild.ner.aio.dataset import AioReader, TaughtExample
from kgbuild.ner.aio.decoding import (
    FORBIDDEN,
    TRANSITIONS,
    Decoder,
    allowed_transitions,
)
from kgbuild.ner.network import Batch, TokenNetwork, joined
from kgbuild.ner.soft_labels import log_probabilities

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from kgbuild.ner.aio.labels import LabelScheme
    from kgbuild.ner.framework import Gold
    from kgbuild.ner.windows import Example, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBatch(Batch):
    """Padded examples of tasks; labels are gold columns.

    For a multilabel head they are ``(words, labels) bool``.

    Attributes
    ----------
    word_tasks
        ``(words,) int64``: index of the task of each word's text.
    taught
        ``(words,) bool``: which words have a teacher.
    teacher
        ``(taught words, labels) float32``: what it says, as logits.
    """

    word_tasks: torch.Tensor
    taught: torch.Tensor
    teacher: torch.Tensor


class TaggerNetwork(TokenNetwork):
    """Encoder, dropout, one linear layer over all labels of all tasks.

    Parameters
    ----------
    encoder
        A Hugging Face encoder (``BertModel`` and its like).
    scheme
        Gives the width of the output layer and which labels each task allows.
    dropout
        On the encoder's output, while training.
    """

    def __init__(
        self, encoder: Any, scheme: LabelScheme, *, dropout: float = 0.1
    ) -> None:
        super().__init__(encoder, len(scheme.labels), dropout=dropout)
        self.scheme, self.tags = scheme, scheme.tag_tokens()
        #: How to learn from a teacher; see :class:`kgbuild.ner.recipe.Distillation`.
        self.distillation: Any = None
        mask = torch.full((len(scheme.tasks), len(scheme.labels)), FORBIDDEN)
        for row, task in enumerate(scheme.tasks):
            mask[row, torch.from_numpy(scheme.allowed(task))] = 0.0
        self.mask: torch.Tensor
        self.register_buffer("mask", mask, persistent=False)
        if scheme.head == "crf":
            n = len(scheme.labels) + 1
            # Score of one label behind another, and of beginning and end.
            self.output.transitions = nn.Parameter(torch.zeros(n, n))
            free = torch.from_numpy(allowed_transitions(scheme))
            # A window may begin inside a mention, so that a gold path may, too.
            free[-1, :-1] = True
            barred = torch.zeros(free.shape).masked_fill(~free, FORBIDDEN)
            self.barred: torch.Tensor
            self.register_buffer("barred", barred, persistent=False)

    def loss(self, batch: TaskBatch) -> torch.Tensor:
        """Return the mean loss of a word, among the labels that its task allows.

        Cross entropy; for a CRF the negative log likelihood of whole texts over their
        words; for a multilabel head the sum of the labels' binary cross entropies.
        """
        words = self.of_words(batch)
        mask = self.mask[batch.word_tasks]
        if self.scheme.head == "softmax":
            return self._word_losses(words + mask, batch).mean()
        if self.scheme.head == "crf":
            return self._path_loss(words + mask, batch)
        counted = mask == 0
        counted[:, : len(self.scheme.tasks)] = False
        each = nn.functional.binary_cross_entropy_with_logits(
            words, batch.labels.float(), reduction="none"
        )
        return (each * counted).sum() / len(words)

    def _word_losses(self, words: torch.Tensor, batch: TaskBatch) -> torch.Tensor:
        """Loss of each word: of its label, of its teacher's probabilities, or both."""
        losses = nn.functional.cross_entropy(words, batch.labels, reduction="none")
        if not len(batch.teacher) or self.distillation.targets == "hard":
            return losses
        heat = self.distillation.temperature
        mine = (words[batch.taught] / heat).log_softmax(-1)
        theirs = (batch.teacher / heat).softmax(-1)
        # Hinton et al. 2015, section 2: gradients of soft targets shrink by the square.
        soft = -(theirs * mine).sum(-1) * heat**2
        if self.distillation.targets == "mixed":
            soft = (soft + losses[batch.taught]) / 2
        return losses.masked_scatter(batch.taught, soft)

    def _path_loss(self, words: torch.Tensor, batch: TaskBatch) -> torch.Tensor:
        rows, lengths = torch.unique_consecutive(batch.word_rows, return_counts=True)
        count = torch.arange(len(words), device=words.device)
        text = torch.repeat_interleave(count[: len(rows)], lengths)
        first = torch.cumsum(lengths, 0) - lengths
        place = count - first[text]
        size = len(rows), int(lengths.max())
        scores = words.new_zeros((*size, words.shape[1]))
        scores[text, place] = words
        labels = batch.labels.new_zeros(size)
        labels[text, place] = batch.labels
        transitions = self.output.transitions.float() + self.barred
        return path_loss(scores, labels, lengths, transitions) / len(words)

    def examples(
        self, unit: Unit, gold: Iterable[Gold], *, task: str, reader: AioReader
    ) -> list[Example]:
        """Turn a unit and the gold mentions of its document into its one example."""
        return [reader.example(unit, gold, task)]

    def taught_examples(
        self, unit: Unit, losses: NDArray[np.uint8], *, task: str, reader: AioReader
    ) -> list[Example]:
        """Turn a unit and a teacher's soft labels of it into its one example.

        Raises
        ------
        ConfigError
            The head is not softmax: others do not learn from probabilities.
        """
        if self.scheme.head != "softmax":
            msg = (
                "A student of soft labels has the head softmax. Got "
                f"{self.scheme.head!r}: leave out [distil], or set head = 'softmax'."
            )
            raise ConfigError(msg)
        return [reader.taught_example(unit, losses, task)]

    def collate(self, examples: Sequence[Example]) -> TaskBatch:
        """Pad examples into one batch, on the network's device."""
        counts = [len(e.labels) for e in examples]
        tasks = list(self.scheme.tasks)
        return TaskBatch(
            **joined(examples),
            word_tasks=torch.from_numpy(
                np.repeat([tasks.index(e.task) for e in examples], counts)
            ),
            taught=torch.from_numpy(
                np.repeat([isinstance(e, TaughtExample) for e in examples], counts)
            ),
            teacher=self._teacher(examples),
        ).to(self.output.weight.device)

    def _teacher(self, examples: Sequence[Example]) -> torch.Tensor:
        rows = [np.empty((0, len(self.scheme.labels)), np.float32)]
        for example in examples:
            if isinstance(example, TaughtExample):
                row = np.full(
                    (len(example.losses), rows[0].shape[1]), FORBIDDEN, np.float32
                )
                row[:, self.scheme.allowed(example.task)] = log_probabilities(
                    example.losses
                )
                rows.append(row)
        return torch.from_numpy(np.concatenate(rows))

    def reader(self, tokenizer: Tokenizer) -> AioReader:
        """Return what reads mentions off this network's scores."""
        return AioReader(tokenizer, Decoder(self.scheme, self._transitions()))

    def _transitions(self) -> NDArray[np.float32] | None:
        if self.scheme.head != "crf":
            return None
        values: NDArray[np.float32] = (
            self.output.transitions.detach().float().cpu().numpy()
        )
        return values

    def description(self) -> dict[str, Any]:
        """Return what ``tagger.json`` says of the network."""
        scheme = self.scheme
        plain = {"framework": "aio", "format": 1, "tasks": scheme.to_dict()}
        if (scheme.head, scheme.tagging) == ("softmax", "BIO"):
            return plain
        # Releases that know the first format alone would misread other heads.
        return {
            **plain, "format": 2, "head": scheme.head, "tagging": scheme.tagging
        }  # fmt: skip

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return a CRF's transitions, for decoding without torch."""
        transitions = self._transitions()
        return {} if transitions is None else {TRANSITIONS: transitions}

    @torch.no_grad()
    def inherit(self, old: TaggerNetwork) -> TaggerNetwork:
        """Take over another network's output layer, label by label; return itself."""
        pairs = [
            (self.scheme.index[label], row)
            for label, row in old.scheme.index.items()
            if label in self.scheme.index
        ]
        here = torch.tensor([column for column, _ in pairs])
        there = torch.tensor([row for _, row in pairs])
        self.output.weight[here] = old.output.weight[there]
        self.output.bias[here] = old.output.bias[there]
        if self.scheme.head == old.scheme.head == "crf":
            here = torch.cat([here, torch.tensor([len(self.scheme.labels)])])
            there = torch.cat([there, torch.tensor([len(old.scheme.labels)])])
            values = old.output.transitions[there][:, there]
            self.output.transitions[here[:, None], here[None]] = values
        return self


def path_loss(
    scores: torch.Tensor,
    labels: torch.Tensor,
    lengths: torch.Tensor,
    transitions: torch.Tensor,
) -> torch.Tensor:
    """Negative log likelihood of gold paths under a linear-chain CRF, summed.

    Parameters
    ----------
    scores
        ``(texts, words, labels) float32``.
    labels
        ``(texts, words) int64``: the gold paths; anything behind a text's end.
    lengths
        ``(texts,) int64``: words of each text, at least one.
    transitions
        ``(labels + 1, labels + 1) float32``; see
        :class:`kgbuild.ner.aio.decoding.Decoder`.

    Returns
    -------
    torch.Tensor
        ``() float32``.

    Notes
    -----
    The forward algorithm: Lafferty, McCallum and Pereira, "Conditional Random Fields",
    ICML 2001, section 3, in logarithms.
    """
    n = scores.shape[2]
    between, begin, end = transitions[:n, :n], transitions[n, :n], transitions[:n, n]
    places = torch.arange(scores.shape[1], device=scores.device)
    inside = places[None] < lengths[:, None]
    gold = scores.gather(2, labels[:, :, None]).squeeze(2).mul(inside).sum()
    steps = between[labels[:, :-1], labels[:, 1:]]
    gold = gold + steps.mul(inside[:, 1:]).sum() + begin[labels[:, 0]].sum()
    gold = gold + end[labels.gather(1, (lengths - 1)[:, None])].sum()
    reached = begin + scores[:, 0]
    for word in range(1, scores.shape[1]):
        onward = torch.logsumexp(reached[:, :, None] + between, dim=1)
        on = inside[:, word, None]
        reached = torch.where(on, onward + scores[:, word], reached)
    return torch.logsumexp(reached + end, dim=1).sum() - gold
