"""Gold corpora of every kind turned into examples of one AIO task."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kgbuild.corpus import read
from kgbuild.document import Document, Mention, longest_first
from kgbuild.ner.aio.labels import LabelScheme, bio_labels, tags_of
from kgbuild.ner.windows import Unit, encode_sentences, make_units
from kgbuild.text.sentences import document_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tokenizers import Tokenizer

    from kgbuild.ner.recipe import CorpusUse, Recipe

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Example:
    """One unit between the tags of its task, with gold labels.

    Attributes
    ----------
    ids, types
        ``(n_tokens,) int64``: ``[CLS] <Task> … </Task> [SEP]``.
    first_pieces
        ``(n_words,) int64``: index in ``ids`` of each word's first piece.
    labels
        ``(n_words,) int64``: columns of the output layer.
    task
        Name of the task.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    first_pieces: NDArray[np.int64]
    labels: NDArray[np.int64]
    task: str


def wrap(
    unit: Unit, task: str, tokenizer: Tokenizer
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ids and token types of a unit between its special tokens."""
    opening, closing = (tokenizer.token_to_id(tag) for tag in tags_of(task))
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    ids = np.concatenate([[cls, opening], unit.ids, [closing, sep]]).astype(np.int64)
    types = np.concatenate([[0, 0], unit.types, [0, 0]]).astype(np.int64)
    return ids, types


#: Special tokens that :func:`wrap` puts before and after a unit.
N_BEFORE, N_AROUND = 2, 4


def document_units(
    document: Document, tokenizer: Tokenizer, *, budget: int, limit: int
) -> list[Unit]:
    """Cut one document into units; see :func:`kgbuild.ner.windows.make_units`."""
    sentences = document_sentences(document)
    starts = {start for start, _ in document.passage_offsets()}
    breaks = _first_sentences(sentences, starts)
    encodings = encode_sentences(tokenizer, document.text, sentences)
    return list(
        make_units(
            document.text,
            sentences,
            encodings,
            budget=budget,
            limit=limit - N_AROUND,
            breaks=breaks,
        )
    )


def make_examples(
    documents: Iterable[Document],
    *,
    task: str,
    scheme: LabelScheme,
    tokenizer: Tokenizer,
    rename: Mapping[str, str],
    budget: int,
    limit: int,
) -> Iterator[Example]:
    """Turn gold documents into examples of one task.

    Parameters
    ----------
    documents
        With gold mentions.
    task
        Whose tags go around the text and whose ``O`` means "nothing of this task".
    scheme, tokenizer
        Of the model; the tokenizer knows the task's tags.
    rename
        Label of the corpus → entity type of the task; labels that are not listed are
        no entities of this task.
    budget, limit
        See :func:`kgbuild.ner.windows.make_units`.
    """
    for document in documents:
        gold = [
            (m.start, m.end, rename[label])
            for m in longest_first(
                m for m in document.mentions if corpus_label(m) in rename
            )
            if (label := corpus_label(m)) in rename
        ]
        for unit in document_units(document, tokenizer, budget=budget, limit=limit):
            ids, types = wrap(unit, task, tokenizer)
            names = bio_labels([(a, b) for a, b in unit.words.tolist()], gold)
            labels = np.array(
                [scheme.index[f"O-{task}" if n == "O" else n] for n in names],
                dtype=np.int64,
            )
            kept = slice(*unit.keep)
            yield Example(
                ids=ids,
                types=types,
                first_pieces=(unit.first_pieces + N_BEFORE)[kept],
                labels=labels[kept],
                task=task,
            )


def corpus_label(mention: Mention) -> str:
    """Return the label as the corpus writes it, before kgbuild made it canonical."""
    return mention.attribute("label") or mention.type


def without(
    documents: Iterable[Document], excluded: frozenset[str]
) -> Iterator[Document]:
    """Leave out documents by id or PMID: those of the development split."""
    for document in documents:
        base = document.id.split("#", maxsplit=1)[0]
        stated = {document.id, base, str(document.metadata.get("pmid", ""))}
        if not stated & excluded:
            yield document


def batches(
    lengths: NDArray[np.int64],
    *,
    tokens: int,
    rng: np.random.Generator,
    noise: float = 0.1,
) -> list[NDArray[np.int64]]:
    """Group examples of like length into batches of a token budget, in random order.

    Parameters
    ----------
    lengths
        ``(n_examples,) int64``.
    tokens
        Upper bound of (longest example) x (examples) in a batch.
    rng
        Makes the order; the same state makes the same batches.
    noise
        Relative noise on the lengths before sorting, so that batches differ by epoch.

    Returns
    -------
    list of numpy.ndarray
        Indices, ``int64``.
    """
    jitter = lengths * (1 + noise * rng.standard_normal(len(lengths)))
    order = np.argsort(jitter, kind="stable")
    groups: list[list[int]] = []
    longest = 0
    for i in order.tolist():
        longest = max(longest, int(lengths[i]))
        if not groups or longest * (len(groups[-1]) + 1) > tokens:
            groups.append([])
            longest = int(lengths[i])
        groups[-1].append(i)
    return [np.array(groups[i]) for i in rng.permutation(len(groups))]


def training_documents(
    recipe: Recipe, use: CorpusUse, held_out: frozenset[str]
) -> Iterator[Document]:
    """Read a corpus without its development part.

    Parameters
    ----------
    recipe
        Tells the folder.
    use
        Tells the file and which documents it holds out.
    held_out
        PMIDs of the development split.
    """
    documents = without(read(recipe.corpora_folder / use.file), held_out)
    every = use.hold_out_every
    for i, document in enumerate(documents):
        if not (every and i % every == 0) and not (
            use.limit_characters and len(document.text) > use.limit_characters
        ):
            yield document


def held_out_documents(
    recipe: Recipe, use: CorpusUse, held_out: frozenset[str]
) -> list[Document]:
    """Return what training never sees: all of a development file, or the split."""
    documents = list(read(recipe.corpora_folder / use.file))
    if use.hold_out_every:
        return documents[:: use.hold_out_every]
    if "devel" in Path(use.file).name:
        return documents
    return [d for d in documents if not list(without([d], held_out))]


def _first_sentences(
    sentences: list[tuple[int, int]], starts: set[int]
) -> frozenset[int]:
    """Find the sentences that begin a passage."""
    ordered = sorted(starts)
    found: set[int] = set()
    place = 0
    for i, (start, _) in enumerate(sentences):
        while place < len(ordered) and ordered[place] <= start:
            found.add(i)
            place += 1
    return frozenset(found)
