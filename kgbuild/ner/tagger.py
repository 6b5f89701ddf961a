"""Batched recognition: documents in, documents with mentions out.

Three steps, each testable without weights: :func:`.dataset.document_units` cuts,
a scorer runs the network, :func:`~kgbuild.ner.aio.labels.decode_bio` reads the
mentions off.

On a CPU every unit runs by itself: dynamic int8 quantization scales activations over
the whole tensor, so in a padded batch the neighbours would change a unit's scores, and
results would depend on the batch size. Instead several documents are worked on at the
same time, each by one thread from its sentences to its mentions: the tokenizer and the
network let go of Python's lock, so that one thread cuts text while another multiplies.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from kgbuild.document import Document, Mention
from kgbuild.entity_types import canonical_type
from kgbuild.errors import ConfigError, MissingExtraError, ResourceMissingError
from kgbuild.ner.aio.dataset import N_BEFORE, document_units, wrap
from kgbuild.ner.aio.decoding import Decoder
from kgbuild.ner.aio.labels import ALL, LabelScheme, scheme_of_facts
from kgbuild.ner.consistency import make_consistent
from kgbuild.ner.windows import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenizers import Tokenizer

Backend = Literal["auto", "onnx", "torch"]

#: Documents looked at together, so that all cores have units to run.
_BUFFER = 128
#: Fusions of ONNX Runtime that make the tagger slower; see ``encoder.onnx_graph``.
_SLOWER = ["SkipLayerNormFusion", "BiasGeluFusion"]
#: Versions of the folder layout that this code reads.
_FORMATS = (1, 2)
_SHIPPED = Path(__file__).parents[1] / "models"
#: Name of the tagger that ships with the package.
DEFAULT = "aio-small"


class Scorer(Protocol):
    """What runs the network.

    A scorer may have an attribute ``workers``, an ``int``: it is then called by so many
    threads at the same time, with the units of one document each. One that has none
    gets the units of many documents in one call.
    """

    def __call__(
        self, ids: Sequence[NDArray[np.int64]], types: Sequence[NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]:
        """Score units.

        Parameters
        ----------
        ids, types
            Per unit ``(n_tokens,) int64``: word pieces with special tokens, and token
            types.

        Returns
        -------
        list of numpy.ndarray
            Per unit ``(n_tokens, n_labels) float32`` logits. A unit's logits do not
            depend on the other units.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Work:
    """One unit under one task."""

    document: int
    unit: Unit
    task: str
    ids: NDArray[np.int64]
    types: NDArray[np.int64]


class Tagger:
    """AIO-tagged single-head recogniser.

    Use :func:`load_tagger` to make one.

    Parameters
    ----------
    scorer
        Runs the network.
    tokenizer
        Knows the tags of all tasks.
    scheme
        Tasks, types and labels of the output layer.
    name, version
        Of the weights; the name stands on every mention.
    budget, limit
        Tokens up to which sentences are joined, and the most a text may have.
    types
        Entity types to find; BioRED's six unless told.
    threshold
        Mentions that score lower are dropped, unless ``consistent`` brings one back: a
        number, or one per task, one per type of a task (``"ALL.Species"``), and one
        for the ``"others"``.
    consistent
        Let the mentions of a document agree; see :mod:`kgbuild.ner.consistency`. Not
        for heads that find nested mentions.
    decoder
        Reads mentions off the scores; a CRF's knows its transitions.

    Attributes
    ----------
    name
        ``"recognize"``, the stage's name.
    """

    name = "recognize"

    def __init__(
        self,
        *,
        scorer: Scorer,
        tokenizer: Tokenizer,
        scheme: LabelScheme,
        recognizer: str,
        version: str,
        budget: int = 0,
        limit: int = 256,
        types: Sequence[str] | None = None,
        threshold: float | Mapping[str, float] = 0.0,
        consistent: bool = False,
        decoder: Decoder | None = None,
    ) -> None:
        self.scorer, self.tokenizer, self.scheme = scorer, tokenizer, scheme
        self.recognizer, self.version = recognizer, version
        self.budget, self.limit, self.threshold = budget, limit, threshold
        self.consistent = consistent
        self.decode = decoder or Decoder(scheme)
        if types is None:
            first = ALL if ALL in scheme.tasks else next(iter(scheme.tasks))
            types = scheme.tasks[first]
        elif list(types) == ["all"]:
            types = scheme.types
        self.tasks = scheme.tasks_for(canonical_type(t) for t in types)

    def __call__(self, document: Document) -> Document:
        """Return the document with the mentions this tagger finds added.

        Mentions that an earlier run of the same tagger left are replaced.
        """
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
        if workers := getattr(self.scorer, "workers", 0):
            yield from self._each(documents, workers=workers, ahead=batch_size)
            return
        source = iter(documents)
        while buffer := list(islice(source, max(1, batch_size))):
            yield from self._annotate(buffer)

    def _each(
        self, documents: Iterable[Document], *, workers: int, ahead: int
    ) -> Iterator[Document]:
        """Annotate documents one by one, several at the same time, in order."""
        if workers == 1:
            yield from map(self, documents)
            return
        self.scorer([], [])  # Whatever it loads, it loads once, before threads begin.
        pool = ThreadPoolExecutor(workers)
        waiting: deque[Future[Document]] = deque()
        try:
            for document in documents:
                waiting.append(pool.submit(self, document))
                if len(waiting) > max(ahead, workers):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _annotate(self, documents: Sequence[Document]) -> Iterator[Document]:
        work = [
            _Work(i, unit, task, *wrap(unit, task, self.tokenizer))
            for i, document in enumerate(documents)
            for unit in document_units(
                document, self.tokenizer, budget=self.budget, limit=self.limit
            )
            for task in self.tasks
        ]
        found: list[dict[str, list[Mention]]] = [{} for _ in documents]
        logits = self.scorer([w.ids for w in work], [w.types for w in work])
        for item, scores in zip(work, logits, strict=True):
            text = documents[item.document].text
            mine = found[item.document].setdefault(item.task, [])
            mine += self._mentions(item, scores, text)
        for document, by_task in zip(documents, found, strict=True):
            mentions = [
                mention
                for task, mine in by_task.items()
                for mention in self.agree(document.text, mine, task)
            ]
            others = [m for m in document.mentions if m.recognizer != self.recognizer]
            yield document.with_mentions([*others, *_without_twins(mentions)])

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
        kept = [
            m for m in mentions if (m.score or 0.0) >= self.least_score(task, m.type)
        ]
        # Unwanted types have a vote too: they keep strings from becoming wanted ones.
        agreed = make_consistent(text, kept) if self.consistent else kept
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
        kept = slice(*item.unit.keep)
        words = item.unit.words[kept]
        rows = (item.unit.first_pieces + N_BEFORE)[kept]
        for first, last, entity_type, score in self.decode(scores[rows], item.task):
            start, end = int(words[first][0]), int(words[last - 1][1])
            yield Mention(
                start=start, end=end, text=text[start:end], type=entity_type,
                recognizer=self.recognizer, score=round(score, 4),
            )  # fmt: skip


def load_tagger(
    source: Path | str | None = None,
    *,
    backend: Backend = "auto",
    types: Sequence[str] | None = None,
    threads: int | None = None,
    threshold: float | None = None,
    consistent: bool | None = None,
) -> Tagger:
    """Load a tagger.

    Parameters
    ----------
    source
        A folder, the name of a tagger that ships with the package, or ``None`` for the
        default one.
    backend
        ``"onnx"`` (CPU, base install), ``"torch"`` (GPU where there is one; extra
        ``train``), or ``"auto"``: ONNX where the folder has it.
    types
        Entity types to find, for example ``["Gene", "Disease"]``; the six of BioRED
        unless told; ``["all"]`` for everything the tagger knows, one pass per task.
    threads
        CPU threads; all cores this process may use unless told.
    threshold
        Mentions that score lower are dropped, whatever their task; the tagger's own
        values unless told, 0 keeps all.
    consistent
        Let the mentions of a document agree (one string, one type); as the tagger's
        ``tagger.json`` says unless told. See :mod:`kgbuild.ner.consistency`.

    Returns
    -------
    Tagger

    Raises
    ------
    ResourceMissingError
        There is no tagger of that name or in that folder.
    ConfigError
        The tagger does not know a type, or ``backend`` is unknown.
    MissingExtraError
        ``backend="torch"`` without the extra ``train``.
    """
    if backend not in ("auto", "onnx", "torch"):
        msg = f"backend must be 'auto', 'onnx' or 'torch'. Got {backend!r}."
        raise ConfigError(msg)
    folder = _folder(source)
    facts = _facts(folder)
    scheme = scheme_of_facts(facts)
    onnx_file = next(
        (
            f
            for f in (folder / "model.int8.onnx", folder / "model.fp32.onnx")
            if f.exists()
        ),
        None,
    )
    if backend == "onnx" and onnx_file is None:
        msg = f"{folder} has no ONNX weights: make them with `kgbuild export {folder}`."
        raise ResourceMissingError(msg)
    n_threads = threads or _cores()
    scorer: Scorer
    if backend != "torch" and onnx_file is not None:
        scorer = OnnxScorer(onnx_file, workers=n_threads)
        weights = onnx_file
    else:
        try:
            from kgbuild.ner.torch_scorer import TorchScorer
        except ImportError as error:
            raise MissingExtraError("torch", "train") from error  # noqa: EM101
        weights = folder / "model.safetensors"
        scorer = TorchScorer(folder, threads=n_threads)
    return Tagger(
        scorer=scorer,
        tokenizer=_tokenizer(folder),
        scheme=scheme,
        decoder=Decoder(scheme, _transitions(folder, scheme)),
        recognizer=str(facts.get("name", folder.name)),
        version=f"{facts.get('name', folder.name)} {_digest(weights)}",
        budget=int(facts.get("budget", 0)),
        limit=int(facts.get("limit", 256)),
        types=types,
        threshold=_least_scores(facts, folder) if threshold is None else threshold,
        consistent=(
            bool(facts.get("consistent", False)) if consistent is None else consistent
        ),
    )


class OnnxScorer:
    """Run a network by ONNX Runtime on CPUs, one unit at a time.

    Parameters
    ----------
    file
        ONNX file with the inputs ``input_ids`` and, as far as the encoder has them,
        ``attention_mask`` and ``token_type_ids``, and the output ``logits``.
    workers
        Threads that may call at the same time. Each call runs on its thread alone: two
        threads on two units are faster than two threads on one.
    """

    def __init__(self, file: Path, *, workers: int = 1) -> None:
        self.file, self.workers = file, workers
        self._session: Any = None
        self._inputs: list[str] = []

    def __call__(
        self, ids: Sequence[NDArray[np.int64]], types: Sequence[NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]:
        """Score units; see :class:`Scorer`."""
        if self._session is None:
            self._session = self._load()
        return list(map(self._run, ids, types))

    def _run(
        self, ids: NDArray[np.int64], types: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        inputs = {"input_ids": ids[None], "token_type_ids": types[None]}
        # A graph may lack an input that its encoder ignores.
        known = {name: inputs[name] for name in self._inputs if name in inputs}
        if "attention_mask" in self._inputs:
            known["attention_mask"] = np.ones_like(ids)[None]
        logits: NDArray[np.float32] = self._session.run(None, known)[0][0]
        return logits

    def _load(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            str(self.file),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=_SLOWER,
        )
        self._inputs = [given.name for given in session.get_inputs()]
        return session

    def __getstate__(self) -> dict[str, Any]:
        """Leave the session behind: the other process makes its own."""
        return {**self.__dict__, "_session": None}


def _without_twins(mentions: list[Mention]) -> list[Mention]:
    """Keep the best of mentions with one span and type that several tasks found."""
    best: dict[tuple[int, int, str], Mention] = {}
    for mention in mentions:
        key = (mention.start, mention.end, mention.type)
        if key not in best or (mention.score or 0) > (best[key].score or 0):
            best[key] = mention
    return list(best.values())


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _folder(source: Path | str | None) -> Path:
    if source is None:
        source = DEFAULT
    folder = Path(source)
    if folder.is_dir():
        return folder
    shipped = _SHIPPED / str(source)
    if "/" not in str(source) and shipped.is_dir():
        return shipped
    names = sorted(p.parent.name for p in _SHIPPED.glob("*/tagger.json"))
    msg = (
        f"There is no tagger {str(source)!r}: expected a folder with tagger.json, or "
        f"one of the shipped names {', '.join(names) or '(none in this installation)'}."
    )
    raise ResourceMissingError(msg)


def _least_scores(facts: dict[str, Any], folder: Path) -> float | dict[str, float]:
    stated = facts.get("threshold", 0.0)
    try:
        if isinstance(stated, dict):
            return {str(task): float(value) for task, value in stated.items()}
        return float(stated)
    except (TypeError, ValueError) as error:
        msg = (
            f"The threshold {stated!r} in {folder / 'tagger.json'} is no number and no "
            "table of numbers: export the tagger again, or mend the file."
        )
        raise ResourceMissingError(msg) from error


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((folder / "tagger.json").read_text("utf-8"))
        version = facts["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{folder} holds no tagger: its tagger.json is missing or damaged."
        raise ResourceMissingError(msg) from error
    if version not in _FORMATS:
        msg = (
            f"The tagger in {folder} has the format {version!r}; this kgbuild reads "
            f"{' and '.join(map(str, _FORMATS))}: install the kgbuild that wrote it."
        )
        raise ResourceMissingError(msg)
    return facts


def _transitions(folder: Path, scheme: LabelScheme) -> NDArray[np.float32] | None:
    if scheme.head != "crf":
        return None
    try:
        made: NDArray[np.float32] = np.load(
            folder / "transitions.npy", allow_pickle=False
        )
    except (OSError, ValueError, EOFError) as error:
        msg = (
            f"The tagger in {folder} is a CRF, but its transitions.npy is missing or "
            "damaged: export it again."
        )
        raise ResourceMissingError(msg) from error
    return made


def _tokenizer(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]
