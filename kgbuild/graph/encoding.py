"""From rows of a mentions table to the integers that are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from kgbuild.document import NAME_SEPARATOR
from kgbuild.errors import ValidationError
from kgbuild.graph import counting
from kgbuild.graph.counting import Rows
from kgbuild.graph.packing import (
    changes,
    is_range,
    ordinals,
    pack,
    stable_hash,
    stable_order,
    unpack,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from numpy.typing import NDArray

#: Mentions encoded and counted at a time. Bounds memory, does not change the result.
MENTIONS = 1_500_000


@dataclass(slots=True, kw_only=True)
class Encoded:
    """Mentions as integers, with what they are called.

    Attributes
    ----------
    rows
        One per mention and concept, in the order that counting needs.
    names, types
        Counts by concept, see :data:`kgbuild.graph.counting.NAMES` and ``TYPES``.
    mentions, unlinked, excluded
        How many there were, how many had no concept, and how many ids are excluded.
    """

    rows: Rows
    names: pl.DataFrame
    types: pl.DataFrame
    mentions: int
    unlinked: int
    excluded: int


class Encoder:
    """Gives every concept a number, for as long as the builder lives.

    Parameters
    ----------
    types
        Mentions of other types are left out; ``None`` for all.
    exclude
        Concepts that are left out.
    parents
        Ancestors that a mention counts for too.
    """

    def __init__(
        self,
        *,
        types: frozenset[str] | None,
        exclude: frozenset[str],
        parents: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._types, self._exclude, self._parents = types, exclude, parents
        self._codes: dict[str, int] = {}
        self._hashes: list[int] = []
        #: Whether a document named a species that was asked for.
        self.met_species = False
        #: Types of mentions, where some are asked for.
        self.met_types = set[str]()

    @property
    def concept_ids(self) -> list[str]:
        """All concepts met, by their numbers."""
        return list(self._codes)

    def fingerprints(self, rows: Rows, n_documents: int) -> NDArray[np.uint64]:
        """Return a number per document that depends on its rows."""
        hashes = np.array(self._hashes, dtype=np.uint64)
        return counting.fingerprints(rows, hashes, n_documents)

    def code(self, concept: str) -> int:
        """Return the number of a concept; the next one where it is new."""
        code = self._codes.get(concept)
        if code is None:
            code = self._codes[concept] = len(self._codes)
            self._hashes.append(stable_hash(concept))
        return code

    def of_other_species(
        self,
        frame: pl.DataFrame,
        document: NDArray[np.uint32],
        species: frozenset[str],
    ) -> NDArray[np.uint32]:
        """Return documents that name species, but none of those asked for."""
        taxa = (
            pl.DataFrame({"document": document, "concepts": frame["concepts"]})
            .explode("concepts")
            .filter(pl.col("concepts").str.starts_with("ncbitaxon:"))
        )
        wanted = pl.col("concepts").is_in(list(species))
        named = taxa.group_by("document").agg(wanted.any())
        self.met_species |= bool(named["concepts"].any())
        return named.filter(~pl.col("concepts"))["document"].to_numpy()

    def encode(self, frame: pl.DataFrame, document: NDArray[np.uint32]) -> Encoded:
        """Turn mentions into integers.

        Parameters
        ----------
        frame
            Part of a mentions table.
        document
            uint32 ``(n_mentions,)``: numbers of their documents.
        """
        mentions = frame.height
        ids = frame["concepts"].list.len().to_numpy()
        unlinked = int((ids == 0).sum())
        keep = ids > 0
        if self._types is not None:
            kinds = frame["type"].cast(pl.String)
            self.met_types.update(kinds.unique().drop_nulls())
            keep &= kinds.is_in(list(self._types)).to_numpy()
        if not keep.all():
            frame, document, ids = frame.filter(keep), document[keep], ids[keep]
        code = self._numbers(frame["concepts"].explode())
        mention = np.repeat(np.arange(len(ids)), ids)
        place = ordinals(ids)
        out = np.zeros(len(self._codes), dtype=bool)
        # A null among the ids of a mention reads as an empty id.
        left_out = self._exclude | {""}
        out[[c for name, c in self._codes.items() if name in left_out]] = True
        kept = ~out[code]
        excluded = code.size - int(kept.sum())
        if excluded:
            mention, code, place = mention[kept], code[kept], place[kept]
        names, types = self._called(frame, mention, code, ids=ids, place=place)
        if self._parents:
            mention, code, types = self._roll_up(frame, mention, code)
        rows = _rows(frame, document, mention, code)
        return Encoded(
            rows=rows,
            names=names,
            types=types,
            mentions=mentions,
            unlinked=unlinked,
            excluded=excluded,
        )

    def trivial(self) -> NDArray[np.uint64] | None:
        """Return the keys of a concept and its own ancestor: named together always."""
        if not self._parents:
            return None
        pairs = [
            (code, self._codes[ancestor])
            for concept, code in self._codes.items()
            for ancestor in self._parents.get(concept, ())
            if ancestor in self._codes
        ]
        keys = [min(pair) << 32 | max(pair) for pair in pairs]
        return np.unique(np.array(keys, dtype=np.uint64))

    def _numbers(self, concepts: pl.Series) -> NDArray[np.uint32]:
        # New numbers in the order of the alphabet: whatever hashing does, the same
        # additions give the same bytes.
        place, names = _distinct(concepts.fill_null(""))
        known = [name or "" for name in names]
        code = {name: self.code(name) for name in sorted(known)}
        return np.array([code[name] for name in known], dtype=np.uint32)[place]

    def _called(
        self,
        frame: pl.DataFrame,
        mention: NDArray[np.int64],
        code: NDArray[np.uint32],
        *,
        ids: NDArray[np.uint32],
        place: NDArray[np.int64],
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Count what concepts are called and of which type they are.

        The text of a mention of several concepts is the name of none of them; what
        normalization calls them stands in their order.

        Parameters
        ----------
        ids
            How many concepts the mentions have.
        place
            Of each concept among those of its mention.
        """
        names, several = [], ids > 1
        for column in ("text", "name"):
            if column == "name" and (
                column not in frame.columns
                or frame[column].null_count() == frame.height
            ):
                continue
            only = (frame[column].is_not_null().to_numpy() & ~several)[mention]
            which = slice(None) if only.all() else only
            names.append(
                _tallied(
                    code[which], frame[column], mention[which], column="name"
                ).with_columns(pl.lit(column == "name").alias("preferred"))
            )
            if column == "name" and several.any():
                row = np.flatnonzero(several[mention])
                listed = frame[column].gather(mention[row]).str.split(NAME_SEPARATOR)
                # A name that holds the separator itself leaves in doubt whose is whose.
                known = (listed.list.len() == pl.Series(ids[mention[row]])).fill_null(
                    value=False
                )
                row, listed = row[known.to_numpy()], listed.filter(known)
                each = listed.list.get(pl.Series(place[row]))
                names.append(
                    _tallied(
                        code[row], each, np.arange(row.size), column="name"
                    ).with_columns(pl.lit(value=True).alias("preferred"))
                )
        order = list(counting.NAMES)
        return (
            pl.concat([n.select(order) for n in names]),
            _tallied(code, frame["type"], mention, column="type"),
        )

    def _roll_up(
        self, frame: pl.DataFrame, mention: NDArray[np.int64], code: NDArray[np.uint32]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32], pl.DataFrame]:
        """Let mentions count for their ancestors too."""
        above = {
            int(c): [
                self.code(a)
                for a in self._parents.get(concept, ())
                if a not in self._exclude
            ]
            for c, concept in enumerate(self.concept_ids)
        }
        many = np.array([len(above[c]) for c in range(len(above))], dtype=np.int64)
        flat = np.array([a for c in range(len(above)) for a in above[c]], np.uint32)
        offset = np.cumsum(many) - many
        repeats = many[code]
        place = np.repeat(offset[code], repeats) + ordinals(repeats)
        mention = np.concatenate([mention, np.repeat(mention, repeats)])
        code = np.concatenate([code, flat[place]])
        order = np.argsort(mention, kind="stable")
        mention, code = mention[order], code[order]
        return mention, code, _tallied(code, frame["type"], mention, column="type")


def cut(mentions: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Cut a mentions table at documents; sort it first where they are scattered."""
    if mentions.height <= MENTIONS:
        if mentions.height:
            yield mentions
        return
    first = heads(mentions)
    if first.size > mentions["document_id"].n_unique():
        mentions = mentions.sort("document_id", maintain_order=True)
        first = heads(mentions)
    first = np.append(first, mentions.height)
    begin = 0
    while begin < mentions.height:
        at = np.searchsorted(first, begin + MENTIONS, "right") - 1
        end = int(first[at])
        if end <= begin:
            end = int(first[at + 1])
        yield mentions.slice(begin, end - begin)
        begin = end


def heads(mentions: pl.DataFrame) -> NDArray[np.int64]:
    """Return where the mentions of another document begin."""
    ids = mentions["document_id"]
    return ids.ne_missing(ids.shift(1)).arg_true().to_numpy().astype(np.int64)


def number(
    mentions: pl.DataFrame, documents: pl.DataFrame
) -> tuple[pl.DataFrame, NDArray[np.uint32], set[str]]:
    """Find the numbers of the documents of mentions.

    Parameters
    ----------
    mentions
        Part of a mentions table.
    documents
        ``document_id`` of the documents that count, by number.

    Returns
    -------
    tuple
        The mentions whose documents count; uint32 numbers of their documents; ids of
        other documents.
    """
    first = heads(mentions)
    sizes = np.diff(np.append(first, mentions.height))
    heads_of = mentions["document_id"].gather(first).to_frame().with_row_index("place")
    # An inner join hashes the few documents of the part, not all there are.
    found = heads_of.join(
        documents.select("document_id").with_row_index("document"), on="document_id"
    )
    document = np.zeros(first.size, dtype=np.uint32)
    document[found["place"].to_numpy()] = found["document"].to_numpy()
    strange: set[str] = set()
    if found.height < first.size:
        there = np.zeros(first.size, dtype=bool)
        there[found["place"].to_numpy()] = True
        strange = set(heads_of["document_id"].filter(pl.Series(~there)))
        mentions = mentions.filter(pl.Series(np.repeat(there, sizes)))
        document, sizes = document[there], sizes[there]
    return mentions, np.repeat(document, sizes), strange


def check_known(strange: set[str], left_out: set[str]) -> None:
    """Refuse mentions of documents that the documents table lacks."""
    orphans = strange - left_out
    if orphans:
        msg = (
            f"The mentions table names the document {min(orphans)!r}, which the "
            "documents table lacks: give both tables of one corpus."
        )
        raise ValidationError(msg)


def _distinct(values: pl.Series) -> tuple[NDArray[np.int64], list[str]]:
    """Return where each value stands among the distinct ones, and those."""
    array = values.to_arrow(compat_level=pl.CompatLevel.newest())
    if not isinstance(array, pa.DictionaryArray):  # of categories it is one
        array = pc.dictionary_encode(array, null_encoding="encode")
    place = array.indices.to_numpy().astype(np.int64)
    return place, array.dictionary.to_pylist()


def _tallied(
    code: NDArray[np.uint32],
    values: pl.Series,
    mention: NDArray[np.int64],
    *,
    column: str,
) -> pl.DataFrame:
    """Count how often each concept meets each value of its mentions."""
    place, distinct = _distinct(values)
    if not _is_whole(mention, place.size):
        place = place[mention]
    key = pack(code, place)
    key.sort()
    first = np.flatnonzero(changes(key))
    codes, places = unpack(key[first])
    return pl.DataFrame(
        {
            "code": codes.astype(np.uint32),
            column: pl.Series(distinct, dtype=pl.String).gather(places),
            "count": np.diff(np.append(first, key.size)).astype(np.uint32),
        }
    )


def _is_whole(index: NDArray[np.int64], size: int) -> bool:
    """Whether an index takes everything, in order."""
    return index.size == size and is_range(index)


def _rows(
    frame: pl.DataFrame,
    document: NDArray[np.uint32],
    mention: NDArray[np.int64],
    code: NDArray[np.uint32],
) -> Rows:
    """Gather the columns, sorted by document and place: start, longest first."""
    nan = float("nan")
    score = frame.select(
        pl.min_horizontal("score", "link_score").cast(pl.Float32).fill_null(nan)
    ).to_series()
    columns: dict[str, NDArray[Any]] = {
        "document": document,
        "sentence": frame["sentence"].to_numpy(),
        "start": frame["start"].to_numpy(),
        "end": frame["end"].to_numpy(),
        "score": score.to_numpy(),
    }
    for flag in ("negated", "hedged"):
        if flag in frame.columns:
            columns[flag] = frame[flag].fill_null(value=False).to_numpy()
        else:
            columns[flag] = np.zeros(frame.height, dtype=bool)
    if not _is_whole(mention, frame.height):
        columns = {name: values[mention] for name, values in columns.items()}
    rows = Rows(concept=code, **columns)
    order = stable_order(rows.document.astype(np.uint64))
    if not is_range(order):
        rows, mention = rows.take(order), mention[order]
    # Most tables are in order within their documents. The ids of one mention may stand
    # in any order, two mentions of one span may not.
    start, end = rows.start, rows.end
    ahead = start[1:] > start[:-1]
    ahead |= (start[1:] == start[:-1]) & (end[1:] < end[:-1])
    ahead |= mention[1:] == mention[:-1]
    ahead |= rows.document[1:] != rows.document[:-1]
    if ahead.all():
        return rows
    # Of several mentions of one span and concept the best scored is the evidence.
    best = np.nan_to_num(rows.score, nan=-1.0)
    longest = -end.astype(np.int64)
    return rows.take(np.lexsort((-best, rows.concept, longest, start, rows.document)))


def check_whole(
    met: NDArray[np.bool_], document: NDArray[np.uint32], local: pl.DataFrame
) -> None:
    """Refuse a document whose mentions stand in two parts: pairs would be missed."""
    here = np.unique(document[changes(document)])
    again = here[met[here]]
    if again.size:
        msg = (
            f"The mentions of document {local['document_id'][int(again.min())]!r} "
            "stand in more than one part of the mentions table: keep a document in "
            "one shard."
        )
        raise ValidationError(msg)
    met[here] = True
