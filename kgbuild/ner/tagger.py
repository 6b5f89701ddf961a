"""Batched recognition: documents in, documents with mentions out.

Three steps, each testable without weights: :func:`.windows.units_for` cuts, a
scorer runs the network, and the framework's reader (:mod:`kgbuild.ner.framework`) reads
the mentions off.

On a CPU every unit runs by itself: dynamic int8 quantization scales activations over
the whole tensor, so in a padded batch the neighbors would change a unit's scores, and
results would depend on the batch size. Instead several documents are worked on at the
same time, each by one thread from its sentences to its mentions: the tokenizer and the
network let go of Python's lock, so that one thread cuts text while another multiplies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from kgbuild._io.files import sha256_of
from kgbuild._io.options import did_you_mean, names_in
from kgbuild._io.threads import in_order
from kgbuild.document import Document, Mention, surest_first
from kgbuild.encoder.files import WEIGHTS_FILE, load_tokenizer
from kgbuild.encoder.scorer import OnnxScorer, Scorer, TorchScorer, usable_cores
from kgbuild.errors import (
    ConfigError,
    MissingExtraError,
    ResourceMissingError,
    whole_number,
)
from kgbuild.ner.consistency import AGREEMENT, make_consistent
from kgbuild.ner.newer_names import with_newer_names
from kgbuild.ner.storage import (
    DEFAULT,
    EVERY,
    checked_threshold,
    known_as,
    load_network,
    onnx_file_of,
    read_card,
    size_in,
    tagger_folder,
    threshold_of,
)
from kgbuild.ner.together import Taggers
from kgbuild.ner.usage import known_types
from kgbuild.ner.windows import Unit, units_for
from kgbuild.stage import require_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from kgbuild.ner.framework import Reader

__all__ = [
    "ALL", "DEFAULT", "Backend", "Tagger", "Taggers", "choose_tasks", "load_tagger",
]  # fmt: skip

Backend = Literal["auto", "onnx", "torch"]

#: The task that recognizes all of BioRED's six types in one pass.
ALL = "ALL"
#: Share of a threshold that does for mentions which something else speaks for.
_ENOUGH = 0.5
#: Documents looked at together, so that all cores have units to run.
_BUFFER = 128


@dataclass(frozen=True, slots=True)
class _Work:
    """One unit and one question of a task."""

    document: int
    unit: Unit
    task: str
    question: Any
    ids: NDArray[np.int64]
    types: NDArray[np.int64]


class Tagger:
    """Recognizer of entities: the stage ``recognize``.

    Use :func:`load_tagger` to get one.

    Parameters
    ----------
    scorer
        Runs the network.
    reader
        Of the network's framework; has tokenizer and tasks.
    recognizer, version
        Of the weights; the first stands on every mention.
    budget, limit
        Tokens up to which sentences are joined, and the most a text may have.
    types
        Entity types to recognize, ``"all"`` among them for all that it knows; default:
        those of the task ``ALL`` (BioRED's six), or without such a task all.
    threshold
        Mentions that score lower are dropped, unless ``consistent`` brings one back: a
        number, or one per task, one per type of a task (``"ALL.Species"``), and one
        for the ``"others"``.
    consistent
        Let the mentions of a document agree; see :mod:`kgbuild.ner.consistency`. Not
        for taggers of nested mentions.

    Attributes
    ----------
    name
        ``"recognize"``, the stage's name.
    types
        Entity types of its mentions; ``reader.tasks`` has all that its network knows.
    weights, version
        The given version; the same with that of the rules of agreement, if they run.
    """

    name = "recognize"

    def __init__(
        self,
        *,
        scorer: Scorer,
        reader: Reader,
        recognizer: str,
        version: str,
        budget: int = 0,
        limit: int = 256,
        types: Sequence[str] | None = None,
        threshold: float | Mapping[str, float] = 0.0,
        consistent: bool = False,
    ) -> None:
        self.scorer, self.reader = scorer, reader
        self.recognizer, self.weights = recognizer, version
        self.version = f"{version} {AGREEMENT}" if consistent else version
        self.budget, self.limit = budget, limit
        self.threshold = checked_threshold(threshold, self.reader.tasks)
        self.consistent = consistent
        tasks = reader.tasks
        known = tuple(dict.fromkeys(t for names in tasks.values() for t in names))
        if types is None:
            types = tasks.get(ALL, known)
        asked = [
            called
            for wanted in types
            for called in (known if wanted == EVERY else (known_as(wanted, known),))
        ]
        self.tasks = choose_tasks(tasks, asked)
        self.types = tuple(dict.fromkeys(asked))

    @property
    def threads(self) -> int:
        """Documents that are worked on at the same time."""
        return getattr(self.scorer, "workers", 1)

    def __call__(self, document: Document) -> Document:
        """Return the document with the mentions this tagger finds added.

        Mentions that an earlier run of the same tagger left are replaced.
        """
        require_document(document)
        return next(self._annotate([document]))

    def stream(
        self, documents: Iterable[Document], *, batch_size: int = _BUFFER
    ) -> Iterator[Document]:
        """Annotate many documents; see :class:`kgbuild.stage.Stage`.

        Parameters
        ----------
        documents
            Streamed; order is kept.
        batch_size
            Documents looked at together. It changes speed, never results.

        Yields
        ------
        Document
            As :meth:`__call__` returns it, in order.
        """
        whole_number(1, batch_size=batch_size)
        if workers := getattr(self.scorer, "workers", 0):
            yield from self._each(documents, workers=workers, ahead=batch_size)
            return
        source = iter(documents)
        while buffer := list(islice(source, batch_size)):
            yield from self._annotate(buffer)

    def _each(
        self, documents: Iterable[Document], *, workers: int, ahead: int
    ) -> Iterator[Document]:
        """Annotate documents one by one, several at the same time, in order."""
        if workers > 1:
            # Whatever they load, they load once, before threads begin.
            self.scorer([], [])
            if self.consistent:
                known_types()
        yield from in_order(self, documents, workers=workers, ahead=ahead)

    def _annotate(self, documents: Sequence[Document]) -> Iterator[Document]:
        questions = [
            (task, question)
            for task, types in self.tasks.items()
            for question in self.reader.questions(task, types)
        ]
        work = [
            _Work(i, unit, task, question, *self.reader.wrap(unit, question))
            for i, document in enumerate(documents)
            for unit in units_for(
                self.reader, document, budget=self.budget, limit=self.limit
            )
            for task, question in questions
        ]
        recognized: list[dict[str, list[Mention]]] = [{} for _ in documents]
        logits = self.scorer([w.ids for w in work], [w.types for w in work])
        for item, scores in zip(work, logits, strict=True):
            text = documents[item.document].text
            mentions = recognized[item.document].setdefault(item.task, [])
            mentions += self._mentions(item, scores, text)
        for document, by_task in zip(documents, recognized, strict=True):
            mentions = [
                mention
                for task, of_task in by_task.items()
                for mention in self.agree(document.text, self._flat(of_task), task)
            ]
            others = [m for m in document.mentions if m.recognizer != self.recognizer]
            found = with_newer_names(
                document.text,
                _without_twins(mentions),
                types={kind for kinds in self.tasks.values() for kind in kinds},
                recognizer=self.recognizer,
            )
            yield document.with_mentions([*others, *found])

    def _flat(self, mentions: list[Mention]) -> Sequence[Mention]:
        """Drop what overlaps a surer mention, unless the tagger is of nested ones."""
        return mentions if self.reader.nested else surest_first(mentions)

    def restricted(self, types: Sequence[str]) -> Tagger:
        """Return a tagger of the same network that recognizes these types alone.

        Raises
        ------
        ConfigError
            The network does not know one of them.
        """
        return Tagger(
            scorer=self.scorer, reader=self.reader, recognizer=self.recognizer,
            version=self.weights, budget=self.budget, limit=self.limit, types=types,
            threshold=self.threshold, consistent=self.consistent,
        )  # fmt: skip

    def agree(self, text: str, mentions: Sequence[Mention], task: str) -> list[Mention]:
        """Drop what is too unsure or unwanted, and let the rest agree.

        Parameters
        ----------
        text
            Of a document.
        mentions
            That the output layer found in it under ``task``, of whatever score.
        task
            Name of the task.
        """
        sure: list[Mention] = []
        unsure: list[Mention] = []
        for mention in mentions:
            score = mention.score or 0.0
            least = self.least_score(task, mention.type)
            if score >= least:
                sure.append(mention)
            elif score >= _ENOUGH * least:
                unsure.append(mention)
        # Unwanted types have a vote too: they keep strings from becoming wanted ones.
        agreed = sure
        if self.consistent:
            types = self.reader.tasks[task]
            agreed = make_consistent(text, sure, unsure=unsure, types=types)
        return [m for m in agreed if m.type in self.tasks[task]]

    def least_score(self, task: str, entity_type: str) -> float:
        """Return the score below which a task's mentions of a type are dropped."""
        if isinstance(self.threshold, Mapping):
            for key in (f"{task}.{entity_type}", task, "others"):
                if key in self.threshold:
                    return self.threshold[key]
            return 0.0
        return self.threshold

    def _mentions(
        self, item: _Work, scores: NDArray[np.float32], text: str
    ) -> Iterator[Mention]:
        words = item.unit.words
        spans = self.reader.spans(scores, item.unit, item.question)
        for first, last, entity_type, score in spans:
            start, end = int(words[first][0]), int(words[last - 1][1])
            if not any(map(str.isalnum, text[start:end])):
                continue  # A sign between two names is no name.
            yield Mention(
                start=start, end=end, text=text[start:end], type=entity_type,
                recognizer=self.recognizer, score=round(score, 4),
            )  # fmt: skip


@overload
def load_tagger(
    source: Path | str | None = ...,
    *,
    backend: Backend = ...,
    types: None = ...,
    threads: int | None = ...,
    threshold: float | None = ...,
    consistent: bool | None = ...,
) -> Tagger: ...
@overload
def load_tagger(
    source: Path | str,
    *,
    backend: Backend = ...,
    types: Sequence[str] | str | None = ...,
    threads: int | None = ...,
    threshold: float | None = ...,
    consistent: bool | None = ...,
) -> Tagger: ...
@overload
def load_tagger(
    source: None = ...,
    *,
    backend: Backend = ...,
    types: Sequence[str] | str | None = ...,
    threads: int | None = ...,
    threshold: float | None = ...,
    consistent: bool | None = ...,
) -> Tagger | Taggers: ...
def load_tagger(
    source: Path | str | None = None,
    *,
    backend: Backend = "auto",
    types: Sequence[str] | str | None = None,
    threads: int | None = None,
    threshold: float | None = None,
    consistent: bool | None = None,
) -> Tagger | Taggers:
    """Load a tagger, or for ``types`` of several that ship those that are needed.

    Parameters
    ----------
    source
        A folder, the name of a tagger that ships with the package, or ``None``: the
        default one, and for ``types`` that it does not know another that ships
        (:func:`kgbuild.ner.together.share_out`).
    backend
        ``"onnx"`` (CPU, base install), ``"torch"`` (GPU where there is one; extra
        ``train``), or ``"auto"``: ONNX where the folder has it.
    types
        Entity types to recognize, for example ``["Gene", "Disease"]``, or one text with
        commas; default: the six of BioRED. ``"all"``, alone or beside others, is
        everything that the tagger (of those that ship, the default one) knows, one pass
        per task. A type that is only known by the wider one that it lies within is
        answered with that, and a warning.
    threads
        CPU threads; default: all cores that this process may use.
    threshold
        Mentions that score lower are dropped, whatever their task; 0 keeps all;
        default: the tagger's own values.
    consistent
        Let the mentions of a document agree (one string, one type); default: as the
        tagger's ``tagger.json`` says. See :mod:`kgbuild.ner.consistency`.

    Returns
    -------
    Tagger or Taggers
        The latter, which is a stage as well, where types are of several taggers.

    Raises
    ------
    ResourceMissingError
        There is no tagger of that name or in that folder.
    ConfigError
        No tagger knows a type, ``backend`` is unknown, or an option is of a kind or a
        number that cannot be.
    MissingExtraError
        ``backend="torch"`` without the extra ``train``.
    """
    if threads is not None:
        whole_number(1, threads=threads)
    if not isinstance(consistent, bool | None):
        msg = f"consistent must be True, False or None. Got {consistent!r}."
        raise ConfigError(msg)
    if backend not in ("auto", "onnx", "torch"):
        msg = f"backend must be 'auto', 'onnx' or 'torch'. Got {backend!r}."
        raise ConfigError(msg)
    types = None if types is None else names_in("types", types)
    if source is None and types is not None:
        load = partial(
            load_tagger, backend=backend, threads=threads, threshold=threshold,
            consistent=consistent,
        )  # fmt: skip
        return Taggers.of(types, load)
    folder = tagger_folder(source)
    card, framework = read_card(folder)
    onnx_file = onnx_file_of(folder)
    if backend == "onnx" and onnx_file is None:
        msg = (
            f"{folder} has no ONNX weights: write them with `kgbuild export {folder}`."
        )
        raise ResourceMissingError(msg)
    threads = usable_cores() if threads is None else threads
    scorer: Scorer
    if backend != "torch" and onnx_file is not None:
        weights, scorer = onnx_file, OnnxScorer(onnx_file, workers=threads)
    else:
        if find_spec("torch") is None:
            raise MissingExtraError("torch", "train")  # noqa: EM101
        weights = folder / WEIGHTS_FILE
        if not weights.is_file():
            msg = f"{folder} has no {WEIGHTS_FILE}, which backend='torch' needs: take "
            msg += (
                "backend='onnx', or a tagger that has them, as aio-small in a checkout."
            )
            raise ResourceMissingError(msg)
        scorer = TorchScorer(partial(_network, folder), threads=threads)
    name = str(card.get("name", folder.name))
    return Tagger(
        scorer=scorer,
        reader=framework.load_reader(folder, card, load_tokenizer(folder)),
        recognizer=name,
        version=f"{name} {sha256_of(weights)[:12]}",
        budget=size_in(card, "budget", folder, least=0, default=0),
        limit=size_in(card, "limit", folder, least=1, default=256),
        types=types,
        threshold=threshold_of(card, folder) if threshold is None else threshold,
        consistent=(
            bool(card.get("consistent", False)) if consistent is None else consistent
        ),
    )


def _network(folder: Path) -> Any:
    return load_network(folder)[0]


def choose_tasks(
    tasks: Mapping[str, Sequence[str]], types: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Choose the fewest tasks that recognize these types; return those of each.

    ``ALL`` takes every type it knows; each further type takes the first task that
    has it.

    Raises
    ------
    ConfigError
        No task has one of the types.
    """
    chosen: dict[str, list[str]] = {}
    order = sorted(tasks, key=lambda task: task != ALL)
    for wanted in dict.fromkeys(types):
        task = next((t for t in order if wanted in tasks[t]), None)
        if task is None:
            known = dict.fromkeys(t for names in tasks.values() for t in names)
            msg = (
                f"The tagger knows the entity types {', '.join(known)}. Got {wanted!r}"
                + (did_you_mean(wanted, known) or ": choose among these.")
            )
            raise ConfigError(msg)
        chosen.setdefault(task, []).append(wanted)
    return {task: tuple(names) for task, names in chosen.items()}


def _without_twins(mentions: list[Mention]) -> list[Mention]:
    """Keep the best of mentions with one span and type that several tasks found."""
    best: dict[tuple[int, int, str], Mention] = {}
    for mention in mentions:
        key = (mention.start, mention.end, mention.type)
        if key not in best or (mention.score or 0) > (best[key].score or 0):
            best[key] = mention
    return list(best.values())
