"""What a way of tagging brings: labels, network input, decoding, loss.

The parts around it are shared: units of text, scorer, agreement within a document,
training loop, recipes, commands. A framework is a package beside :mod:`kgbuild.ner.aio`
and one line of :mod:`kgbuild.ner.frameworks`; ``docs/training.md`` says how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import torch
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from kgbuild.ner.windows import Unit

#: Mention of gold: ``(start, end, type)``, half-open offsets in the document.
Gold = tuple[int, int, str]
#: Mention in a unit: ``(first word, one past the last word, type, score in [0, 1])``.
Span = tuple[int, int, str, float]


class Example(Protocol):
    """What a network reads at once, with its gold labels; anything else is private."""

    @property
    def ids(self) -> NDArray[np.int64]:
        """Word pieces with special tokens, ``(n_tokens,) int64``."""
        ...


class Reader(Protocol):
    """From a unit of text to the network's input, and from its scores to mentions.

    What a tagger needs at run time: nothing here may need torch.

    Attributes
    ----------
    tokenizer
        Knows the special tokens.
    tasks
        What the network is asked for → the entity types that it answers with.
    nested
        Whether mentions of one task may overlap.
    added
        Most tokens that :meth:`wrap` adds to a unit.
    """

    tokenizer: Tokenizer
    added: int

    @property
    def tasks(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102

    @property
    def nested(self) -> bool: ...  # noqa: D102

    def wrap(
        self, unit: Unit, task: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return ids and token types of a unit under a task, ``(n_tokens,) int64``."""
        ...

    def spans(self, scores: NDArray[np.float32], unit: Unit, task: str) -> list[Span]:
        """Read mentions off scores ``(n_tokens, n_labels) float32``.

        Words outside ``unit.keep`` belong to another unit.
        """
        ...


class Network(Protocol):
    """A ``torch.nn.Module`` of an ``encoder`` and what stands on it.

    Called with ``input_ids``, ``attention_mask`` and ``token_type_ids``, ``(batch,
    tokens) int64``, it returns ``(batch, tokens, n_labels) float32``. Where ``output``
    is a linear layer, the graph for CPUs is written by hand, else it is traced.
    """

    encoder: Any
    output: Any

    def loss(self, batch: Any) -> torch.Tensor:
        """Return the loss of what :meth:`collate` made."""
        ...

    def collate(self, examples: Sequence[Any]) -> Any:
        """Make a batch, on the network's device.

        It has ``input_ids`` and ``word_rows``, ``word_columns``: where words begin.
        """
        ...

    def examples(
        self, unit: Unit, gold: Iterable[Gold], *, task: str, reader: Any
    ) -> Iterable[Any]:
        """Turn a unit and the gold mentions of its document into examples."""
        ...

    def reader(self, tokenizer: Tokenizer) -> Reader:
        """Return what reads by this network as it is now."""
        ...

    def description(self) -> dict[str, Any]:
        """Return what ``tagger.json`` says of the network: at least its ``format``."""
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what decoding needs besides the scores, by file name (``….npy``)."""
        ...


class Framework(Protocol):
    """A way of tagging.

    Attributes
    ----------
    name
        As recipes and ``tagger.json`` write it.
    formats
        Versions of the folder's layout that it reads.
    """

    name: str
    formats: tuple[int, ...]

    def check(
        self, tasks: Mapping[str, Sequence[str]], model: Mapping[str, Any]
    ) -> object:
        """Raise a ConfigError if a recipe's ``[tasks]`` and ``[model]`` are wrong."""
        ...

    def load_reader(
        self, folder: Path, card: Mapping[str, Any], tokenizer: Tokenizer
    ) -> Reader:
        """Make the reader of a tagger's folder, whose ``tagger.json`` is ``card``."""
        ...

    def empty_network(self, encoder: Any, card: Mapping[str, Any]) -> Any:
        """Make the network that ``tagger.json`` describes, to be filled."""
        ...

    def new_network(
        self,
        encoder: Any,
        tokenizer: Tokenizer,
        *,
        tasks: Mapping[str, Sequence[str]],
        model: Mapping[str, Any],
        dropout: float,
    ) -> Any:
        """Put an untrained output layer on an encoder; widen the vocabulary."""
        ...

    def extended_network(
        self,
        old: Any,
        tokenizer: Tokenizer,
        *,
        tasks: Mapping[str, Sequence[str]],
        model: Mapping[str, Any],
        dropout: float,
    ) -> Any:
        """Add tasks to a trained network, which keeps what it knows.

        Raises
        ------
        ConfigError
            ``model`` asks for another kind of network than ``old`` is.
        """
        ...
