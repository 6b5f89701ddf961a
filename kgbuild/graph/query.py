"""All questions on a graph: search, neighbors, strongest associations, ways, evidence.

Everything that depends on the size of the graph is an array operation, and arrays are
made when a question first needs them: a question is quick on a graph of 50,000 concepts
and a million associations.
"""

from __future__ import annotations

import unicodedata
from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import polars as pl

from kgbuild._io.markup import counted
from kgbuild._io.options import known_type_pairs, known_types
from kgbuild._io.warn import warn_user
from kgbuild.curies import parse_curie
from kgbuild.entity_types import wider_type
from kgbuild.errors import NotFoundError, ValidationError, at_least, one_of
from kgbuild.graph.answers import Filters, Hit, Neighbor, Slice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

    from kgbuild.graph.ranks import Rank

    Codes = NDArray[np.int64]
    Mask = NDArray[np.bool_]

SearchOrder = Literal["match", "documents", "associations", "strength"]

#: The least that a column can say: nulls come last in every order and pass no bound.
_WORST = {
    "score": -1.0, "npmi": -1.0, "log_odds": -np.inf, "documents": 0, "sentences": 0,
    "probability": -1.0, "p_value": 1.0, "log10_p": 0.0, "q_value": 1.0,
    "first_year": -np.inf, "last_year": -np.inf, "negated": -1.0, "hedged": -1.0,
}  # fmt: skip
#: Of these less is stronger; log10 p orders them where the others are 0.
_LESS = frozenset({"p_value", "log10_p", "q_value"})
_NO_YEAR = -32768
#: Longest query that is looked at, in characters.
_QUERY = 200
#: How many concepts of one name an error lists.
_SHOWN = 5


class GraphQuery:
    """Questions on the two tables of a graph.

    Parameters
    ----------
    concepts, associations
        As :mod:`kgbuild.graph.model` describes them.
    """

    def __init__(self, concepts: pl.DataFrame, associations: pl.DataFrame) -> None:
        self._concepts = concepts.with_columns(pl.col("type").cast(pl.String))
        # Graphs from elsewhere may lack what is not of the core.
        self._associations = associations.with_columns(
            pl.lit(None, pl.Float64).alias(name)
            for name in ("score", "log10_p", "negated", "hedged")
            if name not in associations.columns
        )
        ids = concepts["concept_id"].to_list()
        self._codes = {concept_id: code for code, concept_id in enumerate(ids)}
        self._passing: tuple[Filters, Mask] | None = None
        self._best: tuple[Filters, tuple[NDArray[Any], NDArray[Any]]] | None = None

    # -- concepts ----------------------------------------------------------------------

    @property
    def types(self) -> dict[str, int]:
        """Entity type → concepts, commonest first."""
        counts = self._concepts["type"].value_counts()
        return dict(sorted(counts.rows(), key=lambda row: (-row[1], row[0])))

    def of_types(self, types: str | Iterable[str]) -> Mask:
        """Return which concepts are of one of these types.

        All types count that a concept was mentioned as, not the commonest alone, and a
        wide type covers the narrower ones within it: organisms are species.

        Raises
        ------
        ConfigError
            A type is neither in the graph nor otherwise known.
        """
        mask = np.zeros(len(self._codes), dtype=bool)
        for name in known_types("types", types, also=self._type_names):
            mask[self._members.get(name, [])] = True
        return mask

    @property
    def year_range(self) -> tuple[int, int] | None:
        """First and last year of any association; ``None`` where none is known."""
        first, last = self._years
        known = last > _NO_YEAR
        if not known.any():
            return None
        return int(first[known].min()), int(last[known].max())

    def __contains__(self, concept_id: str) -> bool:
        return concept_id in self._codes

    def concept(self, query: str) -> dict[str, Any]:
        """Return the row of a concept, see :meth:`KnowledgeGraph.concept`."""
        code = self._codes.get(query, self._codes.get(parse_curie(query) or ""))
        if code is None:
            called = self._names.filter(
                (pl.col("name") == _fold(query)) & (pl.col("kind") != _ID)
            )
            if not called.height:
                codes = self._called(query)
                if not codes.size:
                    raise _absent(query)
                if len(codes) > 1:
                    raise self._shared(query, codes)
                return self._concepts.row(int(codes[0]), named=True)
            # A name stands before what texts call a concept, as it is spelled before
            # other cases of it.
            called = called.filter(pl.col("kind") == pl.col("kind").min())
            codes = called["code"].to_numpy().astype(np.int64)
            spelled = codes[[self._concepts["name"][int(c)] == query for c in codes]]
            codes = spelled if spelled.size else codes
            if len(codes) > 1 and (called["kind"] == 0).all():
                raise self._shared(query, codes)
            order = np.lexsort([self._place[codes], -self._documents[codes]])
            code = int(codes[order[0]])
            if len(codes) > 1:
                taken = f"{self._shared(query, codes)} The first was taken."
                warn_user(taken)
        return self._concepts.row(code, named=True)

    def _called(self, query: str) -> Codes:
        """Codes of the concepts that the vocabularies call so."""
        from kgbuild.normalize import concepts_called

        there = concepts_called(query) & self._codes.keys()
        return np.array(sorted(self._codes[c] for c in there), dtype=np.int64)

    def _shared(self, query: str, codes: Codes) -> ValidationError:
        """Say which concepts have a name."""
        ordered = codes[np.lexsort([self._place[codes], -self._documents[codes]])]
        shown = [self._concepts.row(int(c), named=True) for c in ordered[:_SHOWN]]
        listed = ", ".join(
            f"{row['concept_id']} ({row['name']}, {row['type']}, "
            f"{counted(row['documents'], 'document')})"
            for row in shown
        )
        more = f" and {len(codes) - _SHOWN} more" if len(codes) > _SHOWN else ""
        msg = (
            f"{len(codes)} concepts are called {query!r:.80}: {listed}{more}; give the "
            "id of the one that is meant."
        )
        return ValidationError(msg)

    def hit(self, concept_id: str, *, matched: str | None = None) -> Hit:
        """Return a concept as a search finds it.

        Raises
        ------
        NotFoundError
            The graph has no concept of that id.
        """
        code = self._code(concept_id)
        row = self._concepts.row(code, named=True)
        return Hit(
            **{key: row[key] for key in ("concept_id", "name", "type", "documents")},
            associations=int(self._offsets[code + 1] - self._offsets[code]),
            matched=matched,
        )

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
            it is empty. Where none is called so, a whole name that the vocabularies in
            force have finds its concepts too.
        types
            Only concepts of these types, see :meth:`of_types`.
        filters
            Only concepts with an association that passes them.
        order
            ``"match"``: whole names before beginnings before parts, then by documents;
            or by ``"documents"``, by number of ``"associations"``, or by the
            ``"strength"`` of the best association (score, then NPMI) that passes the
            filters.
        start, limit
            Which part of the list.

        Raises
        ------
        ConfigError
            An option is not one of those above.
        """
        one_of("order", order, get_args(SearchOrder))
        _check_slice(start, limit)
        words = _fold(query[:_QUERY]).split()
        found, quality = self._matches(words)
        called = np.zeros(0, dtype=np.int64)
        if words and not (quality == 0).any():
            called = self._called(query[:_QUERY])
            others = ~np.isin(found, called)
            found = np.concatenate([called, found[others]])
            quality = np.concatenate(
                [np.zeros(len(called), dtype=np.int8), quality[others]]
            )
        keep = np.ones(len(found), dtype=bool)
        if types is not None:
            keep &= self.of_types(types)[found]
        if filters is not None and filters != Filters():
            rows = self._passes(filters)
            passing = np.zeros(len(self._codes), dtype=bool)
            for ends in self._ends:
                passing[ends[rows]] = True
            keep &= passing[found]
        found, quality = found[keep], quality[keep]
        degrees = np.diff(self._offsets)
        keys = [
            self._place[found],
            -(degrees if order == "associations" else self._documents)[found],
        ]
        if order == "match":
            keys.append(quality)
        elif order == "strength":
            score, npmi = self._strengths(filters or Filters())
            keys += [-npmi[found], -score[found]]
        ranked = found[np.lexsort(keys)]
        ids = self._concepts["concept_id"].gather(ranked[start : start + limit])
        by_vocabulary = set(self._concepts["concept_id"].gather(called))
        return Slice(
            items=tuple(
                self.hit(
                    i,
                    matched=self._synonym(i, words)
                    or (query if i in by_vocabulary else None),
                )
                for i in ids
            ),
            start=start,
            total=len(ranked),
        )

    def _matches(self, words: list[str]) -> tuple[Codes, NDArray[np.int8]]:
        """Codes of the concepts whose names hold all words, and how well (0 best)."""
        if not words:
            n = len(self._codes)
            return np.arange(n), np.zeros(n, dtype=np.int8)
        whole, name = " ".join(words), pl.col("name")
        holds = pl.all_horizontal(name.str.contains(w, literal=True) for w in words)
        rated = (
            self._names.filter(holds)
            .with_columns(
                pl.when(name == whole).then(0)
                .when(name.str.starts_with(whole)).then(1)
                .when(name.str.contains(" " + whole, literal=True)).then(2)
                .otherwise(3).cast(pl.Int8).alias("quality")
            )
            .group_by("code", maintain_order=True)
            .agg(pl.col("quality").min())
        )  # fmt: skip
        return rated["code"].to_numpy().astype(np.int64), rated["quality"].to_numpy()

    def _synonym(self, concept_id: str, words: list[str]) -> str | None:
        """Return the synonym that holds the words, where name and id do not."""
        row = self._concepts.row(self._codes[concept_id], named=True)
        own = (row["name"], concept_id)
        for name in (*own, *(row.get("synonyms") or ())):
            if all(word in _fold(name) for word in words):
                return None if name in own else str(name)
        return None

    # -- associations ------------------------------------------------------------------

    def neighbors(
        self,
        concept_id: str,
        *,
        types: Collection[str] | None = None,
        filters: Filters | None = None,
        by: Rank = "score",
        start: int = 0,
        limit: int = 20,
    ) -> Slice[Neighbor]:
        """Return what a concept is associated with.

        Parameters
        ----------
        concept_id
            Of the concept.
        types
            Only neighbors of these types, see :meth:`of_types`.
        filters
            Only associations that pass them.
        by
            Column to rank by, as for :meth:`top`.
        start, limit
            Which part of the list.

        Raises
        ------
        NotFoundError
            The graph has no concept of that id.
        ConfigError
            An option is not one of those above.
        """
        _check_slice(start, limit)
        rows, others = self._ranked(
            self._code(concept_id), types=types, filters=filters, by=by
        )
        part = slice(start, start + limit)
        return Slice(
            items=self._neighbors(rows[part], others[part]),
            start=start,
            total=len(rows),
        )

    def strongest(
        self,
        concept_id: str,
        *,
        filters: Filters | None = None,
        by: Rank = "score",
        limit: int = 3,
    ) -> dict[str, tuple[Neighbor, ...]]:
        """Return the strongest neighbors of every type, up to ``limit`` of each.

        Returns
        -------
        dict
            Type → neighbors, the type with most neighbors first.
        """
        _check_slice(0, limit)
        rows, others = self._ranked(self._code(concept_id), filters=filters, by=by)
        kinds = self._type_codes[others]
        counts = np.bincount(kinds, minlength=len(self._type_names))
        strongest = {}
        for kind in np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]:
            here = np.flatnonzero(kinds == kind)[:limit]
            strongest[self._type_names[kind]] = self._neighbors(
                rows[here], others[here]
            )
        return strongest

    def neighbor_types(self, concept_id: str) -> dict[str, int]:
        """Return type → concepts that a concept is associated with, commonest first.

        The types are the neighbors' commonest; each counts all neighbors that
        :meth:`neighbors` finds of it.
        """
        _, others = self._associated(self._code(concept_id))
        near = np.zeros(len(self._codes), dtype=bool)
        near[others] = True
        names = [self._type_names[i] for i in np.unique(self._type_codes[others])]
        counts = {name: int(near[self._members[name]].sum()) for name in names}
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def neighbors_table(
        self, concept_id: str, *, n: int | None = None, by: Rank = "score"
    ) -> pl.DataFrame:
        """Return neighbors as a table, see :meth:`KnowledgeGraph.neighbors`."""
        if n is not None:
            at_least(0, n=n)
        rows, others = self._ranked(self._code(concept_id), by=by)
        return self._neighbor_rows(rows[:n], others[:n]).drop("row")

    def top(
        self,
        n: int = 20,
        *,
        by: Rank = "score",
        types: tuple[str, str] | None = None,
        min_documents: int = 1,
    ) -> pl.DataFrame:
        """Return the strongest associations, see :meth:`KnowledgeGraph.top`."""
        at_least(0, n=n)
        keep = self._passes(Filters(min_documents=min_documents))
        if types is not None:
            a, b = self._ends
            between = np.zeros(len(a), dtype=bool)
            for pair in known_type_pairs("types", types, also=self._type_names):
                one, other = map(self.of_types, pair)
                between |= (one[a] & other[b]) | (one[b] & other[a])
            keep = keep & between
        rows = self._strongest_first(np.flatnonzero(keep), by)[:n]
        frame = self._flat[rows]
        ends = []
        for end, codes in zip(("source", "target"), self._ends, strict=True):
            named = self._concepts.select("concept_id", "name", "type")[codes[rows]]
            ends += [
                named["concept_id"].alias(end),
                named["name"].alias(f"{end}_name"),
                named["type"].alias(f"{end}_type"),
            ]
        return pl.DataFrame(ends).hstack(frame.drop("source", "target"))

    def between(self, one: str, other: str) -> list[int]:
        """Return the rows of the associations that join two concepts, of any direction.

        Raises
        ------
        NotFoundError
            The graph has no concept of one of the ids.
        """
        rows, others = self._associated(self._code(one))
        return sorted(set(rows[others == self._code(other)].tolist()))

    def path(self, start: str, end: str) -> list[str]:
        """Return the shortest way, see :meth:`KnowledgeGraph.path`."""
        first, last = self._code(start), self._code(end)
        ids = self._concepts["concept_id"]
        best: dict[int, tuple[float, list[str]]] = {first: (0.0, [start])}
        seen = {first}
        while best and last not in best:
            ahead: dict[int, tuple[float, list[str]]] = {}
            for here, (total, way) in best.items():
                rows, others = self._associated(here)
                weights = self._figures["npmi"][rows]
                for other, weight in zip(others.tolist(), weights, strict=True):
                    if other in seen:
                        continue
                    offer = (total + float(weight), [*way, ids[other]])
                    held = ahead.get(other)
                    if held is None or (-offer[0], offer[1]) < (-held[0], held[1]):
                        ahead[other] = offer
            seen |= ahead.keys()
            best = ahead
        return best[last][1] if last in best else []

    # -- arrays ------------------------------------------------------------------------

    @cached_property
    def _flat(self) -> pl.DataFrame:
        """The associations without lists."""
        schema = self._associations.schema
        return self._associations.select(
            [name for name, dtype in schema.items() if not dtype.is_nested()]
        )

    @cached_property
    def _ends(self) -> tuple[Codes, Codes]:
        codes = pl.DataFrame(
            {"id": list(self._codes), "code": list(self._codes.values())},
            schema={"id": pl.String, "code": pl.Int64},
        )
        source, target = (
            self._associations.select(pl.col(end).alias("id"))
            .join(codes, on="id", how="left", maintain_order="left")["code"]
            .to_numpy()
            for end in ("source", "target")
        )
        return source, target

    @cached_property
    def _offsets(self) -> Codes:
        """Associations of code c are ``_order[_offsets[c]:_offsets[c + 1]]``."""
        degrees = np.bincount(np.concatenate(self._ends), minlength=len(self._codes))
        return np.concatenate([[0], np.cumsum(degrees)])

    @cached_property
    def _order(self) -> Codes:
        return np.argsort(np.concatenate(self._ends), kind="stable")

    @cached_property
    def _years(self) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        first, last = (
            self._associations[name].fill_null(_NO_YEAR).to_numpy()
            for name in ("first_year", "last_year")
        )
        return first, last

    @cached_property
    def _figures(self) -> dict[str, NDArray[Any]]:
        frame = self._associations.select(
            (
                pl.col(name).cast(pl.Float64).fill_nan(None)
                if name not in _COUNTS
                else name
            )
            for name in _WORST
        )
        return {
            name: frame[name].fill_null(worst).to_numpy().astype(
                np.int64 if name in _COUNTS else np.float64
            )
            for name, worst in _WORST.items()
        }  # fmt: skip

    @cached_property
    def _documents(self) -> Codes:
        return self._concepts["documents"].to_numpy().astype(np.int64)

    @cached_property
    def _place(self) -> Codes:
        """Place of every concept in the order of the ids."""
        order = self._concepts["concept_id"].arg_sort().to_numpy()
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return place

    @cached_property
    def _typed(self) -> pl.DataFrame:
        """``code, type`` of every type that a concept was mentioned as."""
        frame = self._concepts.with_row_index("code")
        parts = [frame.select("code", "type")]
        if "types" in frame.columns:
            types = frame.select("code", type="types").explode("type").drop_nulls()
            parts.append(types.cast({"type": pl.String}))
        return pl.concat(parts).unique()

    @cached_property
    def _type_names(self) -> list[str]:
        return sorted(self._typed["type"].unique())

    @cached_property
    def _members(self) -> dict[str, Codes]:
        """Type → codes of the concepts that are of it, or of a narrower one."""
        wide = pl.col("type").replace({t: wider_type(t) for t in self._type_names})
        held = pl.concat([self._typed, self._typed.with_columns(wide)]).unique()
        return {
            str(name): part["code"].to_numpy().astype(np.int64)
            for (name,), part in held.partition_by("type", as_dict=True).items()
        }

    @cached_property
    def _type_codes(self) -> Codes:
        place = {name: i for i, name in enumerate(self._type_names)}
        return np.array([place[t] for t in self._concepts["type"]], dtype=np.int64)

    @cached_property
    def _names(self) -> pl.DataFrame:
        """``code, name, kind`` of every name, folded, by code."""
        frame = self._concepts.with_row_index("code")
        parts = [
            frame.select("code", pl.col(column).alias("name"), kind=pl.lit(kind))
            for column, kind in (("name", 0), ("concept_id", _ID))
        ]
        if "synonyms" in frame.columns:
            synonyms = frame.select("code", name="synonyms", kind=pl.lit(2))
            parts.append(synonyms.explode("name").drop_nulls())
        names = pl.concat(parts)
        folded = pl.Series("name", [_fold(n) for n in names["name"]], dtype=pl.String)
        return (
            names.with_columns(folded)
            .group_by("code", "name")
            .agg(pl.col("kind").min())
            .sort("code", "name")
        )

    def _code(self, concept_id: str) -> int:
        code = self._codes.get(concept_id)
        if code is None:
            code = self._codes.get(parse_curie(concept_id) or "")
        if code is None:
            raise _absent(concept_id)
        return code

    def _associated(self, code: int) -> tuple[Codes, Codes]:
        """Rows of a concept's associations, and the codes at their other ends."""
        source, target = self._ends
        rows = self._order[self._offsets[code] : self._offsets[code + 1]]
        rows = rows % max(len(source), 1)
        return rows, np.where(source[rows] == code, target[rows], source[rows])

    def _passes(self, filters: Filters) -> Mask:
        """Which associations pass; kept until other filters are asked for."""
        if self._passing is not None and self._passing[0] == filters:
            return self._passing[1]
        mask = self._figures["documents"] >= filters.min_documents
        if filters.max_q is not None:
            known = self._associations["q_value"].is_not_null().to_numpy()
            mask &= known & (self._figures["q_value"] <= filters.max_q)
        if filters.min_npmi is not None:
            mask &= self._figures["npmi"] >= filters.min_npmi
        if filters.years is not None:
            first, last = self._years
            mask &= (first <= filters.years[1]) & (last >= filters.years[0])
            mask &= last > _NO_YEAR
        self._passing = (filters, mask)
        return mask

    def _strongest_first(self, rows: Codes, by: Rank) -> Codes:
        """Sort rows by a column; ties by p, NPMI, documents, ids and predicate."""
        one_of("by", by, tuple(_WORST))
        figures = self._figures[by][rows]
        source, target = self._ends
        keys = [
            self._predicate_places[rows], self._place[target[rows]],
            self._place[source[rows]], -self._figures["documents"][rows],
            -self._figures["npmi"][rows],
        ]  # fmt: skip
        if by in _LESS or by == "score":  # others mean something else than surprise
            keys.append(self._figures["log10_p"][rows])
        if by == "score":  # statements of what no unit names have none
            keys.append(-self._figures["probability"][rows])
        keys.append(figures if by in _LESS else -figures)
        return rows[np.lexsort(keys)]

    @cached_property
    def _predicate_places(self) -> Codes:
        named = self._associations["predicate"].cast(pl.String)
        return named.rank("dense").fill_null(0).to_numpy().astype(np.int64)

    def _ranked(
        self,
        code: int,
        *,
        types: Collection[str] | None = None,
        filters: Filters | None = None,
        by: Rank,
    ) -> tuple[Codes, Codes]:
        """Rows of a concept's associations that pass, best first, and other ends."""
        rows, others = self._associated(code)
        keep = np.ones(len(rows), dtype=bool)
        if filters is not None:
            keep &= self._passes(filters)[rows]
        if types is not None:
            keep &= self.of_types(types)[others]
        # One end is the concept: the order by both ids is that by the other's.
        rows = self._strongest_first(np.unique(rows[keep]), by)
        source, target = self._ends
        return rows, np.where(source[rows] == code, target[rows], source[rows])

    def _neighbor_rows(self, rows: Codes, others: Codes) -> pl.DataFrame:
        here = self._ends[0][rows] != others
        near = self._concepts.select("concept_id", "name", "type")[others]
        return near.hstack(self._flat[rows]).select(
            "concept_id", "name", "type",
            pl.when("directed")
            .then(pl.when(pl.Series(here)).then(pl.lit("out")).otherwise(pl.lit("in")))
            .alias("direction"),
            pl.col("predicate").cast(pl.String),
            pl.exclude(
                "concept_id", "name", "type", "predicate", "directed", "source",
                "target",
            ),
            pl.Series("row", rows, dtype=pl.Int64),
        )  # fmt: skip

    def _neighbors(self, rows: Codes, others: Codes) -> tuple[Neighbor, ...]:
        names = [field.name for field in fields(Neighbor)]
        frame = self._neighbor_rows(rows, others).select(names)
        return tuple(Neighbor(**row) for row in frame.iter_rows(named=True))

    def _strengths(self, filters: Filters) -> tuple[NDArray[Any], NDArray[Any]]:
        """Highest score and, of those, highest NPMI of every concept's associations."""
        if self._best is not None and self._best[0] == filters:
            return self._best[1]
        passing = self._passes(filters)
        scores, npmi_values = self._figures["score"], self._figures["npmi"]
        n = len(self._codes)
        score, npmi = np.full(n, -np.inf), np.full(n, -np.inf)
        for ends in self._ends:
            np.maximum.at(score, ends[passing], scores[passing])
        for ends in self._ends:
            best = passing & (scores >= score[ends])
            np.maximum.at(npmi, ends[best], npmi_values[best])
        self._best = (filters, (score, npmi))
        return score, npmi


_COUNTS = frozenset({"documents", "sentences"})
_ID = 1


def _absent(query: str) -> NotFoundError:
    msg = (
        f"The graph has no concept with the id or name {query!r}: search "
        "for a part of its name."
    )
    return NotFoundError(msg)


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


def _check_slice(start: int, limit: int) -> None:
    at_least(0, start=start)
    at_least(1, limit=limit)
