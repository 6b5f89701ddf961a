"""A graph larger than memory: counts on disk, merged by ranges of pairs.

Concepts get their numbers in the order of their ids before anything is counted, so
that a pair's key sorts as its two ids do. What was counted is sorted and written out
whenever there is much of it, each range of keys to files of its own. Then one range
after the other is put together: once to know with how many others each concept is
named, and which counts there are, for scores and q values are of all pairs; once more
to write the associations, a part of the table for each range. The result is the same to
the bit as that of :func:`kgbuild.graph.build_graph`.
"""

from __future__ import annotations

import json
import shutil
from concurrent.futures import Future
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from kgbuild._io.options import known_type_pairs, known_types
from kgbuild._io.progress import track
from kgbuild.errors import at_least
from kgbuild.graph import assembly, counting, neighbourhood, ranking
from kgbuild.graph.adding import added_pairs, added_years, best, taken
from kgbuild.graph.builder import GraphBuilder
from kgbuild.graph.cells import Cells
from kgbuild.graph.export.parquet import save_parts
from kgbuild.graph.export.records import WHOLE
from kgbuild.graph.identifiers import series_in_curies
from kgbuild.graph.model import KnowledgeGraph
from kgbuild.graph.packing import changes, unpack
from kgbuild.graph.sources import require_mentions
from kgbuild.tables import TABLES, read_table, table_files, write_parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from kgbuild.graph.counting import Counts, Level
    from kgbuild.graph.ranks import Rank

#: Rows of pairs that are counted before they are written out: some 300 bytes each, with
#: what else is counted and what sorting takes.
ROWS = 6_000_000

_KEYED = ("pairs", "spans", "years")


def build_graph_on_disk(
    source: Path | str,
    output: Path | str,
    *,
    level: Level = "sentence",
    window: int = 1,
    min_documents: int = 1,
    types: str | Collection[str] | None = None,
    type_pairs: tuple[str, str] | Collection[tuple[str, str]] | None = None,
    exclude: str | Collection[str] | None = None,
    species: int | str | Collection[int | str] | None = None,
    parents: Mapping[str, Collection[str]] | None = None,
    names: Mapping[str, str] | None = None,
    max_evidence: int = 10,
    provenance: Mapping[str, str] | None = None,
    rows: int = ROWS,
) -> dict[str, int]:
    """Build a graph of co-mentions in a folder, in little memory.

    Parameters
    ----------
    source
        Folder with the tables ``documents`` and ``mentions``, in shards.
    output
        Folder to write ``concepts/``, ``associations/`` (in parts) and ``graph.json``
        to, as :meth:`KnowledgeGraph.save` does; it may be the same. Counts lie in it
        meanwhile: some 40 bytes a mention.
    level, window, min_documents, types, type_pairs, exclude, species, parents, names
        As for :func:`kgbuild.graph.build_graph`.
    max_evidence, provenance
        As there.
    rows
        How many rows of pairs to hold in memory at a time.

    Returns
    -------
    dict
        The graph's ``counts``, with those of concepts and associations.

    Raises
    ------
    ConfigError
        An option has a value it cannot have.
    InputError
        There are no such tables.
    """
    at_least(1, min_documents=min_documents, rows=rows)
    source, output = Path(source), Path(output)
    files = table_files(require_mentions(source))
    work = output / ".counts~"
    shutil.rmtree(work, ignore_errors=True)
    try:
        builder = _Spilling(
            work,
            rows=rows,
            mentions=pl.scan_parquet(files).select(pl.len()).collect().item(),
            level=level,
            window=window,
            types=types,
            exclude=exclude,
            species=species,
            parents=parents,
            max_evidence=max_evidence,
            provenance=provenance,
        )
        for concept in _concept_ids(files, builder.parents):
            builder.encode(concept)
        builder.add(source)
        builder.check_met()
        builder.spill()
        return builder.write(
            output,
            min_documents=min_documents,
            type_pairs=type_pairs,
            names=names or {},
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)


def strongest(folder: Path | str, *, n: int, by: Rank) -> KnowledgeGraph:
    """Return a graph of the associations that lead in a column, in little memory.

    Parameters
    ----------
    folder
        That a graph was written to; all its concepts are in what is returned.
    n
        How many associations.
    by
        The column, as for :meth:`KnowledgeGraph.top`.
    """
    at_least(0, n=n)
    folder = Path(folder)
    record = json.loads((folder / "graph.json").read_text(encoding="utf-8"))
    # Ties as everywhere: by p, NPMI, documents, then as they stand.
    less = by in {"p_value", "q_value", "log10_p"}
    order = {by: not less, "npmi": True, "documents": True}
    if less or by == "score":
        order = {by: not less, "log10_p": False, **order}
    leading = (
        pl.scan_parquet(table_files(folder / "associations"))
        .sort(
            *order,
            descending=[*order.values()],
            nulls_last=True,
            maintain_order=True,
        )
        .head(n)
        .collect(engine="streaming")
    )
    return KnowledgeGraph(
        concepts=read_table(folder / "concepts", name="concepts"),
        associations=leading.sort(TABLES["associations"].key),
        **{name: record.get(name, {}) for name in WHOLE},
    )


def _concept_ids(
    files: list[Path], parents: Mapping[str, Collection[str]]
) -> list[str]:
    """Return all ids, and the empty one that stands for none, in order."""
    named = (
        pl.scan_parquet(files)
        .select("type", "concepts")
        .explode("concepts")
        .drop_nulls()
        .unique()
        .collect(engine="streaming")
    )
    ids = {
        concept
        for (kind,), part in named.group_by("type")
        for concept in series_in_curies(part["concepts"], str(kind))
    }
    above = {ancestor for ancestors in parents.values() for ancestor in ancestors}
    return sorted({"", *ids, *above})


class _Spilling(GraphBuilder):
    """A builder that writes out what it counts; of one folder, added once.

    Parameters
    ----------
    work
        Folder for that.
    rows
        Rows of pairs to hold.
    mentions
        How many there are in all.
    options
        As for :class:`GraphBuilder`.
    """

    def __init__(self, work: Path, *, rows: int, mentions: int, **options: Any) -> None:
        super().__init__(**options)
        self._work, self._rows, self._mentions = work, rows, mentions
        self._bounds: NDArray[np.uint64] | None = None
        self._spills = 0

    def encode(self, concept: str) -> None:
        """Give a concept the next number."""
        self._encoder.code(concept)

    def spill(self, counts: Counts | None = None) -> None:
        """Write out counts; without any those that are left."""
        counts = counts or self._counts
        seen = sum(int(frame["count"].sum()) for frame in counts.types)
        n_documents = 1 + max(
            (int(s["document"].max() or 0) for s in counts.spans if s.height),  # type: ignore[arg-type]
            default=0,
        )
        # Numbered as they are preferred.
        rank = np.arange(n_documents, dtype=np.uint32)
        for name in counting.SCHEMAS:
            frame = counts.compacted(name, rank=rank, max_evidence=self.max_evidence)
            if name not in _KEYED:
                continue
            setattr(counts, name, [])
            key = frame["key"].to_numpy()
            if self._bounds is None:
                share = self._mentions / max(seen, 1)
                parts = ceil(key.size * share / self._rows)
                self._bounds = _quantiles(key, parts)
            cuts = [0, *np.searchsorted(key, self._bounds), key.size]
            folder = self._work / name
            folder.mkdir(parents=True, exist_ok=True)
            for part, (first, last) in enumerate(pairwise(cuts)):
                if last > first:
                    write_parquet(
                        frame[int(first) : int(last)],
                        folder / f"{part:05d}-{self._spills:05d}.parquet",
                        compression_level=1, statistics=False,
                    )  # fmt: skip
        self._spills += 1

    def _relieve(self, counts: Counts) -> None:
        if counts.rows() >= self._rows:
            self.spill(counts)

    def write(
        self,
        output: Path,
        *,
        min_documents: int,
        type_pairs: tuple[str, str] | Collection[tuple[str, str]] | None,
        names: Mapping[str, str],
    ) -> dict[str, int]:
        """Put the graph together, range by range, and write it."""
        told = {
            name: _known(getattr(self._counts, name)[0])
            for name in ("concepts", "names", "types")
        }
        seen = list(told["types"].result()["type"].unique())
        if self.types is not None:
            met = [*seen, *self._encoder.met_types]
            known_types("types", sorted(self.types), also=met, exact=True)
        if type_pairs is not None:
            type_pairs = known_type_pairs("type_pairs", type_pairs, also=seen)
        ids = self._encoder.concept_ids
        concepts = assembly.concept_table(told, ids, names)
        marginal = np.zeros(len(ids), dtype=np.int64)
        by_code = told["concepts"].result()
        there = by_code["code"].to_numpy()
        marginal[there] = by_code["documents"].to_numpy()
        type_of, type_names = assembly.concept_types(told, ids)
        group_of, allowed = assembly.wanted_pairs(told, ids, type_pairs)
        tested = assembly.possible(group_of[there], allowed)
        trivial = self._encoder.trivial()
        if trivial is not None:
            tested -= assembly.possible_of(trivial, there, group_of, allowed)

        def wanted(pairs: pl.DataFrame) -> pl.DataFrame:
            low, high = unpack(pairs["key"].to_numpy())
            return pairs.filter(allowed[group_of[low], group_of[high]])

        cells, corpus = Cells(marginal), self._corpus()
        standing = _Standing(ids, marginal, corpus["documents"])
        packed, times = self._survey(cells, standing, wanted)
        rated = cells.rated(
            packed, times, n_documents=corpus["documents"], tested=tested
        )
        written = 0

        def parts() -> Iterator[pl.DataFrame]:
            nonlocal written
            ranges = range(self._n_parts())
            for part in track(ranges, description="associations", unit="part"):
                pairs = wanted(self._read("pairs", part))
                pairs = pairs.filter(pl.col("documents") >= min_documents)
                if not pairs.height and (written or part + 1 < len(ranges)):
                    continue
                place = np.searchsorted(packed, cells.packed(pairs))
                pairs = pairs.with_columns(
                    *(pl.Series(n, values[place]) for n, values in rated.items()),
                    *standing.of(pairs),
                )
                keys, order = pairs["key"], np.arange(pairs.height)
                turned = np.zeros(pairs.height, dtype=bool)
                spans, years = self._read("spans", part), self._read("years", part)
                frame = assembly.co_mentions(
                    pairs,
                    turned,
                    ids=pl.Series(ids, dtype=pl.String),
                    marginal=marginal,
                    types=(type_names, type_of),
                    told=[
                        *assembly.years_of(
                            years, *assembly.rows_of(years, keys, order)
                        ),
                        assembly.evidence_of(
                            spans,
                            *assembly.rows_of(spans, keys, order),
                            swap=turned,
                            documents=self._documents,
                            flagged=self._flagged,
                        ),
                    ],
                    flagged=self._flagged,
                )
                written += frame.height
                yield frame

        counts = {**corpus, "pairs_tested": tested}
        settings = {**self.settings, "min_documents": min_documents}
        save_parts(
            output,
            concepts=concepts,
            associations=parts(),
            provenance=self.provenance,
            whole=lambda: {
                "provenance": self.provenance,
                "settings": settings,
                "counts": counts,
            },
        )
        return {**counts, "concepts": concepts.height, "associations": written}

    def _survey(
        self,
        cells: Cells,
        standing: _Standing,
        wanted: Callable[[pl.DataFrame], pl.DataFrame],
    ) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Return the distinct counts of pairs, and how many pairs have each.

        Pairs are put together on the way, once for all.
        """
        packed, times = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        ranges = range(self._n_parts())
        for part in track(ranges, description="pairs", unit="part"):
            pairs = self._read("pairs", part)
            for file in self._files("pairs", part):
                file.unlink()
            write_parquet(
                pairs,
                self._work / "pairs" / f"{part:05d}-00000.parquet",
                compression="lz4",
            )
            standing.add(pairs)
            here, often = np.unique(cells.packed(wanted(pairs)), return_counts=True)
            both = np.concatenate([packed, here])
            order = np.argsort(both, kind="stable")
            first = np.flatnonzero(changes(both[order]))
            many = np.concatenate([times, often])[order]
            packed = both[order][first]
            times = np.add.reduceat(many, first) if first.size else many
        standing.finish(self._read("pairs", part) for part in ranges)
        return packed, times

    def _n_parts(self) -> int:
        return 1 if self._bounds is None else len(self._bounds) + 1

    def _files(self, name: str, part: int) -> list[Path]:
        return sorted((self._work / name).glob(f"{part:05d}-*.parquet"))

    def _read(self, name: str, part: int) -> pl.DataFrame:
        """Return a table's range, added up."""
        schema = counting.SCHEMAS[name]
        frames = [pl.read_parquet(file) for file in self._files(name, part)]
        if name == "spans":
            columns = taken(frames, schema).get_columns()
            rank = np.arange(max(self._documents.height, 1), dtype=np.uint32)
            return best(columns, rank=rank, max_evidence=self.max_evidence)
        if name == "years":
            return added_years(taken(frames, schema))
        return added_pairs(taken(frames, schema), [])


class _Standing:
    """Where pairs stand among all pairs, known when all were looked at twice.

    Parameters
    ----------
    ids
        Of the concepts.
    marginal
        int64 ``(n_concepts,)``: how many documents name each.
    n_documents
        In all.
    """

    def __init__(
        self, ids: list[str], marginal: NDArray[np.int64], n_documents: int
    ) -> None:
        self._ids, self._marginal, self._n = ids, marginal, n_documents
        self._strength, self._sums = np.zeros(len(ids)), np.zeros(len(ids))
        self._best = np.zeros(len(ids))
        self._pairs = 0
        self._all: pl.DataFrame | None = None

    def add(self, pairs: pl.DataFrame) -> None:
        """Add up what is sums: the first look."""
        ends = unpack(pairs["key"].to_numpy())
        self._pairs += pairs.height
        self._strength += neighbourhood.strength(
            self._surprise(pairs), ends=ends, n_concepts=len(self._ids), unit=1
        )
        self._sums += ranking.string_sums(
            pairs["documents"], pairs["close"], ends=ends, n_concepts=len(self._ids)
        )

    def finish(self, parts: Iterable[pl.DataFrame]) -> None:
        """Take a second look at all pairs: at once where these are few."""
        if self._pairs <= neighbourhood.MOST_PAIRS:
            self._all = assembly.standing_of(
                pl.concat(parts), self._marginal, self._n, self._ids
            )
            return
        for pairs in parts:
            scores = self._scores(pairs)
            for end in unpack(pairs["key"].to_numpy()):
                np.maximum.at(self._best, end, scores)

    def of(self, pairs: pl.DataFrame) -> list[pl.Series]:
        """Return :data:`kgbuild.graph.ranking.STANDING` of some of them."""
        if self._all is not None:
            place = self._all["key"].search_sorted(pairs["key"])
            return [self._all[name].gather(place) for name in ranking.STANDING]
        ends = unpack(pairs["key"].to_numpy())
        tied, scores = self._strength / neighbourhood.UNIT, self._scores(pairs)
        values = {"alike": np.zeros(pairs.height)}
        for name, end in zip(("source", "target"), ends, strict=True):
            best = self._best[end]
            values[f"{name}_strength"] = tied[end]
            values[f"{name}_best"] = np.divide(
                scores, best, out=np.zeros_like(scores), where=best > 0
            )
        return [pl.Series(name, values[name]) for name in ranking.STANDING]

    def _surprise(self, pairs: pl.DataFrame) -> NDArray[np.int64]:
        return neighbourhood.surprise(
            pairs["documents"].to_numpy().astype(np.int64),
            self._marginal,
            ends=unpack(pairs["key"].to_numpy()),
            n=self._n,
        )

    def _scores(self, pairs: pl.DataFrame) -> NDArray[np.float64]:
        return ranking.string_score(
            pairs["documents"],
            pairs["close"],
            ends=unpack(pairs["key"].to_numpy()),
            exponent=ranking.BEST_EXPONENT,
            sums=self._sums,
        )


def _quantiles(keys: NDArray[np.uint64], parts: int) -> NDArray[np.uint64]:
    """Return the keys that cut sorted ones into parts of about one size."""
    if parts < 2 or not keys.size:
        return np.zeros(0, np.uint64)
    places = np.arange(1, parts) * keys.size // parts
    return np.unique(keys[places])


def _known(frame: pl.DataFrame) -> Future[pl.DataFrame]:
    future: Future[pl.DataFrame] = Future()
    future.set_result(frame)
    return future
