"""What the extractor learns from: documents with gold statements, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kgbuild.corpus import read
from kgbuild.corpus.held_out import HeldOut
from kgbuild.corpus.mention_relations import with_relations
from kgbuild.relations.layout import Layout, lay_out
from kgbuild.relations.tasks import LEARNT_AS, TASKS, TYPES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from tokenizers import Tokenizer

    from kgbuild.document import Document
    from kgbuild.relations.recipe import RelationCorpus, RelationRecipe
    from kgbuild.relations.tasks import Task

#: Word pieces of a training document at most; what is longer is cut out of training.
_LONGEST = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A document to learn from.

    Attributes
    ----------
    layout
        What the network sees of it.
    task
        Whose outputs count.
    labels
        ``(pairs,) int64``: number in the task's labels; 0 is none.
    novelty
        ``(pairs,) float32``: 1 where the document found it, 0 where it was known, -1
        where nobody says.
    """

    layout: Layout
    task: str
    labels: NDArray[np.int64]
    novelty: NDArray[np.float32]


def allowed_pairs(tasks: Collection[Task]) -> set[tuple[int, int]]:
    """Return the pairs of types that tasks relate, as numbers, smaller first."""
    return {(TYPES.index(a), TYPES.index(b)) for task in tasks for a, b in task.pairs}


def documents_of(
    corpus: RelationCorpus, folder: Path, *, held_out: HeldOut, held: bool
) -> Iterator[Document]:
    """Read the training documents of a corpus, or those held out of training.

    Parameters
    ----------
    corpus
        Says which files.
    folder
        That they lie under.
    held_out
        From :func:`held_out_of`, or a list of ids.
    held
        Whether to return those that it lists, or those that share no text with it.
    """
    documents = iter(read(folder / corpus.file))
    if corpus.relations:
        documents = with_relations(
            documents, folder / corpus.relations, on_failure=lambda _: None
        )
    for document in documents:
        listed = held_out.lists(document)
        if listed if held else not (listed or held_out.shares(document.text)):
            yield document


def held_out_of(recipe: RelationRecipe) -> HeldOut:
    """Return what a recipe holds out: the ids of its split, and their texts."""
    folder = recipe.corpora_folder
    held_out = HeldOut((folder / recipe.held_out).read_text("utf-8").split())
    for corpus in recipe.corpora:
        for document in documents_of(corpus, folder, held_out=held_out, held=True):
            held_out.add(document.text)
    return held_out


def make_example(document: Document, tokenizer: Tokenizer, *, task: Task) -> Example:
    """Turn a document with gold statements into an example of a task."""
    allowed = allowed_pairs([task])
    layout = lay_out(document, tokenizer, allowed=allowed)
    stated: dict[frozenset[str], tuple[str, str | None]] = {}
    for statement in document.statements:
        name = LEARNT_AS.get(statement.predicate, statement.predicate)
        if task.name == "PPIm":
            name = "PPIm"
        key = frozenset((statement.subject, statement.object))
        stated.setdefault(key, (name, statement.qualifier("novelty")))
    labels = np.zeros(len(layout.pairs), dtype=np.int64)
    novelty = np.full(len(layout.pairs), -1, dtype=np.float32)
    for row, (a, b) in enumerate(layout.pairs.tolist()):
        key = frozenset((layout.entities[a].concept, layout.entities[b].concept))
        if key in stated:
            name, novel = stated[key]
            labels[row] = task.labels.index(name)
            if novel is not None:
                novelty[row] = novel == "Novel"
    return Example(layout=layout, task=task.name, labels=labels, novelty=novelty)


def examples_of(
    corpus: RelationCorpus,
    folder: Path,
    tokenizer: Tokenizer,
    *,
    held_out: HeldOut,
) -> list[Example]:
    """Return what a corpus teaches; documents without a pair teach nothing."""
    task = TASKS[corpus.task]
    examples = (
        make_example(document, tokenizer, task=task)
        for document in documents_of(corpus, folder, held_out=held_out, held=False)
    )
    return [
        e for e in examples
        if len(e.labels) and sum(map(len, e.layout.ids)) <= _LONGEST
    ]  # fmt: skip
