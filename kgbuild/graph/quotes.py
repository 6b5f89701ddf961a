"""Evidence as a reader wants it: the sentence, both concepts marked, the source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild._io.html import escape
from kgbuild._io.markup import document_link, plain, tint
from kgbuild.entity_types import colour_of
from kgbuild.text.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kgbuild.document import Document

#: Longest quotation, in characters; longer sentences are cut around the entities.
_LONGEST = 600

#: Between two sentences of one piece of evidence.
_GAP = " […] "


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One piece of evidence of an association.

    Attributes
    ----------
    document_id
        Which document.
    text
        The sentence, or the two that name one concept each; ``None`` where the text is
        not at hand.
    quote
        The same as HTML, both concepts marked.
    source
        HTML: the document linked, journal, year.
    negated, hedged
        Whether it holds such a cue ("no effect", "may"); ``None`` where nobody looked.
    marks
        Where in ``text`` the concepts stand: begin, end, and place among the ends.
    """

    document_id: str
    text: str | None
    quote: str | None
    source: str
    negated: bool | None
    hedged: bool | None
    marks: tuple[tuple[int, int, int], ...] = ()

    @property
    def html(self) -> str:
        """The quotation with its source below."""
        cues = [word for word in ("negated", "hedged") if getattr(self, word) is True]
        remark = f" · {', '.join(cues)}" if cues else ""
        return (
            '<blockquote style="margin:.4em 0;padding-left:.8em;'
            f'border-left:3px solid rgba(128,128,128,.4)">{self.quote or ""}'
            f'<div style="opacity:.7">{self.source}{remark}</div></blockquote>'
        )


class Quotes:
    """Texts by document id, from which evidence is quoted.

    Parameters
    ----------
    documents
        A documents table (:mod:`kgbuild.tables`), documents, or ``None`` where no
        texts are at hand.
    """

    def __init__(self, documents: pl.DataFrame | Iterable[Document] | None) -> None:
        self._rows: Mapping[str, int] = {}
        self._frame: pl.DataFrame | None = None
        if documents is None:
            return
        if not isinstance(documents, pl.DataFrame):
            from kgbuild.tables import documents_table

            documents = documents_table(documents)
        # Titles, metadata and relations are not needed: bounded memory.
        keep = ["document_id", "pmid", "text", "year", "journal", "passages"]
        self._frame = documents.select([c for c in keep if c in documents.columns])
        ids = self._frame["document_id"]
        self._rows = dict(zip(ids, range(len(ids)), strict=True))

    def __bool__(self) -> bool:
        return bool(self._rows)

    def __contains__(self, document_id: str) -> bool:
        return document_id in self._rows

    def record(self, document_id: str) -> dict[str, Any] | None:
        """Return the document's row, or ``None`` where there is none."""
        row = self._rows.get(document_id)
        if row is None or self._frame is None:
            return None
        return self._frame.row(row, named=True)

    def source(self, document_id: str) -> str:
        """Return the document as a link, with journal and year where known (HTML)."""
        record = self.record(document_id)
        if record is None:
            return document_link(document_id)
        parts = [document_link(document_id, pmid=record["pmid"])]
        if record.get("journal"):
            parts.append(f"<i>{escape(record['journal'])}</i>")
        if record.get("year") is not None:
            parts.append(escape(record["year"]))
        return ", ".join(parts)

    def evidence(
        self, piece: Mapping[str, Any], *, ends: Sequence[Mapping[str, Any]]
    ) -> Evidence:
        """Quote the sentence or sentences that hold a piece of evidence.

        Parameters
        ----------
        piece
            An element of the column ``evidence`` of associations.
        ends
            Rows of the concepts table: the source and the target.
        """
        text = quote = None
        found: list[tuple[int, int, int]] = []
        document_id = piece["document_id"]
        held = self._stretches(document_id, piece["spans"])
        if held is not None:
            whole, places, stretches = held
            marks = sorted(
                (start, stop, str(end["type"]), f"{end['type']}: {end['name']}")
                for (start, stop), end in zip(places, ends, strict=True)
            )
            quote = ' <span style="opacity:.6">[…]</span> '.join(
                _render(whole, begin, stop, marks) for begin, stop in stretches
            )
            text = _GAP.join(whole[begin:stop] for begin, stop in stretches)
            before = 0
            for begin, stop in stretches:
                found += [
                    (start - begin + before, end - begin + before, place)
                    for place, (start, end) in enumerate(places)
                    if begin <= start < stop
                ]
                before += stop - begin + len(_GAP)
        return Evidence(
            document_id=document_id,
            text=text,
            quote=quote,
            source=self.source(document_id),
            negated=piece.get("negated"),
            hedged=piece.get("hedged"),
            marks=tuple(sorted(found)),
        )

    def sentence(self, piece: Mapping[str, Any]) -> str | None:
        """Return the sentence or sentences of a piece of evidence as plain text."""
        held = self._stretches(piece["document_id"], piece["spans"])
        if held is None:
            return None
        text, _, stretches = held
        return _GAP.join(_shortened(text[begin:stop]) for begin, stop in stretches)

    def _stretches(
        self, document_id: str, spans: Iterable[Mapping[str, int]]
    ) -> tuple[str, list[tuple[int, int]], list[tuple[int, int]]] | None:
        """Return the text, the spans, and the sentences that hold them."""
        record = self.record(document_id)
        if record is None:
            return None
        text = record["text"]
        places = [(int(span["start"]), int(span["end"])) for span in spans]
        if not places or any(not 0 <= a < b <= len(text) for a, b in places):
            return None
        stretches: list[tuple[int, int]] = []
        for start, end in sorted(places):
            passage = _passage(record.get("passages"), start, len(text))
            begin, stop = _sentence(text, passage, start)
            # A mention over the end of a "sentence" pulls the next one in.
            stop = max(stop, _sentence(text, passage, end - 1)[1], end)
            if stretches and begin < stretches[-1][1]:
                stretches[-1] = (stretches[-1][0], max(stop, stretches[-1][1]))
            else:
                stretches.append((begin, stop))
        return text, places, stretches


def _passage(
    passages: list[Mapping[str, Any]] | None, place: int, length: int
) -> tuple[int, int]:
    for passage in passages or ():
        if passage["start"] <= place < passage["end"]:
            return int(passage["start"]), int(passage["end"])
    return 0, length


@lru_cache(maxsize=256)
def _sentences(passage: str) -> tuple[tuple[int, int], ...]:
    return tuple(sentence_spans(passage))


def _sentence(text: str, passage: tuple[int, int], place: int) -> tuple[int, int]:
    begin, stop = passage
    for start, end in _sentences(text[begin:stop]):
        if start + begin <= place < end + begin:
            return start + begin, end + begin
    return place, place + 1


def _render(
    text: str, begin: int, stop: int, marks: list[tuple[int, int, str, str]]
) -> str:
    inside = [m for m in marks if begin <= m[0] < stop]
    first, last = inside[0][0], max(m[1] for m in inside)
    before = after = ""
    if stop - begin > _LONGEST:
        margin = max(80, (_LONGEST - (last - first)) // 2)
        if first - margin > begin:
            begin, before = first - margin, "…"
        if last + margin < stop:
            stop, after = last + margin, "…"
    out, place = [before], begin
    for start, end, kind, title in inside:
        if start < place:
            # Nested in the one before: its words are marked already.
            continue
        out.append(escape(_shortened(text[place:start])))
        colour = colour_of(kind)
        out.append(
            f'<mark style="background-color:{tint(colour, 0.22)};color:inherit;'
            f'border-bottom:2px solid {colour};border-radius:2px;padding:0 .1em" '
            f'title="{escape(plain(title, longest=200))}">'
            f"{escape(_shortened(text[start:end]))}</mark>"
        )
        place = end
    out += [escape(text[place:stop]), after]
    return "".join(out)


def _shortened(text: str) -> str:
    """Cut the middle out of what no sentence holds: pages stay small."""
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]} […] {text[-half:]}"
