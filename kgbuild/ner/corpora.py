"""What a recipe's corpora teach and measure: documents, gold, names to swap."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

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
    """Return what a recipe holds out: ids of its split, and texts that it measures."""
    ids = ""
    if recipe.held_out:
        ids = (recipe.corpora_folder / recipe.held_out).read_text("utf-8")
    held_out = HeldOut(ids.split())
    learnt, measured = (
        {(use.file, use.hold_out_every): use for use in uses}
        for uses in (recipe.corpora, recipe.evaluate)
    )
    for key, use in {**learnt, **measured}.items():
        whole = key in measured and _is_development_file(use)
        for i, document in enumerate(read(recipe.corpora_folder / use.file)):
            if whole or _is_held_out(document, i, use, held_out):
                held_out.add(document.text)
    return held_out


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
        Counts why documents are left out.
    """
    longest = use.limit_characters
    for i, document in enumerate(read(recipe.corpora_folder / use.file)):
        reason = ""
        if _is_held_out(document, i, use, held_out):
            reason = "documents that are held out"
        elif held_out.shares(document.text):
            reason = "documents that share text with held-out ones"
        elif longest and len(document.text) > longest:
            reason = f"documents of over {longest} characters"
        if not reason:
            yield document
        elif left_out is not None:
            left_out[reason] += 1


def held_out_documents(
    recipe: Recipe, use: CorpusUse, held_out: HeldOut
) -> list[Document]:
    """Return what training never sees: all of a development file, or the split."""
    documents = list(read(recipe.corpora_folder / use.file))
    if use.hold_out_every:
        return documents[:: use.hold_out_every]
    if _is_development_file(use):
        return documents
    return [d for d in documents if held_out.lists(d)]


def _is_development_file(use: CorpusUse) -> bool:
    return not use.hold_out_every and "devel" in Path(use.file).name


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
            progress_log.info("%s: left out %d %s", use.file, count, reason)
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
    for (_, kind), counted in written_names(recipe, held_out).items():
        if kind in recipe.names:
            written.setdefault(kind, set()).update(counted)
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
