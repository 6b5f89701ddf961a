"""What a recipe's corpora teach and measure: documents, gold, names to swap."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kgbuild._io.markup import counted
from kgbuild._io.progress import progress_log
from kgbuild.corpus import read
from kgbuild.corpus.held_out import HeldOut
from kgbuild.document import Document, Mention, longest_first
from kgbuild.errors import ConfigError
from kgbuild.ner.augmentation import NamePool, as_written, swap_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kgbuild.ner.framework import Gold
    from kgbuild.ner.recipe import CorpusUse, Recipe


#: How many labels of a file a message names.
_LABELS_SHOWN = 12


def corpus_label(mention: Mention) -> str:
    """Return the label as the corpus writes it, before kgbuild made it canonical."""
    return mention.attribute("label") or mention.type


def gold_mentions(
    document: Document, labels: Mapping[str, str], *, nested: bool = False
) -> list[Gold]:
    """Return what is to be recognized in a document.

    Parameters
    ----------
    document
        With gold mentions.
    labels
        The corpus' label → entity type; other mentions are left out.
    nested
        Whether overlapping mentions all count; else the longest.
    """
    mentions: Iterable[Mention] = [
        m for m in document.mentions if corpus_label(m) in labels
    ]
    if not nested:
        mentions = longest_first(mentions)
    return [(m.start, m.end, labels[corpus_label(m)]) for m in mentions]


def held_out_of(recipe: Recipe) -> HeldOut:
    """Return what a recipe holds out: ids of its split, and texts that it measures.

    Raises
    ------
    ConfigError
        A file has none of the labels that the recipe lists for it.
    """
    ids = ""
    if recipe.held_out:
        ids = (recipe.corpora_folder / recipe.held_out).read_text("utf-8")
    held_out = HeldOut(ids.split())
    learnt, measured = (
        {(use.file, use.hold_out_every): use for use in uses}
        for uses in (recipe.corpora, recipe.evaluate)
    )
    labels: dict[str, Counter[str] | None] = {}
    for key, use in {**learnt, **measured}.items():
        documents: Iterable[Document] = read(recipe.corpora_folder / use.file)
        whole = False
        if key in measured:
            documents = list(documents)
            whole = _is_measured_whole(recipe, use, documents, held_out)
        seen: Counter[str] | None = None
        for i, document in enumerate(documents):
            seen = Counter() if seen is None else seen
            seen.update(map(corpus_label, document.mentions))
            if whole or _is_held_out(document, i, use, held_out):
                held_out.add(document.text)
        labels[use.file] = seen
    _check_labels((*recipe.corpora, *recipe.evaluate), labels)
    return held_out


def _check_labels(
    uses: Iterable[CorpusUse], labels: Mapping[str, Counter[str] | None]
) -> None:
    """Say which labels are none of the file's; ``None``: it has no documents."""
    absent: dict[str, dict[str, None]] = {}
    for use in uses:
        seen = labels[use.file]
        listed = [label for label in use.labels if not (seen and seen[label])]
        if seen is not None and use.labels and len(listed) == len(use.labels):
            msg = (
                f"{use.file} has no mention labelled {' or '.join(map(repr, listed))}, "
                f"all that the recipe lists for it under `labels`; it has {_has(seen)}."
            )
            raise ConfigError(msg)
        absent.setdefault(use.file, {}).update(dict.fromkeys(listed))
    for file, listed_once in absent.items():
        seen = labels[file]
        if seen is None:
            progress_log.warning("%s holds no documents.", file)
        elif listed_once:
            progress_log.warning(
                "%s has no mention labelled %s, which the recipe lists; it has %s.",
                file, " or ".join(map(repr, listed_once)), _has(seen),
            )  # fmt: skip


def _has(labels: Counter[str]) -> str:
    """Return the commonest labels of a file, in words."""
    shown = [repr(label) for label, _ in labels.most_common(_LABELS_SHOWN)]
    more = len(labels) - len(shown)
    return ", ".join([*shown, *([f"and {more} more"] if more else [])]) or "none at all"


def training_documents(
    recipe: Recipe,
    use: CorpusUse,
    held_out: HeldOut,
    *,
    left_out: Counter[str] | None = None,
) -> Iterator[Document]:
    """Read a corpus without its development part.

    Parameters
    ----------
    recipe
        Has the folder.
    use
        Has the file, and says which of its documents are held out.
    held_out
        From :func:`held_out_of`.
    left_out
        Counts why documents are left out; see :func:`in_words`.
    """
    longest = use.limit_characters
    for i, document in enumerate(read(recipe.corpora_folder / use.file)):
        reason = ""
        if _is_held_out(document, i, use, held_out):
            reason = "document held out"
        elif held_out.shares(document.text):
            reason = "document with text of held-out ones"
        elif longest and len(document.text) > longest:
            reason = f"document of over {longest} characters"
        if not reason:
            yield document
        elif left_out is not None:
            left_out[reason] += 1


def in_words(count: int, reason: str) -> str:
    """Return how many were left out, and why.

    Examples
    --------
    >>> in_words(1, "document held out"), in_words(2, "mention of DNA")
    ('1 document held out', '2 mentions of DNA')
    """
    noun, _, rest = reason.partition(" ")
    return f"{counted(count, noun)} {rest}"


def held_out_documents(
    recipe: Recipe, use: CorpusUse, held_out: HeldOut
) -> list[Document]:
    """Return what is measured of a file: nothing of it is ever trained on.

    Every so-manyth document where the recipe says so, else those that ``held_out``
    lists; all of a file of which it lists none and that no ``[[corpora]]`` names.
    """
    documents = list(read(recipe.corpora_folder / use.file))
    if use.hold_out_every:
        return documents[:: use.hold_out_every]
    if _is_measured_whole(recipe, use, documents, held_out):
        return documents
    return [d for d in documents if held_out.lists(d)]


def measured_corpora(
    recipe: Recipe, held_out: HeldOut
) -> list[tuple[CorpusUse, list[Document]]]:
    """Return the corpora that a recipe measures, with the documents that count.

    Raises
    ------
    ConfigError
        There is nothing to measure in one.
    """
    measured = []
    for use in recipe.evaluate:
        documents = held_out_documents(recipe, use, held_out)
        if not documents:
            msg = (
                f"Nothing of {use.file} is held out to measure the epochs on: list ids "
                "in `held_out`, set `hold_out_every` for it, or leave out [[evaluate]]."
            )
            raise ConfigError(msg)
        measured.append((use, documents))
    return measured


def _is_measured_whole(
    recipe: Recipe, use: CorpusUse, documents: Iterable[Document], held_out: HeldOut
) -> bool:
    """Whether a file is there to be measured, and no list says which part of it."""
    learnt = {Path(other.file) for other in recipe.corpora}
    return (
        not use.hold_out_every
        and Path(use.file) not in learnt
        and not any(map(held_out.lists, documents))
    )


def _is_held_out(
    document: Document, number: int, use: CorpusUse, held_out: HeldOut
) -> bool:
    every = use.hold_out_every
    return bool(every and number % every == 0) or held_out.lists(document)


def mixture(
    recipe: Recipe,
    held_out: HeldOut,
    *,
    read_names: Callable[[Path], Iterable[str]] | None,
) -> Iterator[tuple[CorpusUse, float, Iterable[Document]]]:
    """Yield the documents of every corpus, as they are and with names swapped.

    Parameters
    ----------
    recipe
        Has the corpora.
    held_out
        From :func:`held_out_of`; these documents are left out.
    read_names
        Reads the names of a file that the recipe's ``names`` list.

    Yields
    ------
    tuple
        Corpus, how often an epoch sees each of the documents, and these.

    Raises
    ------
    ConfigError
        The recipe lists names, and nothing was given that reads them.
    """
    settings = recipe.training
    pools = _name_pools(recipe, held_out, read_names=read_names)
    for number, use in enumerate(recipe.corpora):
        left_out: Counter[str] = Counter()
        documents = list(training_documents(recipe, use, held_out, left_out=left_out))
        for reason, count in left_out.items():
            progress_log.info("%s: left out %s", use.file, in_words(count, reason))
        yield use, use.repeat, documents

        def entity_type(mention: Mention, use: CorpusUse = use) -> str | None:
            return use.labels.get(corpus_label(mention))

        copies = settings.swap_copies if use.swapped else 0
        for copy in range(copies):
            rng = np.random.default_rng((settings.seed, 5, number, copy))
            swapped = [
                swap_names(
                    document, pools, types=entity_type, rng=rng,
                    share=settings.swap_share,
                )
                for document in documents
            ]  # fmt: skip
            yield use, use.swapped / copies, swapped


def written_names(
    recipe: Recipe, held_out: HeldOut
) -> dict[tuple[str, str], Counter[str]]:
    """Count the names of every task's types in the training part of its corpora."""
    written: dict[tuple[str, str], Counter[str]] = {}
    for use in recipe.corpora:
        for document in training_documents(recipe, use, held_out):
            for mention in document.mentions:
                kind = use.labels.get(corpus_label(mention))
                if kind is not None:
                    counts = written.setdefault((use.task, kind), Counter())
                    counts[mention.text] += 1
    return written


def _name_pools(
    recipe: Recipe,
    held_out: HeldOut,
    *,
    read_names: Callable[[Path], Iterable[str]] | None,
) -> dict[str, tuple[NamePool, ...]]:
    """Collect the names to swap in: of the corpora, and of the recipe's files."""
    swaps = recipe.training.swap_copies and any(u.swapped for u in recipe.corpora)
    if not swaps:
        return {}
    written: dict[str, set[str]] = {}
    for (_, kind), counts in written_names(recipe, held_out).items():
        if kind in recipe.names:
            written.setdefault(kind, set()).update(counts)
    pools: dict[str, tuple[NamePool, ...]] = {
        kind: (NamePool.of(names),) for kind, names in written.items()
    }
    for kind, files in recipe.names.items():
        if read_names is None:
            msg = (
                f"The recipe swaps names of {kind} from files: give `read_names`, a "
                "function that reads the names of one, as `kgbuild train` does."
            )
            raise ConfigError(msg)
        names = {as_written(name) for file in files for name in read_names(file)}
        pools[kind] = (*pools.get(kind, ()), NamePool.of(names))
    return pools
