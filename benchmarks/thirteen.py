"""Thirteen entity types three ways: a task for each corpus, merged, and reading.

    python benchmarks/thirteen.py [--aio RECIPE FOLDER] [--merged RECIPE FOLDER]
        [--mrc RECIPE FOLDER] [--corpora FOLDER]

FOLDERs hold taggers that `kgbuild export` wrote, RECIPEs are what they were trained by;
measured is ``[[evaluate]]`` of ``pipelines/training/thirteen.toml``. Prints the F1 of
strict spans of the output layers (no threshold, no agreement) by type over all corpora,
over all types, and by corpus; in brackets the 95 % interval over documents, which in
CoNLL files are sentences (bootstrap, 1,000 draws). The ways with tasks are asked for
what a corpus annotates. The merged one says everything everywhere: once all of it
counts, as for a merged file, and once what the corpus annotates. One column has the
tagger with tasks as its ``tagger.json`` has it, where that differs. Then tokens seen in
training, and CPU time for all types of an abstract, one thread.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from reading import drawn_f1, interval, tokens
from reading_speed import seconds

from kgbuild.evaluation import PRF
from kgbuild.ner.corpora import gold_mentions, held_out_documents, held_out_of
from kgbuild.ner.recipe import Recipe, load_recipe
from kgbuild.ner.tagger import Tagger, load_tagger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kgbuild.document import Document
    from kgbuild.ner.recipe import CorpusUse

#: Corpus and type → the counts of each document.
Rows = dict[tuple[str, str], list[PRF]]
WAYS = ("aio", "merged", "mrc")
RECIPE = Path(__file__).parents[1] / "pipelines" / "training" / "thirteen.toml"
MERGED, SHIPPED = "merged, all that it says", "aio, as it ships"
#: Abstracts that time is measured on, of a corpus that holds whole ones.
TIMED, ABSTRACTS = "BC5CDR", 60


def bare_tagger(folder: Path) -> Tagger:
    """Load an exported tagger for its output layer alone."""
    return load_tagger(
        folder, types=["all"], threshold=0.0, consistent=False, threads=1
    )


def count(
    tagger: Tagger,
    measured: Sequence[tuple[CorpusUse, list[Document]]],
    *,
    types: Sequence[str] | None = None,
) -> Rows:
    """Compare spans and types with gold, document by document.

    Parameters
    ----------
    tagger
        One with the corpora's tasks is asked for these, another for all it knows.
    measured
        Corpora and their held-out documents.
    types
        That count in every corpus; by default those that it annotates.
    """
    rows: Rows = {}
    known = dict(tagger.reader.tasks)
    for use, documents in measured:
        tagger.tasks = {t: known[t] for t in known if t == use.task} or known
        counted = types or sorted(set(use.labels.values()))
        bare = (document.with_mentions(()) for document in documents)
        for document, predicted in zip(documents, tagger.stream(bare), strict=True):
            gold = gold_mentions(document, use.labels)
            ours = {(m.start, m.end, m.type) for m in predicted.mentions}
            for kind in counted:
                row = PRF()
                row.add(
                    {m for m in ours if m[2] == kind}, {m for m in gold if m[2] == kind}
                )
                rows.setdefault((use.task, kind), []).append(row)
    return rows


def joined(parts: Iterable[list[PRF]]) -> list[PRF]:
    """Add up the counts of several types of the same documents."""
    return [
        PRF(*(sum(getattr(r, x) for r in of) for x in ("right", "predicted", "gold")))
        for of in zip(*parts, strict=True)
    ]


def table(
    by_way: dict[str, Rows], *, types: Sequence[str], corpora: Sequence[str]
) -> None:
    """Print F1 by type, over all, and by corpus."""
    first = next(iter(by_way.values()))
    print(f"| | gold | {' | '.join(by_way)} |")
    print(f"|---|--:|{'---|' * len(by_way)}")

    def line(name: str, parts: dict[str, list[PRF]]) -> None:
        gold = sum(row.gold for row in parts[next(iter(by_way))])
        cells = " | ".join(interval(drawn_f1(rows)) for rows in parts.values())
        print(f"| {name} | {gold:,} | {cells} |", flush=True)

    def of_corpora(rows: Rows) -> dict[str, list[PRF]]:
        return {
            corpus: joined(part for (task, _), part in rows.items() if task == corpus)
            for corpus in corpora
        }

    for kind in types:
        parts = {
            way: [r for (_, t), part in rows.items() if t == kind for r in part]
            for way, rows in by_way.items()
        }
        line(kind, parts)
    whole = {way: of_corpora(rows) for way, rows in by_way.items()}
    line("**all**", {w: [r for c in of.values() for r in c] for w, of in whole.items()})
    for corpus in corpora:
        line(
            f"{corpus}: {', '.join(sorted(t for c, t in first if c == corpus))}",
            {way: of[corpus] for way, of in whole.items()},
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    for way in WAYS:
        parser.add_argument(
            f"--{way}", nargs=2, type=Path, metavar=("RECIPE", "FOLDER")
        )  # fmt: skip
    parser.add_argument("--corpora", type=Path, default=None)
    arguments = parser.parse_args()
    given: dict[str, tuple[Path, Path]] = {
        way: pair for way in WAYS if (pair := getattr(arguments, way)) is not None
    }
    whole = load_recipe(RECIPE, corpora_folder=arguments.corpora)
    held_out = held_out_of(whole)
    measured = [
        (use, held_out_documents(whole, use, held_out)) for use in whole.evaluate
    ]
    counted = {kind for use, _ in measured for kind in use.labels.values()}
    known = dict.fromkeys(t for names in whole.tasks.values() for t in names)
    types = [kind for kind in known if kind in counted]
    taggers = {way: bare_tagger(folder) for way, (_, folder) in given.items()}
    by_way = {way: count(tagger, measured) for way, tagger in taggers.items()}
    if "merged" in taggers:
        by_way[MERGED] = count(taggers["merged"], measured, types=types)
    if "aio" in given:
        shipped = load_tagger(given["aio"][1], types=["all"], threads=1)
        if shipped.threshold or shipped.consistent:
            by_way[SHIPPED] = count(shipped, measured)
    table(by_way, types=types, corpora=[use.task for use, _ in measured])
    (abstracts,) = (documents for use, documents in measured if use.task == TIMED)
    print("\n| way | tokens seen in training | CPU ms an abstract, all types |")
    print("|---|--:|--:|")
    for way, (file, folder) in given.items():
        recipe: Recipe = load_recipe(file)
        tagger = load_tagger(folder, threads=1)
        bare = [d.with_mentions(()) for d in abstracts[:ABSTRACTS]]
        seconds(tagger, bare[:2])
        spent = min(seconds(tagger, bare) for _ in range(3))
        seen = recipe.training.epochs * tokens(recipe)
        print(f"| {way} | {seen:,} | {1000 * spent / len(bare):.1f} |", flush=True)


if __name__ == "__main__":
    main()
