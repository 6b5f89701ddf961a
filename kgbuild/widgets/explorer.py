"""What the browser knows: search, pages of concepts, neighbours, evidence, a basket.

Plain Python, without a kernel or a widget; :mod:`kgbuild.widgets.browser` puts controls
on it. Everything that depends on the size of the graph is an array operation or a page
of a list, so that every call is quick on a graph of 50,000 concepts and a million
associations.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, get_args

from kgbuild.errors import ConfigError
from kgbuild.widgets._quotes import Quotes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from kgbuild.document import Document
    from kgbuild.graph import KnowledgeGraph

T = TypeVar("T")

Order = Literal["q_value", "npmi", "log_odds", "documents", "sentences"]
SearchOrder = Literal["match", "documents", "associations", "strength"]

#: Longest query that is looked at, in characters.
_QUERY = 200
#: Pages of concepts that "back" remembers.
_HISTORY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which associations count.

    Attributes
    ----------
    min_documents
        Supported by at least so many documents.
    max_q
        At most this false discovery rate; ``None`` for no bound.
    min_npmi
        At least this strong; ``None`` for no bound.
    years
        First and last year, themselves included: an association counts where the time
        from its first to its last report meets them; ``None`` for all. One of unknown
        years counts only then.
    """

    min_documents: int = 1
    max_q: float | None = None
    min_npmi: float | None = None
    years: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A concept that a search found.

    Attributes
    ----------
    concept_id, name, type
        Of the concept.
    documents
        How many name it.
    associations
        How many it has.
    matched
        The synonym that the question met; ``None`` where it met the name or the id, or
        nothing was asked.
    """

    concept_id: str
    name: str
    type: str
    documents: int
    associations: int
    matched: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbor:
    """A concept that another one is associated with.

    Attributes
    ----------
    concept_id, name, type
        Of the neighbour.
    row
        Of the association in ``graph.associations``; :meth:`Explorer.evidence` takes
        it.
    relation, documents, sentences, npmi, log_odds, q_value, first_year, last_year
        As in the associations table.
    """

    concept_id: str
    name: str
    type: str
    row: int
    relation: str
    documents: int
    sentences: int
    npmi: float
    log_odds: float
    q_value: float
    first_year: int | None
    last_year: int | None


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
        Year → documents; empty where the mentions are not at hand.
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
class Evidence:
    """Where an association is said.

    Attributes
    ----------
    document_id
        Which document.
    quote
        HTML, both entities marked; ``None`` where the text is not at hand.
    source
        HTML: the document linked, journal, year.
    negated, hedged
        Whether the sentence holds such a cue; ``None`` where nobody looked.
    """

    document_id: str
    quote: str | None
    source: str
    negated: bool | None
    hedged: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Generic[T]):
    """A part of a longer list.

    Attributes
    ----------
    items
        In order.
    start
        Place of the first one in the whole list, from 0.
    total
        Length of the whole list.
    """

    items: tuple[T, ...]
    start: int
    total: int


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
    >>> explorer.search("capto").items[0].name
    'Captopril'
    >>> explorer.neighbors("mesh:D002216").items[0].concept_id
    'ncbigene:1636'
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        *,
        documents: pl.DataFrame | Iterable[Document] | None = None,
        mentions: pl.DataFrame | None = None,
    ) -> None:
        import polars as pl

        if documents is not None and not isinstance(documents, pl.DataFrame):
            from kgbuild.tables import tables

            documents, made = tables(documents)
            mentions = made if mentions is None else mentions
        self.graph = graph
        self.quotes = Quotes(documents)
        self._concepts = graph.concepts.with_columns(
            pl.col("type").cast(pl.String).alias("type")
        )
        ids = self._concepts["concept_id"].to_list()
        self._codes = {concept_id: code for code, concept_id in enumerate(ids)}
        self._read_associations()
        self._read_names()
        self._years = _counts_per_year(documents, mentions, self._codes)
        self._passing: tuple[Filters, NDArray[np.bool_]] | None = None
        self._best: tuple[Filters, tuple[NDArray[Any], NDArray[Any]]] | None = None
        self._history: list[str] = []
        self._place = -1
        self._basket: dict[str, None] = {}
        self._listeners: list[Callable[[str], None]] = []

    # -- what is there -----------------------------------------------------------------

    @property
    def types(self) -> dict[str, int]:
        """Entity type → concepts, commonest first."""
        counts = self._concepts["type"].value_counts(sort=True)
        ordered = sorted(counts.rows(), key=lambda row: (-row[1], row[0]))
        return dict(ordered)

    @property
    def year_range(self) -> tuple[int, int] | None:
        """First and last year of any association; ``None`` where none is known."""
        known = self._last > _NO_YEAR
        if not known.any():
            return None
        return int(self._first[known].min()), int(self._last[known].max())

    def __contains__(self, concept_id: str) -> bool:
        return concept_id in self._codes

    # -- search ------------------------------------------------------------------------

    def search(
        self,
        query: str = "",
        *,
        types: Collection[str] | None = None,
        filters: Filters | None = None,
        order: SearchOrder = "match",
        start: int = 0,
        limit: int = 20,
    ) -> Slice[Hit]:
        """Find concepts by name, synonym or id.

        Parameters
        ----------
        query
            Words that must all stand in one name, synonym or id, in any case, with or
            without accents, Greek letters as such or spelled out; all concepts where
            it is empty.
        types
            Only concepts of these types.
        filters
            Only concepts with an association that passes them.
        order
            ``"match"``: whole names before beginnings before parts, then by documents;
            or by ``"documents"``, by number of ``"associations"``, or by the
            ``"strength"`` of the surest association (q, then NPMI) that passes the
            filters.
        start, limit
            Which part of the list.

        Returns
        -------
        Slice of Hit
            The same for the same graph and question.

        Raises
        ------
        ConfigError
            An option is not one of those above.
        """
        import numpy as np

        _check(order, SearchOrder, "order")
        _check_slice(start, limit)
        words = _fold(query[:_QUERY]).split()
        if words:
            found, quality = self._matches(words)
        else:
            found = np.arange(len(self._codes))
            quality = np.zeros(len(found), dtype=np.int8)
        keep = np.ones(len(found), dtype=bool)
        if types is not None:
            keep &= np.isin(self._type_codes[found], self._codes_of(types))
        if filters is not None and filters != Filters():
            passing = np.zeros(len(self._codes), dtype=bool)
            rows = self._passes(filters)
            passing[self._source[rows]] = True
            passing[self._target[rows]] = True
            keep &= passing[found]
        found, quality = found[keep], quality[keep]
        # Codes are in the order of the ids: the last tie is broken by id.
        support = (
            self._degrees[found] if order == "associations" else self._documents[found]
        )
        keys = [found, -support]
        if order == "match":
            keys.append(quality)
        elif order == "strength":
            q_value, npmi = self._strengths(filters or Filters())
            keys += [-npmi[found], q_value[found]]
        ranked = found[np.lexsort(keys)]
        part = ranked[start : start + limit]
        return Slice(
            items=tuple(
                self._hit(int(code), matched=self._synonym(int(code), words))
                for code in part
            ),
            start=start,
            total=len(ranked),
        )

    def _synonym(self, code: int, words: list[str]) -> str | None:
        """Return the synonym that holds the words, where name and id do not."""
        if not words or "synonyms" not in self._concepts.columns:
            return None
        concept_id, name, synonyms = self._concepts.select(
            "concept_id", "name", "synonyms"
        ).row(code)
        for given in (name, concept_id, *(synonyms or ())):
            folded = _fold(given)
            if all(word in folded for word in words):
                return None if given in (name, concept_id) else str(given)
        return None

    def _matches(self, words: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """Codes of the concepts whose names hold all words, and how well (0 best)."""
        import numpy as np
        import polars as pl

        whole = " ".join(words)
        name = pl.col("name")
        holds = pl.all_horizontal(name.str.contains(w, literal=True) for w in words)
        rated = self._names.filter(holds).select(
            "code",
            pl.when(name == whole)
            .then(0)
            .when(name.str.starts_with(whole))
            .then(1)
            .when(name.str.contains(" " + whole, literal=True))
            .then(2)
            .otherwise(3)
            .cast(pl.Int8)
            .alias("quality"),
        )
        if not rated.height:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int8)
        codes = rated["code"].to_numpy()
        first = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
        best = np.minimum.reduceat(rated["quality"].to_numpy(), first)
        return codes[first].astype(np.int64), best

    # -- a concept ---------------------------------------------------------------------

    def concept(self, concept_id: str) -> ConceptPage:
        """Return what is known about a concept.

        Raises
        ------
        ConfigError
            The graph has no such concept.
        """
        import numpy as np

        code = self._code(concept_id)
        row = self._concepts.row(code, named=True)
        _, others = self._edges(code)
        near = np.bincount(
            self._type_codes[np.unique(others)], minlength=len(self._type_names)
        )
        by_type = {
            self._type_names[i]: int(near[i])
            for i in np.argsort(-near, kind="stable")
            if near[i]
        }
        return ConceptPage(
            concept_id=concept_id,
            name=row["name"],
            type=row["type"],
            types=tuple(row.get("types") or (row["type"],)),
            synonyms=tuple(row.get("synonyms") or ()),
            mentions=row["mentions"],
            documents=row["documents"],
            years=self._years.get(code, {}),
            neighbors=by_type,
        )

    def neighbors(
        self,
        concept_id: str,
        *,
        types: Collection[str] | None = None,
        filters: Filters | None = None,
        order: Order = "q_value",
        start: int = 0,
        limit: int = 20,
    ) -> Slice[Neighbor]:
        """Return what a concept is associated with.

        Parameters
        ----------
        concept_id
            Of the concept.
        types
            Only neighbours of these types.
        filters
            Only associations that pass them.
        order
            ``"q_value"``: the surest first; the others: the largest first. Ties are
            broken by NPMI, documents and id.
        start, limit
            Which part of the list.

        Raises
        ------
        ConfigError
            The graph has no such concept, or an option is not one of those above.
        """
        _check(order, Order, "order")
        _check_slice(start, limit)
        rows, others = self._ranked(self._code(concept_id), types, filters, order)
        part = range(start, min(start + limit, len(rows)))
        return Slice(
            items=tuple(self._neighbor(int(rows[i]), int(others[i])) for i in part),
            start=start,
            total=len(rows),
        )

    def _ranked(
        self,
        code: int,
        types: Collection[str] | None,
        filters: Filters | None,
        order: Order,
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Rows of a concept's associations that pass, best first, and other ends."""
        import numpy as np

        rows, others = self._edges(code)
        keep = np.ones(len(rows), dtype=bool)
        if filters is not None:
            keep &= self._passes(filters)[rows]
        if types is not None:
            keep &= np.isin(self._type_codes[others], self._codes_of(types))
        rows, others = rows[keep], others[keep]
        figures = self._figures[order][rows]
        ranked = np.lexsort(
            [
                others,
                -self._support[rows],
                -self._figures["npmi"][rows],
                figures if order == "q_value" else -figures,
            ]
        )
        return rows[ranked], others[ranked]

    def strongest(
        self,
        concept_id: str,
        *,
        filters: Filters | None = None,
        order: Order = "q_value",
        limit: int = 3,
    ) -> dict[str, tuple[Neighbor, ...]]:
        """Return the strongest neighbours of every type.

        Parameters
        ----------
        concept_id
            Of the concept.
        filters, order
            As for :meth:`neighbors`.
        limit
            How many of each type.

        Returns
        -------
        dict
            Type → neighbours, the type with most neighbours first.
        """
        import numpy as np

        _check(order, Order, "order")
        _check_slice(0, limit)
        rows, others = self._ranked(self._code(concept_id), None, filters, order)
        kinds = self._type_codes[others]
        counts = np.bincount(kinds, minlength=len(self._type_names))
        return {
            self._type_names[kind]: tuple(
                self._neighbor(int(rows[i]), int(others[i]))
                for i in np.flatnonzero(kinds == kind)[:limit]
            )
            for kind in np.argsort(-counts, kind="stable")
            if counts[kind]
        }

    def evidence(self, row: int, *, start: int = 0, limit: int = 5) -> Slice[Evidence]:
        """Quote where an association is said.

        Parameters
        ----------
        row
            Of ``graph.associations``, as a :class:`Neighbor` names it.
        start, limit
            Which part of the evidence that the graph keeps.

        Raises
        ------
        ConfigError
            There is no such row.
        """
        _check_slice(start, limit)
        if not 0 <= row < self.graph.associations.height:
            msg = (
                f"row must be one of 0 to {self.graph.associations.height - 1}, the "
                f"associations of the graph. Got {row}."
            )
            raise ConfigError(msg)
        record = self.graph.associations.select("source", "target", "evidence").row(
            row, named=True
        )
        ends = [self._hit(self._codes[record[end]]) for end in ("source", "target")]
        pieces = record["evidence"] or []
        items = [
            Evidence(
                document_id=piece["document_id"],
                quote=self.quotes.quote(
                    piece["document_id"],
                    piece["spans"],
                    types=[end.type for end in ends],
                    names=[end.name for end in ends],
                ),
                source=self.quotes.source(piece["document_id"]),
                negated=piece.get("negated"),
                hedged=piece.get("hedged"),
            )
            for piece in pieces[start : start + limit]
        ]
        return Slice(items=tuple(items), start=start, total=len(pieces))

    def years_of(self, row: int) -> dict[int, int]:
        """Return year → documents of an association."""
        if "years" not in self.graph.associations.columns:
            return {}
        told = self.graph.associations["years"][row]
        if told is None:
            return {}
        return {y["year"]: y["documents"] for y in told.to_list()}

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
        """Open a concept and tell everyone who listens.

        Raises
        ------
        ConfigError
            The graph has no such concept.
        """
        self._code(concept_id)
        if concept_id == self.current:
            return
        del self._history[self._place + 1 :]
        self._history.append(concept_id)
        del self._history[:-_HISTORY]
        self._place = len(self._history) - 1
        self._tell()

    def back(self) -> None:
        """Open the concept before; nothing happens where there is none."""
        if self.can_go_back:
            self._place -= 1
            self._tell()

    def forward(self) -> None:
        """Undo :meth:`back`."""
        if self.can_go_forward:
            self._place += 1
            self._tell()

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

    def _tell(self) -> None:
        for listener in [*self._listeners]:
            listener(self._history[self._place])

    # -- basket ------------------------------------------------------------------------

    @property
    def basket(self) -> tuple[Hit, ...]:
        """Chosen concepts, in the order they were put in."""
        return tuple(self._hit(self._codes[concept_id]) for concept_id in self._basket)

    def put(self, concept_id: str) -> None:
        """Put a concept into the basket; one that is in it stays where it is.

        Raises
        ------
        ConfigError
            The graph has no such concept.
        """
        self._code(concept_id)
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

    # -- arrays ------------------------------------------------------------------------

    def _read_associations(self) -> None:
        import numpy as np
        import polars as pl

        frame = self.graph.associations
        codes = pl.DataFrame(
            {"id": list(self._codes), "code": list(self._codes.values())},
            schema={"id": pl.String, "code": pl.Int32},
        )
        for end in ("source", "target"):
            joined = frame.select(end).join(
                codes, left_on=end, right_on="id", how="left", maintain_order="left"
            )
            setattr(self, f"_{end}", joined["code"].to_numpy())
        self._support = frame["documents"].to_numpy().astype(np.int64)
        # NaN and null never pass a bound and come last in every order.
        bad = {"q_value": 1.0, "npmi": -1.0, "log_odds": -np.inf}
        self._figures: dict[str, NDArray[Any]] = {
            name: frame[name].fill_null(worst).fill_nan(worst).to_numpy()
            for name, worst in bad.items()
        }
        self._figures["documents"] = self._support
        self._figures["sentences"] = frame["sentences"].to_numpy().astype(np.int64)
        self._first = frame["first_year"].fill_null(_NO_YEAR).to_numpy()
        self._last = frame["last_year"].fill_null(_NO_YEAR).to_numpy()
        # Associations by concept: those of code c are order[offsets[c]:offsets[c + 1]].
        ends = np.concatenate([self._source, self._target])
        self._order = np.argsort(ends, kind="stable").astype(np.int32)
        self._degrees = np.bincount(ends, minlength=len(self._codes)).astype(np.int64)
        self._offsets = np.concatenate([[0], np.cumsum(self._degrees)])

    def _read_names(self) -> None:
        import numpy as np
        import polars as pl

        frame = self._concepts.with_row_index("code")
        parts = [
            frame.select("code", pl.col("name")),
            frame.select("code", pl.col("concept_id").alias("name")),
        ]
        if "synonyms" in frame.columns:
            parts.append(
                frame.select("code", pl.col("synonyms").alias("name"))
                .explode("name")
                .drop_nulls()
            )
        names = pl.concat(parts)
        self._names = (
            names.with_columns(
                pl.Series("name", [_fold(n) for n in names["name"]], dtype=pl.String)
            )
            .unique()
            .sort("code", "name")
        )
        types = self._concepts["type"]
        self._type_names = sorted(types.unique().to_list())
        place = {name: i for i, name in enumerate(self._type_names)}
        self._type_codes = np.array([place[t] for t in types], dtype=np.int32)
        self._documents = self._concepts["documents"].to_numpy().astype(np.int64)

    def _code(self, concept_id: str) -> int:
        try:
            return self._codes[concept_id]
        except KeyError:
            msg = (
                f"The graph has no concept with the id {concept_id!r}: look for it "
                "with search()."
            )
            raise ConfigError(msg) from None

    def _codes_of(self, types: Collection[str]) -> list[int]:
        wanted = {types} if isinstance(types, str) else set(types)
        return [i for i, name in enumerate(self._type_names) if name in wanted]

    def _edges(self, code: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Rows of a concept's associations, and the codes at their other ends."""
        import numpy as np

        n = len(self._source)
        rows = self._order[self._offsets[code] : self._offsets[code + 1]] % max(n, 1)
        source, target = self._source[rows], self._target[rows]
        return rows.astype(np.int64), np.where(source == code, target, source)

    def _passes(self, filters: Filters) -> NDArray[np.bool_]:
        """Which associations pass; kept until other filters are asked for."""
        if self._passing is not None and self._passing[0] == filters:
            return self._passing[1]
        mask = self._support >= filters.min_documents
        if filters.max_q is not None:
            mask &= self._figures["q_value"] <= filters.max_q
        if filters.min_npmi is not None:
            mask &= self._figures["npmi"] >= filters.min_npmi
        if filters.years is not None:
            first, last = filters.years
            mask &= (self._first <= last) & (self._last >= first)
            mask &= self._last > _NO_YEAR
        self._passing = (filters, mask)
        return mask

    def _strengths(self, filters: Filters) -> tuple[NDArray[Any], NDArray[Any]]:
        """Lowest q and, of those, highest NPMI of every concept's associations."""
        import numpy as np

        if self._best is not None and self._best[0] == filters:
            return self._best[1]
        passing = self._passes(filters)
        n = len(self._codes)
        q_value, npmi = np.full(n, np.inf), np.full(n, -np.inf)
        for ends in (self._source[passing], self._target[passing]):
            np.minimum.at(q_value, ends, self._figures["q_value"][passing])
        for all_ends in (self._source, self._target):
            surest = passing & (self._figures["q_value"] <= q_value[all_ends])
            np.maximum.at(npmi, all_ends[surest], self._figures["npmi"][surest])
        self._best = (filters, (q_value, npmi))
        return q_value, npmi

    def _hit(self, code: int, *, matched: str | None = None) -> Hit:
        concept_id, name, kind = self._concepts.select(
            "concept_id", "name", "type"
        ).row(code)
        return Hit(
            concept_id=concept_id,
            name=name,
            type=kind,
            documents=int(self._documents[code]),
            associations=int(self._degrees[code]),
            matched=matched,
        )

    def _neighbor(self, row: int, other: int) -> Neighbor:
        hit = self._hit(other)
        figures = self.graph.associations.select(
            *("relation", "documents", "sentences", "npmi", "log_odds", "q_value"),
            *("first_year", "last_year"),
        ).row(row, named=True)
        return Neighbor(
            concept_id=hit.concept_id,
            name=hit.name,
            type=hit.type,
            row=row,
            **{**figures, "relation": str(figures["relation"])},
        )


_NO_YEAR = -32768


def _fold(text: str) -> str:
    """Fold case, drop accents, spell Greek letters out, let ﬁ and ² be fi and 2.

    >>> _fold("TGF-β in Sjögren's")
    "tgf-beta in sjogren's"
    """
    if not text.isascii():
        bare = (c for c in unicodedata.normalize("NFKD", text) if not _accent(c))
        text = "".join(bare).casefold().translate(_GREEK)
    return " ".join(text.casefold().split())


def _accent(character: str) -> bool:
    return unicodedata.category(character) == "Mn"


#: Small letter → its name in English: nobody can type β.
_GREEK = {
    code: unicodedata.name(chr(code))
    .rsplit(" ", 1)[1]
    .lower()
    .replace("lamda", "lambda")
    for code in range(0x3B1, 0x3CA)
}


def _check(value: str, options: Any, name: str) -> None:
    if value not in get_args(options):
        msg = (
            f"The option {name} must be one of {', '.join(get_args(options))}. "
            f"Got {value!r}."
        )
        raise ConfigError(msg)


def _check_slice(start: int, limit: int) -> None:
    if start < 0 or limit < 1:
        msg = f"start must be at least 0 and limit at least 1. Got {start} and {limit}."
        raise ConfigError(msg)


def _counts_per_year(
    documents: pl.DataFrame | None,
    mentions: pl.DataFrame | None,
    codes: dict[str, int],
) -> dict[int, dict[int, int]]:
    """Code of a concept → year → documents that name it."""
    if documents is None or mentions is None:
        return {}
    import polars as pl

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
    out: dict[int, dict[int, int]] = {}
    for concept, year, n in counted.iter_rows():
        if concept in codes:
            out.setdefault(codes[concept], {})[year] = n
    return out
