"""What the browser shows of a graph: pages of concepts, evidence, a way, a basket.

Plain Python, without a kernel or a widget; :mod:`kgbuild.widgets.browser` puts controls
on it, and questions go to the graph itself (``explorer.query``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild.errors import ConfigError, InputError
from kgbuild.graph.answers import Slice
from kgbuild.graph.quotes import Evidence, Quotes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kgbuild.document import Document
    from kgbuild.graph import KnowledgeGraph
    from kgbuild.graph.answers import Hit

#: Pages of concepts that "back" remembers.
_HISTORY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptPage:
    """What is known about one concept.

    Attributes
    ----------
    concept_id, name, type
        Of the concept.
    types
        All types it was mentioned as, commonest first.
    synonyms
        Its commonest texts.
    mentions, documents
        How many name it.
    years
        Year → documents; empty where the mentions are not given.
    neighbors
        Type → associated concepts, before any filter.
    """

    concept_id: str
    name: str
    type: str
    types: tuple[str, ...]
    synonyms: tuple[str, ...]
    mentions: int
    documents: int
    years: dict[int, int]
    neighbors: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How a concept is written in the texts.

    Attributes
    ----------
    text, type, concept
        Of mentions.
    documents
        Which hold it, of those on view.
    """

    text: str
    type: str
    concept: str
    documents: tuple[str, ...] = ()


class Explorer:
    """A knowledge graph to walk about in.

    Parameters
    ----------
    graph
        The graph.
    documents
        Documents or their table, from which evidence is quoted.
    mentions
        The mentions table, for counts per year. Where ``documents`` are documents it
        is made from them.

    Attributes
    ----------
    graph
        The graph.
    query
        Its :class:`kgbuild.graph.query.GraphQuery`: search, neighbors, ….
    quotes
        The texts.

    Examples
    --------
    >>> from kgbuild.document import Document, Mention
    >>> from kgbuild.graph import build_graph
    >>> document = Document.from_text("Captopril blocks ACE.", id="7").with_mentions([
    ...     Mention(start=0, end=9, text="Captopril", type="Chemical",
    ...             concepts=("mesh:D002216",)),
    ...     Mention(start=17, end=20, text="ACE", type="Gene",
    ...             concepts=("ncbigene:1636",)),
    ... ])
    >>> explorer = Explorer(build_graph([document]), documents=[document])
    >>> explorer.open(explorer.query.search("capto").items[0].concept_id)
    >>> explorer.concept(explorer.current).neighbors
    {'Gene': 1}
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        *,
        documents: pl.DataFrame | Iterable[Document] | None = None,
        mentions: pl.DataFrame | None = None,
    ) -> None:
        if documents is not None and not isinstance(documents, pl.DataFrame):
            from kgbuild.tables import tables

            documents, given = tables(documents)
            mentions = given if mentions is None else mentions
        self.graph, self.query = graph, graph.query
        self.quotes = Quotes(documents)
        self._years = _counts_per_year(documents, mentions)
        self._history: list[str] = []
        self._place = -1
        self._basket: dict[str, None] = {}
        self._listeners: list[Callable[[str], None]] = []

    def concept(self, concept_id: str) -> ConceptPage:
        """Return what is known about a concept.

        Raises
        ------
        NotFoundError
            The graph has no such concept.
        """
        row = self.graph.concept(concept_id)
        return ConceptPage(
            **{k: row[k] for k in ("concept_id", "name", "type")},
            types=tuple(row.get("types") or (row["type"],)),
            synonyms=tuple(row.get("synonyms") or ()),
            mentions=row["mentions"],
            documents=row["documents"],
            years=self._years.get(row["concept_id"], {}),
            neighbors=self.query.neighbor_types(row["concept_id"]),
        )

    def evidence(self, row: int, *, start: int = 0, limit: int = 5) -> Slice[Evidence]:
        """Quote where an association is said.

        Parameters
        ----------
        row
            Of ``graph.associations``, as a :class:`~kgbuild.graph.answers.Neighbor`
            names it.
        start, limit
            Which part of the evidence that the graph keeps.

        Raises
        ------
        ConfigError
            There is no such row.
        """
        if start < 0 or limit < 1:
            msg = f"start must be from 0 and limit from 1. Got {start} and {limit}."
            raise ConfigError(msg)
        if not 0 <= row < len(self.graph):
            msg = (
                f"row must be one of 0 to {len(self.graph) - 1}, the associations of "
                f"the graph. Got {row}."
            )
            raise ConfigError(msg)
        record = self.graph.associations[row].row(0, named=True)
        ends = [self.graph.concept(record[end]) for end in ("source", "target")]
        pieces = record["evidence"] or []
        return Slice(
            items=tuple(
                self.quotes.evidence(piece, ends=ends)
                for piece in pieces[start : start + limit]
            ),
            start=start,
            total=len(pieces),
        )

    def written(
        self, row: int | None = None, pieces: Iterable[Evidence] = ()
    ) -> list[Written]:
        """Say how concepts are written: in evidence, then the open one anywhere.

        Parameters
        ----------
        row
            Of ``graph.associations``.
        pieces
            Of its evidence.
        """
        found: dict[tuple[str, str, str], Written] = {}

        def add(text: str, kind: str, concept: str, *documents: str) -> None:
            # Case tells no two corrections apart.
            key = (text.casefold(), kind, concept)
            one = found.setdefault(key, Written(text=text, type=kind, concept=concept))
            held = dict.fromkeys([*one.documents, *documents])
            found[key] = replace(one, documents=tuple(held))

        if row is not None:
            record = self.graph.associations[row].row(0, named=True)
            ends = [self.query.hit(record[end]) for end in ("source", "target")]
            for piece in pieces:
                for start, stop, place in piece.marks:
                    text = (piece.text or "")[start:stop]
                    end = ends[place]
                    add(text, end.type, end.concept_id, piece.document_id)
        if self.current is not None:
            page = self.concept(self.current)
            for text in page.synonyms:
                add(text, page.type, page.concept_id)
        return [*found.values()]

    def years_of(self, row: int) -> dict[int, int]:
        """Return year → documents of an association."""
        if "years" not in self.graph.associations.columns:
            return {}
        years = self.graph.associations["years"][row]
        return {} if years is None else {y["year"]: y["documents"] for y in years}

    # -- walking about -----------------------------------------------------------------

    @property
    def current(self) -> str | None:
        """Id of the concept that is open, or ``None``."""
        return self._history[self._place] if self._place >= 0 else None

    @property
    def can_go_back(self) -> bool:
        """Whether there is a concept before this one."""
        return self._place > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a concept that was left by going back."""
        return self._place + 1 < len(self._history)

    def open(self, concept_id: str) -> None:
        """Open a concept and call every listener.

        Raises
        ------
        NotFoundError
            The graph has no such concept.
        """
        self.query.hit(concept_id)
        if concept_id == self.current:
            return
        del self._history[self._place + 1 :]
        self._history.append(concept_id)
        del self._history[:-_HISTORY]
        self._place = len(self._history) - 1
        self._notify()

    def back(self) -> None:
        """Open the concept before; nothing happens where there is none."""
        if self.can_go_back:
            self._place -= 1
            self._notify()

    def forward(self) -> None:
        """Undo :meth:`back`."""
        if self.can_go_forward:
            self._place += 1
            self._notify()

    def on_open(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call ``listener`` with every concept that is opened.

        Returns
        -------
        Callable
            Call it to hear no more.
        """
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def _notify(self) -> None:
        for listener in [*self._listeners]:
            listener(self._history[self._place])

    # -- basket ------------------------------------------------------------------------

    @property
    def basket(self) -> tuple[Hit, ...]:
        """Chosen concepts, in the order they were put in."""
        return tuple(self.query.hit(concept_id) for concept_id in self._basket)

    def put(self, concept_id: str) -> None:
        """Put a concept into the basket; one that is in it stays where it is.

        Raises
        ------
        NotFoundError
            The graph has no such concept.
        """
        self.query.hit(concept_id)
        self._basket.setdefault(concept_id)

    def take_out(self, concept_id: str) -> None:
        """Take a concept out of the basket, if it is in it."""
        self._basket.pop(concept_id, None)

    def basket_graph(self, *, hops: int = 0) -> KnowledgeGraph:
        """Return the graph of the concepts in the basket.

        Parameters
        ----------
        hops
            Keep their neighbours too, and theirs, so many steps away.

        Raises
        ------
        ConfigError
            The basket is empty.
        """
        if not self._basket:
            msg = "The basket is empty: put concepts into it first."
            raise ConfigError(msg)
        return self.graph.subgraph(list(self._basket), hops=hops)


def _counts_per_year(
    documents: pl.DataFrame | None,
    mentions: pl.DataFrame | None,
) -> dict[str, dict[int, int]]:
    """Concept → year → documents that name it."""
    if documents is None or mentions is None:
        return {}
    years = documents.select("document_id", "year").drop_nulls()
    counted = (
        mentions.select("document_id", pl.col("concepts").alias("concept"))
        .explode("concept")
        .drop_nulls()
        .unique()
        .join(years, on="document_id")
        .group_by("concept", "year")
        .len()
        .sort("concept", "year")
    )
    out: dict[str, dict[int, int]] = {}
    for concept, year, n in counted.iter_rows():
        out.setdefault(concept, {})[year] = n
    return out


def settings_of_run(folder: Path | str) -> dict[str, Any]:
    """Return how the run that left a folder annotated; nothing where none did."""
    try:
        said = json.loads((Path(folder) / "run.json").read_text("utf-8"))
        return dict(said["settings"]["annotation"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def make_explorer(
    source: KnowledgeGraph | Iterable[Document] | Explorer | Path | str,
    *,
    documents: pl.DataFrame | Iterable[Document] | None = None,
    mentions: pl.DataFrame | None = None,
) -> Explorer:
    """Make an explorer of whatever :func:`browse` takes."""
    from kgbuild.graph import KnowledgeGraph, build_graph
    from kgbuild.tables import read_table

    if isinstance(source, Explorer):
        return source
    if isinstance(source, (str, Path)):
        folder = Path(source)
        graph = KnowledgeGraph.load(folder)
        if documents is None and (folder / "documents").exists():
            documents = read_table(folder / "documents", name="documents")
        if mentions is None and (folder / "mentions").exists():
            mentions = read_table(folder / "mentions", name="mentions")
        return Explorer(graph, documents=documents, mentions=mentions)
    if isinstance(source, KnowledgeGraph):
        return Explorer(source, documents=documents, mentions=mentions)
    held = [*source]
    return Explorer(build_graph(held), documents=held, mentions=mentions)


def graph_given(source: object) -> KnowledgeGraph:
    """Return the graph that is drawn or plotted, or say what was given instead.

    Raises
    ------
    InputError
        It is neither a graph nor an explorer.
    """
    from kgbuild.graph import KnowledgeGraph

    if isinstance(source, Explorer):
        return source.graph
    if isinstance(source, KnowledgeGraph):
        return source
    shown = f" {source!r:.60}" if isinstance(source, (str, Path, int)) else ""
    msg = (
        f"Expected a graph. Got {type(source).__name__}{shown}: make one of annotated "
        "documents with kgbuild.build_graph(documents), or load that of a run with "
        "kgbuild.KnowledgeGraph.load(folder)."
    )
    raise InputError(msg)
