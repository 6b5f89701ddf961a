"""What a way of tagging brings: labels, network input, decoding, loss.

Everything around it is shared. A framework is a package beside :mod:`kgbuild.ner.aio`
and one line of :mod:`kgbuild.ner.frameworks`; ``docs/training.md`` says how.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from kgbuild._io.settings import checked
from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import numpy as np
    import torch
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from kgbuild.ner.windows import Unit

_Settings = TypeVar("_Settings")

#: Mention of gold: ``(start, end, type)``, half-open offsets in the document.
Gold = tuple[int, int, str]
#: Mention in a unit: ``(first word, one past the last word, type, score in [0, 1])``.
Span = tuple[int, int, str, float]
#: Task and type → name in the training part → how often it stands there.
Names = Mapping[tuple[str, str], Mapping[str, int]]


class Reader(Protocol):
    """From a unit of text to the network's input, and from its scores to mentions.

    What a tagger needs at run time: nothing here may need torch.

    Attributes
    ----------
    tokenizer
        Knows the special tokens.
    added
        Most tokens that :meth:`wrap` adds to a unit.
    tasks
        What the network is asked for → the entity types that it answers with.
    nested
        Whether mentions of one task may overlap.
    """

    tokenizer: Tokenizer
    added: int
    tasks: Mapping[str, tuple[str, ...]]
    nested: bool

    def questions(self, task: str, types: Sequence[str]) -> Sequence[Any]:
        """Return what the network is to be asked, a pass each, for types of a task."""
        ...

    def wrap(
        self, unit: Unit, question: Any
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return ids and token types of a unit to be asked, ``(n_tokens,) int64``."""
        ...

    def spans(
        self, scores: NDArray[np.float32], unit: Unit, question: Any
    ) -> list[Span]:
        """Read mentions of the words ``unit.keep`` off ``(n_tokens, n_labels)``."""
        ...


class Network(Protocol):
    """A ``torch.nn.Module`` of an ``encoder`` and what stands on it.

    It may have ``tags``, the tokens that it put into the vocabulary; those that another
    tagger put there are then left out of what is exported.

    Called with ``input_ids``, ``attention_mask`` and ``token_type_ids``, ``(batch,
    tokens) int64``, it returns ``(batch, tokens, n_labels) float32``. Where ``output``
    is a linear layer, the graph for CPUs is written by hand, else it is traced.
    """

    encoder: Any
    output: Any

    def examples(
        self, unit: Unit, gold: Iterable[Gold], *, task: str, reader: Any
    ) -> Iterable[Any]:
        """Turn a unit and its document's gold mentions into examples, with ``ids``."""
        ...

    def collate(self, examples: Sequence[Any]) -> Any:
        """Join examples to a batch, on the network's device.

        It has ``input_ids`` and, where words begin, ``word_rows``, ``word_columns``.
        """
        ...

    def loss(self, batch: Any) -> torch.Tensor:
        """Return the loss of what :meth:`collate` joined."""
        ...

    def reader(self, tokenizer: Tokenizer) -> Reader:
        """Return what reads by this network as it is now."""
        ...

    def description(self) -> dict[str, Any]:
        """Return what ``tagger.json`` says of it, with ``framework`` and ``format``."""
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
        Versions of a tagger's folder that it reads.
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
        """Return the reader of a tagger's folder, whose ``tagger.json`` is ``card``."""
        ...

    def empty_network(self, encoder: Any, card: Mapping[str, Any]) -> Any:
        """Return the network that ``tagger.json`` describes, to be filled."""
        ...

    def new_network(
        self,
        encoder: Any,
        tokenizer: Tokenizer,
        *,
        tasks: Mapping[str, Sequence[str]],
        model: Mapping[str, Any],
        dropout: float,
        names: Callable[[], Names],
        old: Any = None,
    ) -> Any:
        """Put an output layer on an encoder and widen the vocabulary.

        ``names`` counts what the corpora name, which takes as long as reading them.
        Where there is an ``old`` network, the new one keeps its tasks and labels; a
        ``model`` that contradicts it is a ConfigError.
        """
        ...


def checked_model(model: Mapping[str, Any], settings: type[_Settings]) -> _Settings:
    """Return the table ``[model]`` of a recipe as a framework's settings.

    Raises
    ------
    ConfigError
        It has a wrong or unknown key.
    """
    try:
        return checked(model, settings)
    except ConfigError as error:
        raise ConfigError(f"model.{error}") from error  # noqa: EM102


def inherited(model: Mapping[str, Any], **old: Any) -> dict[str, Any]:
    """Return a recipe's ``[model]`` with what an old tagger decides.

    Raises
    ------
    ConfigError
        The recipe asks for something else.
    """
    if other := {k: v for k, v in model.items() if old.get(k, v) != v}:
        msg = (
            f"The tagger to fine-tune has {old}, and the recipe's [model] asks for "
            f"{other}: leave that out, or train from an encoder."
        )
        raise ConfigError(msg)
    return {**model, **old}


def checked_tasks(data: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the table ``[tasks]``: task → entity types.

    Raises
    ------
    ConfigError
        There is no task, or one does not list its types.
    """
    for task, types in data.items():
        if isinstance(types, str) or not all(isinstance(t, str) for t in types):
            msg = f"The task {task!r} must list its entity types. Got {types!r}."
            raise ConfigError(msg)
    if not data or not all(data.values()):
        msg = (
            "Every task needs at least one entity type, for example "
            f"Gene = ['Gene']. Got {dict(data)!r}."
        )
        raise ConfigError(msg)
    return {task: tuple(types) for task, types in data.items()}
