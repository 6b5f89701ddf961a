"""A document with its mentions highlighted, as HTML that a notebook or a page shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgbuild._io.html import escape
from kgbuild._io.markup import (
    chip,
    concept_link,
    counted,
    document_link,
    tint,
    type_order,
)
from kgbuild.entity_types import colour_of
from kgbuild.errors import at_least

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kgbuild.document import Document, Mention  # noqa: TC004 - below documents

#: So many mentions may lie over one another; further ones are only in the table.
_DEEPEST = 8
#: Longest attribute value that a tooltip shows, in characters.
_TOOLTIP = 200

CSS = """
.kgb-doc{font-family:system-ui,sans-serif;font-size:14px;line-height:1.5;color:inherit;
 max-width:60em;text-align:left}
.kgb-doc .kgb-text{white-space:pre-wrap;unicode-bidi:isolate;overflow-wrap:anywhere;
 line-height:2.1;margin:.3em 0}
.kgb-doc .kgb-title{font-weight:600}
.kgb-doc .kgb-head,.kgb-doc .kgb-legend,.kgb-doc .kgb-note{font-size:12px;
 margin:.3em 0}
.kgb-doc .kgb-head,.kgb-doc .kgb-note{opacity:.75}
.kgb-doc .kgb-legend .kgb-chip{margin-right:.6em;white-space:nowrap;
 display:inline-block}
.kgb-doc .kgb-m{border-radius:3px;padding:.05em .1em 0;cursor:help;
 -webkit-box-decoration-break:clone;box-decoration-break:clone}
.kgb-doc .kgb-m[data-kind]::after{content:attr(data-kind);font-size:.62em;
 font-weight:400;opacity:.75;margin-left:.3em;vertical-align:.25em;
 letter-spacing:.02em}
.kgb-doc .kgb-gap{border-bottom-style:dotted!important;background:none!important}
.kgb-doc details{font-size:12px;margin:.4em 0}
.kgb-doc table{border-collapse:collapse;margin:.3em 0;font-size:12px;color:inherit}
.kgb-doc th,.kgb-doc td{text-align:left;padding:.15em .7em .15em 0;border:0;
 vertical-align:top;background:none;color:inherit}
.kgb-doc a{color:inherit;text-decoration:underline}
"""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch that gets one box: a mention, a fragment, or the gap between two."""

    start: int
    end: int
    mention: Mention
    gap: bool
    last: bool


@dataclass(slots=True)
class _Box:
    """A box as it stands in the page, with how many boxes lie in it."""

    piece: _Piece
    label: bool
    height: int = 0


def highlight_html(
    document: Document,
    *,
    types: Collection[str] | None = None,
    concepts: bool = True,
    max_characters: int = 50_000,
) -> str:
    """Show a document with its mentions highlighted by type.

    The tooltip of a mention says its ids, what found it, how it was linked, and the
    scores. Mentions inside others are boxes in boxes; of those that cross, the later
    one is cut in two; a discontinuous mention is dotted where it is interrupted. A
    dashed line under a mention says that it was looked up and has no id.

    Parameters
    ----------
    document
        Any document.
    types
        Show these types only; all of them by default.
    concepts
        Whether to list the concepts below, folded.
    max_characters
        Where to cut the text; a note says how much is missing.

    Returns
    -------
    str
        One ``<div>`` with its own style, which touches nothing outside it. It has no
        script, loads nothing, and is readable where styles are stripped.

    Examples
    --------
    >>> from kgbuild.document import Document, Mention
    >>> document = Document.from_text("<b>ACE</b>").with_mentions(
    ...     [Mention(start=3, end=6, text="ACE", type="Gene")]
    ... )
    >>> "&lt;b&gt;" in highlight_html(document)
    True
    """
    at_least(1, max_characters=max_characters)
    mentions = [m for m in document.mentions if types is None or m.type in types]
    shown = [m for m in mentions if m.start < max_characters]
    pieces, hidden = _pieces(shown)
    parts = [f'<style>{CSS}</style><div class="kgb-doc">', _head(document)]
    for passage, (start, end) in zip(
        document.passages, document.passage_offsets(), strict=True
    ):
        stop = min(end, max_characters)
        if stop <= start:
            continue
        label = passage.section
        is_title = label == "title"
        if label and label not in {"title", "abstract"}:
            parts.append(f'<div class="kgb-head">{escape(label)}</div>')
        kind = "kgb-text kgb-title" if is_title else "kgb-text"
        style = ' style="font-weight:600"' if is_title else ""
        body = _marked(document.text, pieces, start, stop)
        parts.append(f'<div class="{kind}"{style}>{body}</div>')
    notes = []
    if len(document.text) > max_characters:
        rest = len(document.text) - max_characters
        notes.append(f"The text goes on for {rest:,} characters (max_characters).")
    if hidden:
        notes.append(
            f"Not marked: {counted(hidden, 'mention')} under more than {_DEEPEST} "
            "others."
        )
    parts += [f'<div class="kgb-note">{escape(note)}</div>' for note in notes]
    parts.append(_legend(mentions))
    if concepts:
        parts.append(_concept_table(mentions))
    parts.append("</div>")
    return "".join(parts)


def _pieces(mentions: Sequence[Mention]) -> tuple[list[_Piece], int]:
    """Cut mentions into boxes by start, longest first; count those too deep."""
    pieces: list[_Piece] = []
    hidden = 0
    open_ends: list[int] = []
    for mention in mentions:
        open_ends = [end for end in open_ends if end > mention.start]
        if len(open_ends) >= _DEEPEST:
            hidden += 1
            continue
        open_ends.append(mention.end)
        spans = mention.fragments or (mention.span,)
        previous = mention.start
        for number, (start, end) in enumerate(spans, start=1):
            if start > previous:
                pieces.append(_Piece(previous, start, mention, gap=True, last=False))
            last = number == len(spans)
            pieces.append(_Piece(start, end, mention, gap=False, last=last))
            previous = end
    pieces.sort(key=lambda p: (p.start, -p.end))
    return pieces, hidden


def _marked(text: str, pieces: Sequence[_Piece], start: int, end: int) -> str:
    """Return the text from ``start`` to ``end`` with the boxes that meet it."""
    inside = [p for p in pieces if p.start < end and p.end > start]
    edges = {start, end}
    for piece in inside:
        edges.update((max(piece.start, start), min(piece.end, end)))
    begins: dict[int, list[_Piece]] = {}
    for piece in inside:
        begins.setdefault(max(piece.start, start), []).append(piece)
    out: list[str | _Box] = []
    stack: list[_Box] = []
    place = start
    for edge in sorted(edges):
        out.append(escape(text[place:edge]))
        place = edge
        # Close what ends here; what lies over it and goes on is opened again.
        again: list[_Piece] = []
        while any(box.piece.end <= edge for box in stack):
            piece = stack.pop().piece
            out.append("</span>")
            if piece.end > edge:
                again.append(piece)
        if edge == end:
            out.append("</span>" * len(stack))
            break
        opening = [*reversed(again), *begins.get(edge, ())]
        # A box that crosses another is shortest first inside what stays open.
        opening.sort(key=lambda p: -p.end)
        for piece in opening:
            # The label stands where the mention ends, not at every cut.
            cut = any(box.piece.end < piece.end for box in stack)
            box = _Box(piece, label=piece.last and not cut and piece.end <= end)
            stack.append(box)
            out.append(box)
            for depth, under in enumerate(reversed(stack)):
                under.height = max(under.height, depth)
    return "".join(part if isinstance(part, str) else _open(part) for part in out)


def _open(box: _Box) -> str:
    mention = box.piece.mention
    colour = colour_of(mention.type)
    line = "dashed" if mention.method == "unlinked" else "solid"
    # The line of an outer box runs below those of the boxes in it.
    style = (
        f"border-bottom:2px {line} {colour};padding-bottom:{0.18 * box.height:.2g}em"
    )
    if not box.piece.gap:
        style = f"background-color:{tint(colour, 0.2)};{style}"
    kind = f' data-kind="{escape(mention.type)}"' if box.label else ""
    name = "kgb-m kgb-gap" if box.piece.gap else "kgb-m"
    return (
        f'<span class="{name}" style="{style}" title="{escape(tooltip(mention))}"'
        f"{kind}>"
    )


def tooltip(mention: Mention) -> str:
    """Return, line by line, what is known about a mention (plain text)."""
    lines = [f"{mention.type}: {_short(mention.text)}"]
    name = mention.attribute("name")
    if mention.concepts:
        joined = (" + " if mention.composite else " / ").join(mention.concepts)
        lines.append(_short(joined) + (f" ({_short(name)})" if name else ""))
    if mention.method == "unlinked":
        lines.append("no identifier")
    elif mention.method is not None:
        lines.append(f"linked by {mention.method}{_score(mention.link_score)}")
    lines.append(f"recognized by {mention.recognizer}{_score(mention.score)}")
    if mention.fragments:
        text = [
            mention.text[a - mention.start : b - mention.start]
            for a, b in mention.fragments
        ]
        lines.append("parts: " + _short(" … ".join(text)))
    lines += [
        f"{key}: {_short(value)}" for key, value in mention.attributes if key != "name"
    ]
    lines.append(f"characters {mention.start} to {mention.end}")
    return "\n".join(lines)


def _score(score: float | None) -> str:
    return "" if score is None else f" ({score:.2f})"


def _short(text: str) -> str:
    return text if len(text) <= _TOOLTIP else text[: _TOOLTIP - 1] + "…"


def _head(document: Document) -> str:
    parts = [document_link(document.id, pmid=document.pmid)]
    journal = document.metadata.get("journal")
    if journal:
        parts.append(f"<i>{escape(journal)}</i>")
    if document.year is not None:
        parts.append(escape(document.year))
    for status in document.status:
        if status.state != "done":
            reason = f": {status.reason}" if status.reason else ""
            parts.append(
                f"<strong>{escape(status.stage)} {escape(status.state)}"
                f"{escape(_short(reason))}</strong>"
            )
    return f'<div class="kgb-head">{" · ".join(parts)}</div>'


def _legend(mentions: Sequence[Mention]) -> str:
    counts = Counter(m.type for m in mentions)
    if not counts:
        return '<div class="kgb-legend">No mentions.</div>'
    chips = [chip(t, note=f"{counts[t]:,}") for t in type_order(counts)]
    if any(m.method == "unlinked" for m in mentions):
        chips.append(
            '<span class="kgb-chip" style="border-bottom:2px dashed currentColor">'
            "no identifier</span>"
        )
    return f'<div class="kgb-legend">{" ".join(chips)}</div>'


def _concept_table(mentions: Sequence[Mention]) -> str:
    counts: Counter[tuple[str, str]] = Counter()
    texts: dict[tuple[str, str], Counter[str]] = {}
    names: dict[tuple[str, str], str] = {}
    for mention in mentions:
        for concept in mention.concepts:
            key = (mention.type, concept)
            counts[key] += 1
            texts.setdefault(key, Counter())[mention.text] += 1
            name = mention.attribute("name")
            if name and len(mention.concepts) == 1:
                names.setdefault(key, name)
    if not counts:
        return ""
    order = {t: i for i, t in enumerate(type_order(t for t, _ in counts))}
    rows = []
    for key in sorted(counts, key=lambda k: (order[k[0]], -counts[k], k[1])):
        kind, concept = key
        # Most frequent first; of equal ones, the alphabet: the page is deterministic.
        written = sorted(texts[key].items(), key=lambda item: (-item[1], item[0]))
        forms = ", ".join(_short(text) for text, _ in written[:5])
        rows.append(
            f"<tr><td>{chip(kind)}</td><td>{concept_link(concept)}</td>"
            f"<td>{escape(names.get(key, ''))}</td><td>{escape(forms)}</td>"
            f"<td>{counts[key]:,}</td></tr>"
        )
    return (
        f"<details><summary>{counted(len(rows), 'concept')}</summary><table><thead><tr>"
        "<th>type</th><th>id</th><th>name</th><th>written</th><th>mentions</th></tr>"
        f"</thead><tbody>{''.join(rows)}</tbody></table></details>"
    )
