"""Lines and pieces of HTML that the entity browser shows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kgbuild._io.html import escape
from kgbuild._io.markup import chip, concept_link, counted, plain
from kgbuild.predicates import CO_MENTION

if TYPE_CHECKING:
    from kgbuild.graph import KnowledgeGraph
    from kgbuild.graph.answers import Hit, Neighbor
    from kgbuild.graph.ranks import Rank
    from kgbuild.widgets.explorer import ConceptPage

#: Of the browser, so that all of it fits the window, below the bars of JupyterLab:
#: lists are short in a low one, evidence has what they leave, and what a correction
#: needs stands in place of the neighbours. A column that is longer even so scrolls by
#: itself. Long addresses and paths must not widen a column, nor tables.
STYLE = """<style>
.kgb-column{max-height:max(420px,calc(100vh - 125px));overflow:hidden auto}
.kgb-column>*,.kgb-correct>*{flex-shrink:0}
.kgb-evidence{line-height:1.5;overflow:auto;max-height:max(9em,calc(100vh - 610px))}
.kgb-message{overflow-wrap:anywhere;line-height:1.4}
.kgb-why{line-height:1.4;max-height:max(10em,calc(100vh - 620px));overflow:auto}
.kgb-why p{margin:.2em 0}
.kgb-why table{width:100%}
.kgb-why :is(td,th){white-space:normal;text-align:left}
.kgb-browser .widget-readout{flex:none;min-width:max-content}
.kgb-correcting :is(.kgb-near,.kgb-concept svg,.kgb-evidence svg){display:none}
.kgb-correcting .kgb-evidence{max-height:max(7.5em,calc(100vh - 680px))}
@media (max-width:1100px){.kgb-browser select[size]{font-size:12px}}
@media (max-height:820px){
 .kgb-results select,.kgb-neighbors select{height:92px}
 .kgb-overview{max-height:6.4em;overflow:auto}
 .kgb-evidence svg{display:none}}
</style>"""

#: Bars of years are so wide at most, as a narrow window is, and at least, in pixels.
_YEARS, _TWO_YEARS = 330.0, 68.0
_SYNONYMS = 12
#: Of a name in a list, in characters: what follows it must be seen in a narrow window.
_LISTED = 24
#: Longest name on the page of a concept, in characters: its model stays small.
_NAME = 200


def hit_line(hit: Hit) -> str:
    """Say on one line what a search found."""
    name = plain(hit.name, longest=_LISTED)
    also = f" ({plain(hit.matched, longest=_LISTED)})" if hit.matched else ""
    return f"{name}{also} · {plain(hit.type)} · {counted(hit.documents, 'doc')}"


def near_line(near: Neighbor, by: Rank = "score") -> str:
    """Say on one line what a concept is associated with, and what orders the lines."""
    parts = [
        f"{said(near)}{plain(near.name, longest=_LISTED)}",
        plain(near.type),
        counted(near.documents, "doc"),
        *strength(near, by),
    ]
    return " · ".join(parts)


def said(near: Neighbor) -> str:
    """Say what is stated of a neighbor, and in which direction."""
    if near.predicate == CO_MENTION:
        return ""
    arrow = {"out": " → ", "in": " ← ", None: " – "}[near.direction]
    return plain(near.predicate, longest=30) + arrow


#: What orders associations, as lines call it.
_LABELS: dict[Rank, str] = {"score": "score", "npmi": "NPMI", "log_odds": "log odds"}


def strength(near: Neighbor, by: Rank = "score") -> list[str]:
    """Say how strong an association is, by what orders the list first."""
    if near.probability is not None:
        # Two concepts that are stated, and never named together, have no score.
        score = [] if near.score is None else [f"score {number(near.score)}"]
        return [*score, f"probability {number(near.probability)}"]
    # Graphs of elsewhere have no score.
    usual: Rank = "npmi" if near.score is None else "score"
    column = by if by in _LABELS and getattr(near, by) is not None else usual
    return [
        f"{_LABELS[column]} {number(getattr(near, column))}",
        f"q {number(near.q_value)}",
    ]


def counter(start: int, shown: int, total: int) -> str:
    """Say which part of a list is shown."""
    if not total:
        return "none"
    return f"{start + 1:,} to {start + shown:,} of {total:,}"


def number(value: float | None) -> str:
    """Return a number as short as its size allows; a dash for none."""
    if value is None or math.isnan(value):
        return "–"
    if value == 0 or abs(value) >= 0.01:
        return f"{value:.2f}"
    return f"{value:.0e}"


def named(name: str) -> str:
    """Return a name as HTML, cut where it is endless."""
    return escape(plain(name, longest=_NAME))


def head(page: ConceptPage) -> str:
    """Return the top of the page of a concept (HTML)."""
    # What differs from the name in case alone says nothing new.
    forms: dict[str, str] = {}
    for synonym in page.synonyms:
        forms.setdefault(synonym.casefold(), synonym)
    forms.pop(page.name.casefold(), None)
    synonyms = [plain(s, longest=_NAME) for s in forms.values()][:_SYNONYMS]
    also = (
        f'<div style="opacity:.8">also {escape(", ".join(synonyms))}</div>'
        if synonyms
        else ""
    )
    kinds = " ".join(chip(kind) for kind in page.types[:4])
    total = sum(page.neighbors.values())
    return (
        f'<div class="kgb-concept" style="line-height:1.5">'
        f'<span style="font-size:1.4em;font-weight:600">{named(page.name)}</span> '
        f"{kinds} {concept_link(page.concept_id)}{also}"
        f"<div>{counted(page.documents, 'document')}, "
        f"{counted(page.mentions, 'mention')}, {counted(total, 'associated concept')}"
        f"</div>{year_bars(page.years, label='document')}</div>"
    )


def year_bars(years: dict[int, int], *, label: str) -> str:
    """Draw counts per year as bars (SVG); nothing for fewer than two years."""
    if len(years) < 2:
        return ""
    first, last = min(years), max(years)
    span, most = last - first + 1, max(years.values())
    step = max(2.0, min(14.0, _YEARS / span))
    bars = "".join(
        f'<rect x="{(year - first) * step:.1f}" y="{40 - 36 * n / most:.1f}" '
        f'width="{step * 0.8:.1f}" height="{36 * n / most:.1f}" fill="#0072B2">'
        f"<title>{year}: {escape(counted(n, label))}</title></rect>"
        for year, n in sorted(years.items())
    )
    # Few bars are narrower than the two years below them.
    width = max(span * step, _TWO_YEARS)
    return (
        f'<div><svg width="{width:.0f}" height="54" viewBox="0 0 {width:.0f} 54" '
        f'font-size="11" fill="currentColor" style="max-width:100%" role="img" '
        f'aria-label="{escape(label)}s per year">{bars}'
        f'<text x="0" y="52">{first}</text>'
        f'<text x="{width:.0f}" y="52" text-anchor="end">{last}</text></svg></div>'
    )


def strongest_table(graph: KnowledgeGraph, *, limit: int) -> str:
    """Return a table of the strongest associations."""
    cells = "".join(
        "<tr>"
        + "".join(
            f"<td>{chip(row[f'{end}_type'])} "
            f"{concept_link(row[end], text=row[f'{end}_name'])}</td>"
            for end in ("source", "target")
        )
        + f"<td>{number(row['score'])}</td><td>{row['documents']:,}</td>"
        f"<td>{number(row['npmi'])}</td><td>{number(row['q_value'])}</td></tr>"
        for row in graph.top(limit).iter_rows(named=True)
    )
    return (
        f"<p>{counted(graph.concepts.height, 'concept')}, "
        f"{counted(graph.associations.height, 'association')}; the strongest by their "
        "score, as a plain table:</p>"
        "<table><thead><tr><th></th>"
        "<th></th><th>score</th><th>documents</th><th>NPMI</th><th>q</th></tr>"
        "</thead>"
        f"<tbody>{cells}</tbody></table>"
    )
