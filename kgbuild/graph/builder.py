"""From annotated documents or tables to a knowledge graph, bit by bit."""

from __future__ import annotations

import json
import logging
import os
import shutil
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import polars as pl

from kgbuild import _version
from kgbuild._io.files import write_atomically
from kgbuild._io.locks import alone
from kgbuild._io.markup import counted
from kgbuild._io.options import known_type_pairs, known_types, names_in
from kgbuild._io.warn import warn_user
from kgbuild.curies import taxon_number
from kgbuild.entity_types import asked_type
from kgbuild.errors import ConfigError, InputError, at_least, one_of
from kgbuild.graph import counting, statements
from kgbuild.graph.adding import Behind
from kgbuild.graph.assembly import UNKNOWN_TYPE, assemble, commonest_first
from kgbuild.graph.background import Background
from kgbuild.graph.counting import Counts, Level
from kgbuild.graph.encoding import Encoder, check_known, check_whole, cut, number
from kgbuild.graph.generic import generic_concepts, to_exclude
from kgbuild.graph.packing import unpack
from kgbuild.graph.ranking import learned
from kgbuild.graph.sources import Part, Source, paper_ids, parts_of
from kgbuild.tables import write_parquet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from kgbuild.graph.model import KnowledgeGraph

_log = logging.getLogger(__name__)

#: What the associations of a graph are.
Edges = Literal["co-mentions", "statements", "both"]

#: Version of the folder that :meth:`GraphBuilder.save` writes.
_FORMAT = 3

#: How long to wait for another process that has a folder of counts, in seconds.
_PATIENCE_S = 600.0

#: Between several versions of one thing.
_AND = " and "

#: The year of documents without one, in arrays of int32.
_NO_YEAR = -(2**20)

#: In which order documents are preferred as evidence: the newest, then by id.
_PREFERENCE = ("year", "document_id")

#: What the builder knows of every document.
_KNOWN = {
    "document_id": pl.String(),
    "year": pl.Int16(),
    "sentences": pl.UInt32(),
    "fingerprint": pl.UInt64(),
    # Whether it is one of the documents that the statistics are of.
    "counted": pl.Boolean(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What :meth:`GraphBuilder.add` did with the documents it met.

    Attributes
    ----------
    documents
        Newly counted.
    repeated
        In the graph already, with the same mentions: left as they were; and other
        versions of papers that the same source holds in a newer one.
    conflicting
        In the graph already, with other mentions: the first version stays.
    left_out
        Not counted, since a stage failed on them, or they name none of the species
        asked for.
    mentions
        Newly counted mentions, whether they have concepts or not.
    unlinked
        Those without a concept: they do not enter the graph.
    excluded
        Ids of mentions that are generic or otherwise excluded.
    """

    documents: int = 0
    repeated: int = 0
    conflicting: int = 0
    left_out: int = 0
    mentions: int = 0
    unlinked: int = 0
    excluded: int = 0

    def __add__(self, other: Added) -> Added:
        return Added(
            **{
                name: getattr(self, name) + getattr(other, name)
                for name in self.__slots__
            }
        )


class GraphBuilder:
    """Counts that grow: what A and then B adds is what A and B together add.

    Parameters
    ----------
    edges, level, window, types, exclude, species, parents, max_evidence, provenance
        As for :func:`~kgbuild.graph.building.build_graph`.

    Raises
    ------
    ConfigError
        An option has a value it cannot have.

    Examples
    --------
    >>> from kgbuild.document import Document
    >>> builder = GraphBuilder()
    >>> document = Document.from_text("ACE", id="1").with_status("recognize", "done")
    >>> [builder.add([document]).documents for _ in range(2)]
    [1, 0]
    """

    def __init__(
        self,
        *,
        edges: Edges = "co-mentions",
        level: Level = "sentence",
        window: int = 1,
        types: str | Collection[str] | None = None,
        exclude: str | Collection[str] | None = None,
        species: int | str | Collection[int | str] | None = None,
        parents: Mapping[str, Collection[str]] | None = None,
        max_evidence: int = 10,
        provenance: Mapping[str, str] | None = None,
    ) -> None:
        one_of("edges", edges, get_args(Edges))
        one_of("level", level, get_args(Level))
        at_least(1, window=window, max_evidence=max_evidence)
        self.edges: Edges = edges
        self.level: Level = level
        self.window = window if level == "window" else 0
        self.types = (
            None
            if types is None
            else frozenset(map(asked_type, names_in("types", types)))
        )
        self.exclude = to_exclude(exclude)
        self.species = (
            None
            if species is None
            else frozenset(
                f"ncbitaxon:{taxon_number(taxon)}"
                for taxon in names_in("species", species, kinds=(int, str))
            )
        )
        self.max_evidence = max_evidence
        self.provenance = {
            "kgbuild": _version.__version__,
            "ranking": learned()[0],
            **(provenance or {}),
        }
        self._given = frozenset(provenance or ())
        self.parents = {
            child: tuple(sorted(set(above) - {child}))
            for child, above in sorted((parents or {}).items())
        }
        self._encoder = Encoder(
            types=self.types, exclude=self.exclude, parents=self.parents
        )
        self._documents = pl.DataFrame(schema=_KNOWN)
        self._counts = Counts()
        self._statements: list[pl.DataFrame] = []
        self._compacted = 0
        self._flagged = True
        self._failed: set[str] = set()
        self.added = Added()

    @property
    def settings(self) -> dict[str, Any]:
        """Options that decide what is counted, as JSON can hold them."""
        return {
            "edges": self.edges,
            "level": self.level,
            "window": self.window,
            "types": None if self.types is None else sorted(self.types),
            "exclude": sorted(self.exclude),
            "species": None if self.species is None else sorted(self.species),
            "max_evidence": self.max_evidence,
            "parents": {child: list(above) for child, above in self.parents.items()},
        }

    def add(self, source: Source) -> Added:
        """Count more documents; those that are in already change nothing.

        Parameters
        ----------
        source
            As for :func:`~kgbuild.graph.building.build_graph`.

        Returns
        -------
        Added
            How many documents were new, known, left out, ….

        Raises
        ------
        ValidationError
            A table breaks its schema. Batches before it stay counted; adding them
            again changes nothing.
        """
        total = Added()
        for part in parts_of(source, statements=self.edges != "co-mentions"):
            total += self._add_tables(part)
            self._learn(part.versions)
        self.added += total
        if total.conflicting:
            warn_user(
                f"In the graph already, with other mentions: "
                f"{counted(total.conflicting, 'document')}; the first version stays: "
                "build the graph anew to replace it."
            )
        return total

    def _learn(self, versions: Mapping[str, Collection[str]]) -> None:
        """Note versions behind the mentions, where nobody gave them."""
        for name, here in versions.items():
            if name not in self._given:
                known = self.provenance.get(name, "").split(_AND)
                self.provenance[name] = _AND.join(sorted({*known, *here} - {""}))

    def check_met(self) -> None:
        """Warn of what was not there to count or leave out; refuse species unnamed.

        Raises
        ------
        ConfigError
            The builder was asked for species, and met none of them: what is left is
            rarely meant.
        """
        if self.added == Added():
            warn_user("There was no document to count: the graph is empty.")
        elif self.species is not None and not self._encoder.met_species:
            msg = (
                f"No document names {' or '.join(sorted(self.species))}, the species "
                "asked for: check the number, or leave species out."
            )
            raise ConfigError(msg)
        unmet = self._unmet_exclusions()
        if unmet:
            shown = ", ".join(unmet[:5]) + (", …" if len(unmet) > 5 else "")
            warn_user(
                f"No mention that counts has what exclude leaves out: {shown}. The "
                "graph's concepts and 'kgbuild vocab search' tell identifiers."
            )

    def _unmet_exclusions(self) -> list[str]:
        """Return what a user leaves out and no document or ancestor list has."""
        if self.exclude == generic_concepts():
            return []
        above = {a for ancestors in self.parents.values() for a in ancestors}
        return sorted(self.exclude.difference(self._encoder.concept_ids, above))

    def graph(
        self,
        *,
        min_documents: int = 1,
        type_pairs: tuple[str, str] | Collection[tuple[str, str]] | None = None,
        names: Mapping[str, str] | None = None,
        background: Source | None = None,
    ) -> KnowledgeGraph:
        """Return the graph of what was added so far.

        Parameters
        ----------
        min_documents, type_pairs, names, background
            As for :func:`~kgbuild.graph.building.build_graph`.

        Raises
        ------
        ConfigError
            An option has a value it cannot have: a type, say, that is neither known nor
            among the mentions.
        """
        at_least(1, min_documents=min_documents)
        concept_ids, behind = self._encoder.concept_ids, None
        if background is not None:
            concept_ids, behind = self._behind(background)
        with self._compacting() as (pool, counts):
            seen = [*counts["types"].result()["type"].unique(), UNKNOWN_TYPE]
            if self.types is not None:
                met = [*seen, *self._encoder.met_types]
                known_types("types", sorted(self.types), also=met, exact=True)
            if type_pairs is not None:
                type_pairs = known_type_pairs("type_pairs", type_pairs, also=seen)
            return assemble(
                pool,
                counts=counts,
                concept_ids=concept_ids,
                trivial=self._encoder.trivial(),
                documents=self._documents,
                flagged=self._flagged,
                min_documents=min_documents,
                type_pairs=type_pairs,
                names=names or {},
                edges=self.edges,
                statements=self._statement_rows(),
                max_evidence=self.max_evidence,
                types=self.types,
                provenance=self.provenance,
                settings=self.settings,
                corpus=self._corpus(),
                background=behind,
            )

    def _behind(self, source: Source) -> tuple[list[str], Background]:
        """Count another corpus, with the numbers that concepts have here."""
        settings = self.settings | {
            "edges": "co-mentions", "window": max(1, self.window), "max_evidence": 1,
        }  # fmt: skip
        other = GraphBuilder(**settings)
        for concept in self._encoder.concept_ids:
            other._encoder.code(concept)
        # What is here already is known there, and so counts once.
        other._documents = self._documents.with_columns(counted=pl.lit(value=False))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            other.add(source)
        documents = other._corpus()["documents"]
        if not documents:
            msg = (
                "The background holds no document that this corpus has not itself: "
                "give the run of another corpus."
            )
            raise ConfigError(msg)
        with other._compacting() as (_, counts):
            tables = {name: counts[name].result() for name in ("concepts", "pairs")}
        return other._encoder.concept_ids, Background(documents=documents, **tables)

    def pair_counts(self) -> pl.DataFrame:
        """Return what the statistics and scores of co-mentions are worked out from.

        Returns
        -------
        polars.DataFrame
            ``source, target, documents, close, sentences, negated, share, near`` of all
            pairs (see :data:`kgbuild.graph.counting.PAIRS`; the last two as documents
            and sentences), ``source_documents, target_documents, source_type,
            target_type``; in no order.
        """
        with self._compacting() as (_, counts):
            pairs, concepts = counts["pairs"].result(), counts["concepts"].result()
            types = commonest_first(counts["types"].result())
        ids = pl.Series(self._encoder.concept_ids, dtype=pl.String)
        known = concepts.select("code", "documents").join(
            types.group_by("code").agg(pl.col("type").first()), on="code", how="left"
        )
        frame = pairs.with_columns(pl.col("share", "near") / counting.ONE)
        for end, code in zip(
            ("source", "target"), unpack(pairs["key"].to_numpy()), strict=True
        ):
            frame = frame.with_columns(
                ids.gather(code).alias(end), pl.Series("code", code, pl.UInt32)
            ).join(
                known.rename({"documents": f"{end}_documents", "type": f"{end}_type"}),
                on="code",
                how="left",
                maintain_order="left",
            )
        return frame.drop("key", "code", "hedged")

    def _statement_rows(self) -> pl.DataFrame:
        if len(self._statements) != 1:
            empty = pl.DataFrame(schema=statements.ROWS)
            self._statements = [pl.concat([empty, *self._statements])]
        return self._statements[0]

    def _corpus(self) -> dict[str, int]:
        """Return what was counted beyond concepts and pairs."""
        counted = self._documents["counted"]
        sentences = self._documents["sentences"].filter(counted)
        return {
            "documents": int(counted.sum()),
            "documents_left_out": len(self._failed) + int((~counted).sum()),
            "sentences": int(sentences.cast(pl.UInt64).sum()),
            "mentions": self.added.mentions,
            "mentions_unlinked": self.added.unlinked,
            "mentions_excluded": self.added.excluded,
        }

    def save(self, folder: Path | str) -> Path:
        """Write the counts to a folder, so that more can be added another day.

        The folder is whole or as it was before. Where one process loads, adds and saves
        while others may do the same, hold :meth:`alone` around all three.

        Raises
        ------
        ConfigError
            Another process has had the folder for ten minutes.
        """
        with self.alone(folder):
            return self._save(Path(folder))

    @staticmethod
    @contextmanager
    def alone(folder: Path | str) -> Iterator[None]:
        """Have a folder of counts for oneself, as long as the context lasts.

        From reading to writing, so that nothing that another process adds is lost. The
        lock lies beside the folder, which is replaced as a whole; within it
        :meth:`load` and :meth:`save` go on.

        Raises
        ------
        ConfigError
            Another process has had it for ten minutes.

        Examples
        --------
        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp()) / "counts"
        >>> with GraphBuilder.alone(folder):
        ...     path = GraphBuilder().save(folder)
        """
        target = Path(folder).resolve()
        lock = target.with_name(f".{target.name}.lock")
        with alone(lock, at=target, wait_s=_PATIENCE_S):
            old = _old(target)
            if old.exists() and not target.exists():  # stopped between two renames
                old.rename(target)
            yield

    def _save(self, target: Path) -> Path:
        with self._compacting() as (_, counts):
            frames = {name: table.result() for name, table in counts.items()}
        beside = target.with_name(f".{target.name}.new~")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        for name, schema in counting.SCHEMAS.items():
            # Every column sorts: the same counts give the same bytes.
            frame = frames[name].sort(list(schema))
            write_parquet(frame, beside / f"{name}.parquet")
        codes = {"concept_id": self._encoder.concept_ids}
        codes_frame = pl.DataFrame(codes, schema={"concept_id": pl.String})
        write_parquet(codes_frame, beside / "codes.parquet")
        write_parquet(self._documents, beside / "documents.parquet")
        write_parquet(self._statement_rows(), beside / "statements.parquet")
        state = {
            "format": _FORMAT,
            "settings": self.settings,
            "provenance": self.provenance,
            "flagged": self._flagged,
            "failed": sorted(self._failed),
            "added": {name: getattr(self.added, name) for name in Added.__slots__},
        }
        with write_atomically(beside / "builder.json") as stream:
            stream.write(json.dumps(state, indent=1, sort_keys=True).encode())
        old = _old(target)
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        beside.rename(target)
        shutil.rmtree(old, ignore_errors=True)
        return target

    @classmethod
    def load(cls, folder: Path | str) -> GraphBuilder:
        """Read what :meth:`save` wrote.

        Raises
        ------
        InputError
            The folder holds no counts, or those of a newer kgbuild.
        ConfigError
            Another process has had the folder for ten minutes.
        """
        folder = Path(folder)
        if not (folder.is_dir() or _old(folder.resolve()).is_dir()):
            reason = (
                "There are no counts here: name a folder that GraphBuilder.save wrote."
            )
            raise InputError(reason, path=folder)
        if not os.access(folder.resolve().parent, os.W_OK):
            return cls._load(folder)  # nobody writes there
        with cls.alone(folder):
            return cls._load(folder)

    @classmethod
    def _load(cls, folder: Path) -> GraphBuilder:
        try:
            state = json.loads((folder / "builder.json").read_text(encoding="utf-8"))
            if state["format"] != _FORMAT:
                reason = (
                    f"These counts are of format {state['format']}, this kgbuild reads "
                    f"{_FORMAT}: build them anew."
                )
                raise InputError(reason, path=folder)
            settings = state["settings"]
            builder = cls(**settings | {"window": max(1, settings["window"])})
            builder.provenance = state["provenance"]
            builder._flagged = state["flagged"]
            builder._failed = set(state["failed"])
            builder.added = Added(**state["added"])
            for name in counting.SCHEMAS:
                frame = pl.read_parquet(folder / f"{name}.parquet")
                setattr(builder._counts, name, [frame])
            builder._documents = pl.read_parquet(folder / "documents.parquet")
            builder._statements = [pl.read_parquet(folder / "statements.parquet")]
            for concept in pl.read_parquet(folder / "codes.parquet")["concept_id"]:
                builder._encoder.code(concept)
        except (OSError, ValueError, KeyError, pl.exceptions.PolarsError) as error:
            reason = (
                f"These are not the counts of a graph ({type(error).__name__}: "
                f"{error}): name a folder that GraphBuilder.save wrote."
            )
            raise InputError(reason, path=folder) from error
        builder._compacted = builder._counts.rows()
        return builder

    # -- counting ----------------------------------------------------------------------

    def _add_tables(self, part: Part) -> Added:
        """Count one source; on an error nothing of it is counted."""
        local, failed = self._local_documents(part.documents)
        left_out = failed | part.older
        n = local.height
        said = None
        if self.edges != "co-mentions" and part.statements is not None:
            said, strange = statements.numbered(
                part.statements, local, exclude=self.exclude
            )
            check_known(strange, left_out)
        where_said: list[pl.DataFrame] = []
        fresh = local["known"].to_numpy() < 0
        counted = np.ones(n, dtype=bool)
        years = local["year"].cast(pl.Int32).fill_null(_NO_YEAR).to_numpy()
        sentences = local["sentences"].fill_null(0).to_numpy().copy()
        prints = np.zeros(n, dtype=np.uint64)
        met = np.zeros(n, dtype=bool)
        codes = np.zeros(n, dtype=np.uint32)
        codes[fresh] = self._documents.height + np.arange(int(fresh.sum()))
        delta, flagged = Counts(), self._flagged
        totals = dict.fromkeys(("mentions", "unlinked", "excluded"), 0)
        count = partial(
            counting.count,
            level=self.level,
            window=self.window,
            years=years,
            sentences=sentences,
            max_evidence=self.max_evidence,
        )
        with Behind(delta) as behind:
            for mentions in part.mentions:
                flagged &= {"negated", "hedged"} <= set(mentions.columns)
                for piece in cut(mentions):
                    frame, document, strange = number(piece, local)
                    check_known(strange, left_out)
                    check_whole(met, document, local)
                    if said is not None:
                        here = said.filter(pl.col("document").is_in(document))
                        where_said.append(statements.located(here, frame, document))
                    if self.species is not None:
                        wanted = frame, document, self.species
                        counted[self._encoder.of_other_species(*wanted)] = False
                        frame, document = _where(counted[document], frame, document)
                    if not fresh.all():
                        # Only to see whether the documents are the same as before.
                        old = ~fresh[document]
                        rows = self._encoder.encode(*_where(old, frame, document)).rows
                        prints += self._encoder.fingerprints(rows, n)
                        frame, document = _where(~old, frame, document)
                    encoded = self._encoder.encode(frame, document)
                    for name in totals:
                        totals[name] += getattr(encoded, name)
                    rows = encoded.rows
                    prints += self._encoder.fingerprints(rows, n)
                    # A table without the number has at least the sentences it mentions.
                    least = rows.sentence + np.uint32(1)
                    np.maximum.at(sentences, rows.document, least)
                    behind.do(partial(count, rows, trivial=self._encoder.trivial()))
                    delta.names.append(encoded.names)
                    delta.types.append(encoded.types)
                    self._relieve(delta)
        if said is not None:
            prints += statements.hashes(said, n)
            alone = said.filter(~pl.Series(met)[said["document"]])
            where_said.append(
                alone.select(
                    pl.col(c) if c in alone.columns else pl.lit(None, t).alias(c)
                    for c, t in statements.ROWS.items()
                )
            )
        delta.spans = [
            spans.with_columns(
                pl.Series("document", codes[spans["document"].to_numpy()])
            )
            for spans in delta.spans
        ]
        conflicting = self._conflicts(local, prints)
        news = local.with_columns(
            pl.Series("sentences", sentences),
            pl.Series("fingerprint", prints),
            pl.Series("counted", counted),
        ).filter(pl.Series(fresh))
        self._documents = pl.concat([self._documents, news.select(list(_KNOWN))])
        self._flagged = flagged
        self._counts.extend(delta)
        for frame in where_said:
            document = frame["document"].to_numpy()
            new = pl.Series((fresh & counted)[document])
            coded = frame.with_columns(pl.Series("document", codes[document]))
            self._statements.append(coded.filter(new))
        # A document that failed may come again, annotated at last.
        failed -= self._failed
        self._failed = (self._failed | failed) - set(local["document_id"])
        if self._counts.rows() > max(2 * self._compacted, 16_000_000):
            with self._compacting():
                pass
        return Added(
            documents=int((fresh & counted).sum()),
            repeated=int((~fresh).sum()) - conflicting + len(part.older),
            conflicting=conflicting,
            left_out=len(failed) + int((fresh & ~counted).sum()),
            **totals,
        )

    def _relieve(self, counts: Counts) -> None:
        """Take counts out of memory, on the way; this builder keeps them."""

    def _local_documents(
        self, documents: pl.DataFrame
    ) -> tuple[pl.DataFrame, set[str]]:
        """Return the documents to count, preferred evidence first, and the failed.

        ``known`` is the code of one that is in the graph already, else -1.
        """
        failures = documents.filter("failed")
        documents = documents.filter(~pl.col("failed"))
        paper = paper_ids(documents["document_id"])
        known = paper_ids(self._documents["document_id"]).to_frame()
        known = known.with_row_index("known")
        local = (
            documents.select("document_id", "year", "sentences", paper)
            .join(known, on="paper", how="left")
            .drop("paper")
            .with_columns(pl.col("known").cast(pl.Int64).fill_null(-1))
            .sort(*_PREFERENCE, descending=[True, False], nulls_last=True)
        )
        return local, set(failures["document_id"])

    def _conflicts(self, local: pl.DataFrame, prints: NDArray[np.uint64]) -> int:
        """Count documents that come again with other mentions."""
        known = local["known"].to_numpy()
        seen = np.flatnonzero(known >= 0)
        old = self._documents["fingerprint"].to_numpy()[known[seen]]
        other = seen[old != prints[seen]]
        for i in other[:20]:
            _log.warning(
                "document %s is in the graph with other mentions; the first stays",
                local["document_id"][int(i)],
            )
        return int(other.size)

    @contextmanager
    def _compacting(
        self,
    ) -> Iterator[tuple[ThreadPoolExecutor, dict[str, Future[pl.DataFrame]]]]:
        """Compact the counts, and offer them table by table; in the end all are."""
        order = (
            self._documents.with_row_index("code")
            .sort(*_PREFERENCE, descending=[True, False], nulls_last=True)["code"]
            .to_numpy()
        )
        rank = np.zeros(order.size, dtype=np.uint32)
        rank[order] = np.arange(rank.size, dtype=np.uint32)
        with ThreadPoolExecutor(2) as pool:
            counts = self._counts.compacting(
                pool, rank=rank, max_evidence=self.max_evidence
            )
            yield pool, counts
        for table in counts.values():
            table.result()
        self._compacted = self._counts.rows()


def _old(counts: Path) -> Path:
    """Return where counts lie while new ones take their place."""
    return counts.with_name(f".{counts.name}.old~")


def _where(
    keep: NDArray[np.bool_], frame: pl.DataFrame, document: NDArray[np.uint32]
) -> tuple[pl.DataFrame, NDArray[np.uint32]]:
    if keep.all():
        return frame, document
    return frame.filter(pl.Series(keep)), document[keep]
