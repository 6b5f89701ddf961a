"""The graph of a run or of a store, and its answers as plain values."""

from __future__ import annotations

import json
import math
import threading
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild.curies import url_of
from kgbuild.errors import NotFoundError, ValidationError
from kgbuild.graph import KnowledgeGraph, build_graph
from kgbuild.graph.answers import Filters
from kgbuild.graph.quotes import Quotes
from kgbuild.graph.ranks import check_rank
from kgbuild.tables import documents_from_tables, read_table, table_files, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from kgbuild.document import Document
    from kgbuild.store import AnnotationStore

#: Most items of one answer.
MOST = 100

#: Above this, the graph of a store is made once by ``kgbuild run``, not at a question.
_LARGEST_STORE = 20_000

#: The graph of a store that grows is made anew at most so often: after so many times
#: what making it took, but after this many seconds in any case.
_REBUILD_SHARE, _REBUILD_S = 10.0, 60.0

#: Longest sentence of an answer, in characters.
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Held:
    """A graph, the texts behind it, and its mentions."""

    graph: KnowledgeGraph
    quotes: Quotes
    mentions: pl.LazyFrame
    stamp: tuple[int, float] = (0, 0.0)
    due: float = 0.0


class Knowledge:
    """Answers questions on the graph of a run's folder or of a store.

    Parameters
    ----------
    run
        Output folder of ``kgbuild run``.
    store
        Whose documents make the graph where there is no run: at the first question,
        and again when it has grown.

    Raises
    ------
    InputError
        The folder holds no graph.
    """

    def __init__(self, *, run: Path | None, store: AnnotationStore | None) -> None:
        self._run, self._store = run, store
        self._held: Held | None = None
        self._making = threading.Lock()
        #: Documents that the store has got since the graph was made.
        self.behind = 0
        if run is not None:
            for name in ("documents", "mentions"):
                table_files(run / name)

    # -- what is held ------------------------------------------------------------------

    def held(self) -> Held:
        """Return the graph and what belongs to it, made now where that is due.

        Raises
        ------
        NotFoundError
            There is neither a run nor a document in the store.
        """
        # While it is made anew, the one there is goes on answering.
        there = self._held
        if not self._making.acquire(blocking=there is None) and there is not None:
            return there
        try:
            if self._run is None:
                return self._of_store()
            if self._held is None:
                self._held = self._of_run(self._run)
            return self._held
        finally:
            self._making.release()

    def _of_run(self, run: Path) -> Held:
        columns = ("document_id", "pmid", "text", "year", "journal", "passages")
        documents = read_table(run / "documents", name="documents", columns=columns)
        return Held(
            graph=KnowledgeGraph.load(run),
            quotes=Quotes(documents),
            mentions=pl.scan_parquet(table_files(run / "mentions")),
        )

    def _of_store(self) -> Held:
        stamp = (0, 0.0) if self._store is None else self._store.stamp()
        if self._store is None or not stamp[0]:
            msg = (
                "There is no graph to ask: start the service with --run FOLDER, or "
                "with --store FILE and ask for papers first."
            )
            raise NotFoundError(msg)
        begun, held = time.monotonic(), self._held
        if held and held.stamp == stamp:
            self.behind = 0
            return held
        if held and begun < held.due:
            # Others may have been annotated anew.
            self.behind = max(1, stamp[0] - held.stamp[0])
            return held
        if stamp[0] > _LARGEST_STORE:
            msg = (
                f"The store has {stamp[0]:,} documents, too many to make a graph of "
                "at a question: write them out with `kgbuild store export`, run "
                "`kgbuild run` on them, and start the service with --run."
            )
            raise NotFoundError(msg)
        whole = list(self._store)
        documents, mentions = tables(whole, names=("documents", "mentions"))
        graph, now = build_graph(whole), time.monotonic()
        self._held = Held(
            graph=graph, quotes=Quotes(documents), mentions=mentions.lazy(),
            stamp=stamp, due=now + min(_REBUILD_S, _REBUILD_SHARE * (now - begun)),
        )  # fmt: skip
        self.behind = 0
        return self._held

    def documents(self, ids: Sequence[str]) -> dict[str, Document]:
        """Return those documents of the run that have these ids."""
        run = self._run
        if run is None or not ids:
            return {}
        chosen = pl.col("document_id").is_in(list(ids))

        def rows(name: str) -> pl.DataFrame:
            return pl.scan_parquet(table_files(run / name)).filter(chosen).collect()

        # Older runs have no statements.
        said = rows("statements") if (run / "statements").exists() else None
        found = documents_from_tables(rows("documents"), rows("mentions"), said)
        return {document.id: document for document in found}

    def asked(
        self, question: Callable[..., dict[str, Any]], *given: Any, **options: Any
    ) -> dict[str, Any]:
        """Answer one of the questions below; say where the graph is behind."""
        answer = question(*given, **options)
        return {**answer, "documents_behind": self.behind} if self.behind else answer

    def run_versions(self) -> dict[str, str]:
        """Return the versions that made the run's documents, as far as it says so."""
        if self._run is None:
            return {}
        try:
            said = json.loads((self._run / "run.json").read_text("utf-8"))
            return {str(k): str(v) for k, v in said["versions"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    # -- answers -----------------------------------------------------------------------

    def concepts(
        self,
        query: str,
        *,
        types: Sequence[str] = (),
        start: int = 0,
        limit: int = 20,
    ) -> dict[str, Any]:
        """Return concepts whose name, synonym or id holds some words."""
        found = self.held().graph.search(
            query, types=list(types) or None, start=start, limit=_bounded(limit)
        )
        items = [_linked(asdict(hit)) for hit in found.items]
        return {"total": found.total, "start": found.start, "items": items}

    def concept(self, name: str) -> dict[str, Any]:
        """Return what is known of a concept, by id or name."""
        graph = self.held().graph
        row = dict(graph.concept(name))
        row["neighbors"] = graph.query.neighbor_types(row["concept_id"])
        return _linked(row)

    def neighbors(
        self,
        name: str,
        *,
        types: Sequence[str] = (),
        by: str = "score",
        min_documents: int = 1,
        start: int = 0,
        limit: int = 20,
    ) -> dict[str, Any]:
        """Return what a concept is associated with, strongest first."""
        graph = self.held().graph
        here = graph.concept(name)["concept_id"]
        found = graph.query.neighbors(
            here, types=list(types) or None, by=check_rank(by), start=start,
            filters=Filters(min_documents=min_documents), limit=_bounded(limit),
        )  # fmt: skip
        items = [_linked(asdict(near)) for near in found.items]
        for item in items:
            del item["row"]
        concept = _linked(asdict(graph.query.hit(here)))
        return {
            "concept": concept, "total": found.total, "start": found.start,
            "items": items,
        }  # fmt: skip

    def association(self, one: str, other: str, *, limit: int = 10) -> dict[str, Any]:
        """Return how two concepts are associated, and sentences that say so."""
        held = self.held()
        ends = [dict(held.graph.concept(end)) for end in (one, other)]
        ids = [end["concept_id"] for end in ends]
        if ids[0] == ids[1]:
            msg = f"Both are the same concept, {ids[0]}: name two different ones."
            raise ValidationError(msg)
        by_id = dict(zip(ids, ends, strict=True))
        rows = held.graph.between(*ids).to_dicts()
        pieces = [
            (piece, (by_id[row["source"]], by_id[row["target"]]))
            for row in rows
            for piece in row.pop("evidence", None) or ()
        ]
        sentences = [
            self._sentence(held.quotes, piece, sides)
            for piece, sides in pieces[: _bounded(limit)]
        ]
        return {
            "source": _linked(asdict(held.graph.query.hit(ids[0]))),
            "target": _linked(asdict(held.graph.query.hit(ids[1]))),
            "associations": [_plain(row) for row in rows],
            "evidence_total": len(pieces),
            "evidence": sentences,
        }

    def path(self, start: str, end: str) -> dict[str, Any]:
        """Return the shortest way between two concepts, with a sentence a step."""
        graph = self.held().graph
        way = graph.path(start, end)
        steps = [self.association(a, b, limit=1) for a, b in pairwise(way)]
        return {
            "concepts": [_linked(asdict(graph.query.hit(c))) for c in way],
            "steps": [
                {
                    "source": step["source"]["concept_id"],
                    "target": step["target"]["concept_id"],
                    "documents": max(a["documents"] for a in step["associations"]),
                    "evidence": step["evidence"],
                }
                for step in steps
            ],
        }

    def papers(self, name: str, *, start: int = 0, limit: int = 20) -> dict[str, Any]:
        """Return the papers that name a concept, the newest first, with a sentence."""
        held = self.held()
        row = dict(held.graph.concept(name))
        column = pl.col("document_id")
        named = pl.col("concepts").list.contains(row["concept_id"])
        places = (
            held.mentions.filter(named)
            .group_by(column)
            .agg(pl.col("start", "end").sort_by("start", "end").first())
            .collect()
        )
        found = sorted(
            places.iter_rows(named=True),
            key=lambda place: _newest_first(held.quotes, place["document_id"]),
        )
        items = [
            self._sentence(
                held.quotes,
                {"document_id": place["document_id"], "spans": [place]},
                (row,),
            )
            for place in found[start : start + _bounded(limit)]
        ]
        concept = _linked(asdict(held.graph.query.hit(row["concept_id"])))
        return {
            "concept": concept, "total": len(found), "start": start, "items": items
        }  # fmt: skip

    def network(self, name: str, *, limit: int = 12) -> dict[str, Any]:
        """Return a concept, its strongest neighbors, and what associates them all."""
        graph = self.held().graph
        near = self.neighbors(name, limit=min(limit, 30))
        nodes = {near["concept"]["concept_id"]: near["concept"]}
        for item in near["items"]:
            hit = _linked(asdict(graph.query.hit(item["concept_id"])))
            nodes.setdefault(item["concept_id"], hit)
        edges = [
            _plain({key: row[key] for key in _EDGE if key in row})
            for row in graph.subgraph(nodes).associations.iter_rows(named=True)
        ]
        return {"nodes": list(nodes.values()), "edges": edges}

    @staticmethod
    def _sentence(
        quotes: Quotes, piece: Mapping[str, Any], ends: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        quoted = quotes.evidence(piece, ends=ends)
        text, marks = _cut(quoted.text, quoted.marks)
        record = quotes.record(quoted.document_id) or {}
        pmid = record.get("pmid")
        return {
            "document_id": quoted.document_id,
            "pmid": pmid,
            "url": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else None,
            "year": record.get("year"),
            "journal": record.get("journal"),
            "text": text,
            "marks": [
                {"begin": begin, "end": end, "concept_id": ends[i]["concept_id"]}
                for begin, end, i in marks
            ],
            "negated": quoted.negated,
            "hedged": quoted.hedged,
        }


_EDGE = ("source", "target", "predicate", "directed", "documents", "score", "npmi")


def _cut(
    text: str | None, marks: Sequence[tuple[int, int, int]]
) -> tuple[str | None, list[tuple[int, int, int]]]:
    """Shorten what is no sentence, around the first concept."""
    if text is None or len(text) <= _LONGEST:
        return text, list(marks)
    begin = max(0, marks[0][0] - _LONGEST // 4)
    kept = [(a - begin, b - begin, i) for a, b, i in marks if b - begin <= _LONGEST]
    return text[begin : begin + _LONGEST], kept


def _newest_first(quotes: Quotes, document_id: str) -> tuple[int, str]:
    record = quotes.record(document_id) or {}
    return -(record.get("year") or 0), document_id


def _bounded(limit: int) -> int:
    if not 1 <= limit <= MOST:
        msg = f"limit must be from 1 to {MOST}. Got {limit}."
        raise ValidationError(msg)
    return limit


def _linked(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**_plain(values), "url": url_of(values["concept_id"])}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that JSON can hold: it knows no infinity."""
    return {
        key: None if isinstance(v, float) and not math.isfinite(v) else v
        for key, v in values.items()
    }
