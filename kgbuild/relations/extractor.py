"""The stage ``relate``: documents with mentions in, documents with statements out."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild._io.files import sha256_of
from kgbuild._io.options import known_types, names_in
from kgbuild._io.threads import in_order
from kgbuild.document import Statement
from kgbuild.encoder.files import load_tokenizer
from kgbuild.encoder.scorer import SLOWER, onnx_session, usable_cores
from kgbuild.entity_types import asked_type
from kgbuild.errors import ConfigError, from_0_to_1, whole_number
from kgbuild.relations.layout import Layout, lay_out, taking_part
from kgbuild.relations.storage import (
    CARD_FILE,
    ENCODER_FILE,
    HEAD_FILE,
    HEAD_INPUTS,
    extractor_folder,
    read_card,
)
from kgbuild.relations.tasks import ASKED, TASKS, TYPES, Task
from kgbuild.stage import require_document
from kgbuild.text.apposition import is_apposition
from kgbuild.text.cues import is_denied, is_left_open
from kgbuild.text.plain_words import (
    is_instead,
    is_no_more,
    is_stopped_for,
    plain_kind,
    plain_sign,
)
from kgbuild.text.targets import is_in_kind, is_of_another

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from kgbuild.document import Document, Mention

    _SaysNothing = Callable[[str, tuple[int, int], tuple[int, int]], bool]

logger = logging.getLogger(__name__)

#: The task of the statements that are made where no other is asked for.
DEFAULT_TASKS = ("BioRED",)
#: Documents looked at together, so that all cores have something to do.
_BUFFER = 128
#: Pairs that the head is given at a time, and tokens times pairs: both bound memory.
_PAIRS, _CELLS = 512, 2_000_000
#: Raised with every change of what is stated that no file of the network shows.
_RULES = 5
#: What plain words say, as tasks call it.
_PLAIN = {
    "positive": ("Positive_Correlation",),
    "negative": ("Negative_Correlation",),
    "effect": ("Association",),
    "bind": ("Bind",),
    "conversion": ("Conversion",),
    "comparison": ("Comparison",),
    "cotreatment": ("Cotreatment",),
    "agonist": ("Positive_Correlation", "AGONIST"),
    "antagonist": ("Negative_Correlation", "ANTAGONIST"),
    "inhibitor": ("Negative_Correlation", "INHIBITOR"),
}
#: What the network takes that for.
_MISTAKEN = {
    "Positive_Correlation": ("Negative_Correlation",),
    "Negative_Correlation": ("Positive_Correlation",),
    "Association": ("Negative_Correlation",),
    "Bind": ("Association",),
    "Conversion": ("Association", "Cotreatment"),
    "Comparison": ("Cotreatment",),
    "Cotreatment": ("Association", "Comparison"),
    "AGONIST": ("INHIBITOR", "ANTAGONIST", "DIRECT-REGULATOR", "ACTIVATOR"),
    "ANTAGONIST": ("INHIBITOR", "AGONIST", "DIRECT-REGULATOR", "ACTIVATOR"),
    "INHIBITOR": ("ANTAGONIST", "AGONIST", "DIRECT-REGULATOR", "ACTIVATOR"),
}
#: What tasks without a predicate call it instead.
_TURNED = {
    "Association": {"INHIBITOR": "DIRECT-REGULATOR"},
    "Positive_Correlation": {
        "INHIBITOR": "ACTIVATOR", "INDIRECT-DOWNREGULATOR": "INDIRECT-UPREGULATOR",
    },
    "Negative_Correlation": {
        "ACTIVATOR": "INHIBITOR", "INDIRECT-UPREGULATOR": "INDIRECT-DOWNREGULATOR",
    },
}  # fmt: skip
#: What corpora say of two chemicals alone.
_OF_DRUGS = frozenset({"Comparison", "Cotreatment", "Conversion"})


class Extractor:
    """Finds what a document states of its concepts: the stage ``relate``.

    Use :func:`load_extractor` to get one.

    Parameters
    ----------
    folder
        With the network.
    tasks
        Names of tasks; the statements of each have predicates of their own.
    threshold
        Pairs that are related with a lower probability are dropped; by default what
        the folder says of each task.
    types
        Entity types of which both ends of a statement must be, also by the wider type
        of a narrower one; any by default.
    threads
        Documents worked on at the same time.

    Attributes
    ----------
    name
        ``"relate"``, the stage's name.
    scale
        By task, what logits are multiplied with so that probabilities can be believed.
    """

    name = "relate"
    requires = ("recognize", "normalize")

    def __init__(
        self,
        folder: Path,
        *,
        tasks: Sequence[str] = DEFAULT_TASKS,
        threshold: float | None = None,
        types: Sequence[str] | None = None,
        threads: int = 1,
    ) -> None:
        card = read_card(folder)
        self.extractor = str(card.get("name", folder.name))
        digests = (
            sha256_of(folder / file)[:8]
            # The card has thresholds and scales: other ones state other things.
            for file in (ENCODER_FILE, HEAD_FILE, CARD_FILE)
        )
        self.version = (
            f"{self.extractor} {''.join(digests)} rules-{_RULES} {','.join(tasks)}"
        )
        self.folder, self.threads = folder, threads
        self.tokenizer = load_tokenizer(folder)
        known = list(card["tasks"])
        asked = [name for name in known if name in ASKED]
        if not tasks or not set(tasks) <= set(asked):
            msg = (
                f"The tasks of the relation extractor are {', '.join(asked)}. Got "
                f"{', '.join(tasks) or 'none'}: choose one or several of them."
            )
            raise ConfigError(msg)
        self.tasks = {name: TASKS[name] for name in dict.fromkeys(tasks)}
        begins = np.cumsum([0, *(len(TASKS[name].labels) for name in known)])
        self._columns = {
            name: slice(int(begins[i]), int(begins[i + 1]))
            for i, name in enumerate(known)
        }
        calibration: Mapping[str, Any] = card.get("calibration", {})
        self.scale = {n: float(calibration.get(n, 1.0)) for n in self.tasks}
        stated: Mapping[str, Any] = card.get("threshold", {})
        if threshold is not None:
            from_0_to_1(threshold=threshold)
        self.threshold = {
            n: float(stated.get(n, 0.5)) if threshold is None else threshold
            for n in self.tasks
        }
        self._allowed = {
            (TYPES.index(a), TYPES.index(b))
            for task in self.tasks.values()
            for a, b in task.pairs
        }
        self._of_task = {
            name: {(TYPES.index(a), TYPES.index(b)) for a, b in task.pairs}
            for name, task in self.tasks.items()
        }
        self._only = None if types is None else frozenset(map(asked_type, types))
        self._sessions: tuple[Any, Any] | None = None
        self._lock = threading.Lock()

    def __call__(self, document: Document) -> Document:
        """Return the document with the statements this extractor finds added.

        Statements that an earlier run of the same extractor left are replaced.
        """
        require_document(document)
        others = [s for s in document.statements if s.extractor != self.extractor]
        return document.with_statements([*others, *self.statements(document)])

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
        yield from in_order(self, documents, workers=self.threads, ahead=batch_size)

    def statements(self, document: Document) -> list[Statement]:
        """Return what a document states, sorted by the places of its concepts.

        Two concepts of which every sentence that names both denies that they are
        related ("did not inhibit", "no association between"), or asks whether they
        are ("the effect of A on B was studied"), are not stated, but for tasks whose
        corpora do so: the network hardly sees such words. Nor are two chemicals of
        which it is only said that one is of the other kind, nor what is only a word of
        a kind's name ("calcium channel blocker") and anything but a drug of the kind.
        """
        if len(document.mentions) < 2:
            return []
        layout = lay_out(
            document, self.tokenizer, allowed=self._allowed, types=self._only
        )
        if layout.left_out:
            logger.warning(
                "document %s: %d pairs of concepts are too many; %d were left out, of "
                "concepts that are named least or stand farthest apart",
                document.id, len(layout.pairs) + layout.left_out, layout.left_out,
            )  # fmt: skip
        if not len(layout.pairs):
            return []
        logits, weights = self._scored(layout)
        mentions = taking_part(document)
        found: list[Statement] = []
        for name, task in self.tasks.items():
            scores = self._probabilities(logits, name)
            for row in np.flatnonzero(
                1 - scores[:, 0] >= self.threshold[name]
            ).tolist():
                a, b = (layout.entities[i] for i in layout.pairs[row].tolist())
                if (a.type, b.type) not in self._of_task[name]:
                    continue
                if not set(a.mentions).isdisjoint(b.mentions):
                    continue  # one name for both: alternatives, or members of a family
                if not task.denials and denied_everywhere(
                    document.text, mentions, layout, row=row, harms=task.harms
                ):
                    continue
                best = int(scores[row, 1:].argmax()) + 1
                predicate, score = task.labels[best], float(scores[row, best])
                # The network may read a verb, and not that a loss does it, and takes
                # rare predicates for commoner ones.
                drugs = TYPES[a.type] == TYPES[b.type] == "Chemical"
                for told in plain_predicates(document.text, mentions, layout, row=row):
                    if told in _OF_DRUGS and not drugs:
                        continue
                    if told in task.labels and predicate in _MISTAKEN[told]:
                        predicate = told
                    elif told not in task.labels:
                        predicate = _TURNED.get(told, {}).get(predicate, predicate)
                novelty: tuple[tuple[str, str], ...] = ()
                if task.novelty:
                    novelty = (("novelty", "Novel" if logits[row, -1] > 0 else "No"),)
                found.append(
                    Statement(
                        subject=a.concept,
                        predicate=predicate,
                        object=b.concept,
                        extractor=self.extractor,
                        score=round(score, 4),
                        spans=evidence(layout, row, weights[row]),
                        qualifiers=novelty,
                    )
                )
        return found

    def probabilities(
        self, document: Document, *, task: str
    ) -> tuple[Layout, NDArray[np.float32]]:
        """Return a document's pairs, and how probable each label of a task is.

        Parameters
        ----------
        document
            With mentions.
        task
            One of the extractor's tasks.

        Returns
        -------
        Layout
            Has the pairs.
        numpy.ndarray
            ``(pairs, labels) float32``; the first label is none. Sums to 1.
        """
        layout = lay_out(
            document, self.tokenizer, allowed=self._of_task[task], types=self._only
        )
        n = len(self.tasks[task].labels)
        if not len(layout.pairs):
            return layout, np.zeros((0, n), dtype=np.float32)
        return layout, self._probabilities(self._scored(layout)[0], task)

    def _probabilities(
        self, logits: NDArray[np.float32], task: str
    ) -> NDArray[np.float32]:
        scaled = logits[:, self._columns[task]] * np.float32(self.scale[task])
        raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        out: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
        return out

    def _scored(
        self, layout: Layout
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network: logits ``(pairs, outputs)``, weights ``(pairs, places)``."""
        encoder, head = self._loaded()
        states = [
            encoder.run(
                None,
                {"input_ids": i[None], "token_type_ids": t[None], "marks": m[None]},
            )[0][0, 1:-1]
            for i, t, m in zip(layout.ids, layout.types, layout.marks, strict=True)
        ]
        common = (
            np.concatenate(states), layout.mention_tokens, layout.entity_mentions,
            np.array([e.type for e in layout.entities], dtype=np.int64),
        )  # fmt: skip
        parts = []
        at_a_time = min(_PAIRS, max(1, _CELLS // len(common[0])))
        for begin in range(0, len(layout.pairs), at_a_time):
            some = slice(begin, begin + at_a_time)
            given = (
                *common, layout.pairs[some], layout.places[some], layout.facts[some],
                layout.numbers[some],
            )  # fmt: skip
            parts.append(head.run(None, dict(zip(HEAD_INPUTS, given, strict=True))))
        return (
            np.concatenate([p[0] for p in parts]),
            np.concatenate([p[1] for p in parts]),
        )

    def _loaded(self) -> tuple[Any, Any]:
        with self._lock:
            if self._sessions is None:
                self._sessions = (
                    onnx_session(self.folder / ENCODER_FILE, without=SLOWER),
                    onnx_session(self.folder / HEAD_FILE),
                )
            return self._sessions

    def __getstate__(self) -> dict[str, Any]:
        """Leave sessions and lock behind: the other process makes its own."""
        return {**self.__dict__, "_sessions": None, "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`__getstate__` returned."""
        self.__dict__.update(state)
        self._lock = threading.Lock()


def denied_everywhere(
    text: str,
    mentions: Sequence[Mention],
    layout: Layout,
    *,
    row: int,
    harms: bool = False,
) -> bool:
    """Whether every sentence that names both of a pair denies a relation, or asks.

    Of two chemicals, also where it names one as the kind that the other is of; where
    one of the two, a chemical or a gene beside a chemical, only says what another
    chemical is.

    Parameters
    ----------
    text
        Of the document.
    mentions
        That the layout numbers.
    layout
        Of the document.
    row
        Number of the pair.
    harms
        Whether only harm counts: what lessens something denies it.
    """
    named = False
    unsaid: list[_SaysNothing] = [_is_denied, is_left_open, is_no_more, is_instead]
    if harms:
        unsaid.append(_is_lessened)
    kinds = tuple(TYPES[layout.entities[i].type] for i in layout.pairs[row].tolist())
    if kinds == ("Chemical", "Chemical"):
        unsaid.extend((is_apposition, is_of_another, _is_target_of_another))
    elif kinds[0] == "Chemical":
        unsaid.append(_is_first_in_kind)
        if kinds[1] == "Gene":
            unsaid.append(_is_target_of_another)
    for place in _naming_both(text, mentions, layout, row):
        named = True
        if not any(says_nothing(*place) for says_nothing in unsaid):
            return False
    return named


def _is_denied(sentence: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether it is denied; that a drug was stopped for a harm says it did the harm."""
    return is_denied(sentence, one, other) and not is_stopped_for(sentence, one, other)


def _is_lessened(sentence: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    return plain_sign(sentence, one, other) == "negative"


def _is_target_of_another(
    sentence: str, one: tuple[int, int], other: tuple[int, int]
) -> bool:
    """Of a drug and a target, in this order: see :func:`is_of_another`."""
    return is_of_another(sentence, other, one)


def _is_first_in_kind(
    sentence: str, one: tuple[int, int], _other: tuple[int, int]
) -> bool:
    """Of a chemical and something else: see :func:`is_in_kind`."""
    return is_in_kind(sentence, one)


def plain_predicates(
    text: str, mentions: Sequence[Mention], layout: Layout, *, row: int
) -> tuple[str, ...]:
    """Return what sentences say of a pair in plain words.

    Parameters
    ----------
    text
        Of the document.
    mentions
        That the layout numbers.
    layout
        Of the document.
    row
        Number of the pair.

    Returns
    -------
    tuple of str
        Predicates of tasks; none unless half of the places where one sentence names
        both tell it, and none another one.
    """
    kinds = [TYPES[layout.entities[i].type] for i in layout.pairs[row].tolist()]
    told = [
        plain_sign(*place, disease="Disease" in kinds) or plain_kind(*place)
        for place in _naming_both(text, mentions, layout, row)
    ]
    said = {t for t in told if t is not None}
    if len(said) != 1 or 2 * told.count(None) > len(told):
        return ()
    return _PLAIN[said.pop()]


def _naming_both(
    text: str, mentions: Sequence[Mention], layout: Layout, row: int
) -> Iterator[tuple[str, tuple[int, int], tuple[int, int]]]:
    """Return the sentences that name both of a pair, and where they do."""
    one_of, other_of = (
        layout.entities[entity].mentions for entity in layout.pairs[row].tolist()
    )
    beside: dict[int, list[int]] = {}
    for b in other_of:
        beside.setdefault(int(layout.sentences[b]), []).append(b)
    for a in one_of:
        at = int(layout.sentences[a])
        for b in beside.get(at, ()):
            if a != b:
                start, end = layout.spans[at]
                one, other = (
                    (mentions[m].start - start, mentions[m].end - start) for m in (a, b)
                )
                yield text[start:end], one, other


def evidence(
    layout: Layout, row: int, weights: NDArray[np.float32]
) -> tuple[tuple[int, int], ...]:
    """Return the sentence, or the two, of the place that counted most for a pair.

    Parameters
    ----------
    layout
        Of the document.
    row
        Number of the pair.
    weights
        ``(PLACES,) float32``: how much each place counted.
    """
    best = int(np.argmax(np.where(layout.places[row, :, 0] >= 0, weights, -1)))
    at = sorted({int(layout.sentences[m]) for m in layout.places[row, best]})
    return tuple(layout.spans[i] for i in at if i < len(layout.spans))


def load_extractor(
    source: Path | str | None = None,
    *,
    tasks: Sequence[str] | str = DEFAULT_TASKS,
    threshold: float | None = None,
    types: Sequence[str] | str | None = None,
    threads: int | None = None,
) -> Extractor:
    """Load a relation extractor.

    Parameters
    ----------
    source
        A folder, or the name of one that ships; the default one where it is ``None``.
    tasks
        What to state, by the corpora that taught it: ``"BioRED"`` (associations and
        correlations of chemicals, diseases, genes and variants), ``"DrugProt"`` (what
        a chemical does to a gene: ``INHIBITOR``, …), ``"CID"`` (a chemical induces a
        disease), ``"PPIm"``, ``"PPI"``.
    threshold
        Pairs that are related with a lower probability are dropped; by default the
        extractor's own values.
    types
        Entity types of which both ends of a statement must be, for example
        ``["Chemical", "Disease"]``; any by default.
    threads
        CPU threads; default: all cores that this process may use.

    Returns
    -------
    Extractor

    Raises
    ------
    ResourceMissingError
        There is no extractor of that name or in that folder.
    ConfigError
        It does not know a task, a type is unknown, ``threshold`` is not from 0 to 1, or
        ``threads`` is no whole number.
    """
    if threads is not None:
        whole_number(1, threads=threads)
    return Extractor(
        extractor_folder(source), tasks=names_in("tasks", tasks), threshold=threshold,
        types=None if types is None else known_types("types", types),
        threads=usable_cores() if threads is None else threads,
    )  # fmt: skip


__all__ = ["DEFAULT_TASKS", "Extractor", "Task", "evidence", "load_extractor"]
