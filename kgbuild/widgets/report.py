"""The page that a run leaves: what was read, what was found, and where it stands."""

from __future__ import annotations

import json
import math
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild._io.html import escape
from kgbuild._io.markup import chip, concept_link, counted, page, tint, type_order
from kgbuild.graph.explanation import in_words
from kgbuild.graph.quotes import Quotes
from kgbuild.graph.statistics import figure
from kgbuild.tables import tables
from kgbuild.widgets._associations_table import explanation, script, table_html
from kgbuild.widgets._picture import Edge, Node, edge_title, picture, strength_of
from kgbuild.widgets._reasons import Reasons
from kgbuild.widgets._unlinked import unlinked_html
from kgbuild.widgets.plots import type_pair_counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kgbuild.document import Document
    from kgbuild.graph import KnowledgeGraph

_CSS = """
:root{--ink:#1b1f24;--soft:#59636e;--line:#d5dbe1;--paper:#fff;--panel:#f5f7f9}
@media (prefers-color-scheme:dark){:root{--ink:#e3e8ee;--soft:#98a4b1;--line:#343c45;
 --paper:#14181d;--panel:#1c2229}}
body{font-family:system-ui,-apple-system,"Segoe UI",sans-serif;font-size:14px;
 line-height:1.5;color:var(--ink);background:var(--paper);margin:0}
main{max-width:1180px;margin:0 auto;padding:1.5em}
h1{font-size:1.6em;margin:0 0 .2em}h2{font-size:1.2em;margin:2em 0 .5em;
 border-bottom:1px solid var(--line);padding-bottom:.2em}
p,li{max-width:75ch}.soft{color:var(--soft)}
a{color:inherit;text-decoration-color:var(--soft);text-underline-offset:2px}
.tiles{display:flex;flex-wrap:wrap;gap:.7em;margin:1em 0}
.tile{background:var(--panel);border-radius:6px;padding:.6em 1em;min-width:7em}
.tile b{display:block;font-size:1.5em;line-height:1.2}
.alert{border-left:4px solid #d55e00;background:var(--panel);padding:.6em 1em;
 margin:1em 0}
nav ul{display:flex;flex-wrap:wrap;gap:.2em 1.5em;list-style:none;padding:0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:13px}
th,td{text-align:left;padding:.35em .9em .35em 0;border-bottom:1px solid var(--line);
 vertical-align:top}
th{color:var(--soft);font-weight:600;white-space:nowrap}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.id{font-family:ui-monospace,monospace;font-size:.85em;color:var(--soft)}
.wide{width:100%}details summary{cursor:pointer}
blockquote{max-width:90ch}
.columns{display:grid;grid-template-columns:repeat(auto-fill,minmax(310px,1fr));
 gap:1em 2em}
.columns h3{font-size:1em;margin:.5em 0 .3em}
main>svg{display:block;margin:0 auto;border-radius:6px}
svg a:hover line{stroke:#d55e00}
pre{white-space:pre-wrap;font-size:12px;background:var(--panel);padding:1em;
 border-radius:6px;overflow-wrap:anywhere}
tr:target{outline:2px solid #d55e00}
#find{display:flex;flex-wrap:wrap;gap:.5em 1em;align-items:center;margin:.8em 0}
#find input[type=number]{width:5em}
th[data-column]{cursor:pointer}th button{all:unset;font-weight:600}
th button:focus-visible{outline:2px solid #d55e00}
th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
"""

_TITLE = "Knowledge graph"
#: The section whose table a reader works with.
_SEARCH = "search"
_HEADING = re.compile("<h2>(.*?)</h2>", re.DOTALL)
_EVIDENCE = 5
#: Associations whose mentions are explained: some two kilobytes a mention.
_EXPLAINED = 50
_QUOTED_COLUMNS = (
    "score", "documents", "sentences", "negated", "npmi", "log_odds", "q_value",
)  # fmt: skip
_CONCEPTS_PER_TYPE = 10
_COUNTS = (
    ("documents", "documents"),
    ("documents_failed", "of them failed"),
    ("not_read", "could not be read"),
    ("without_abstract", "without abstract"),
    ("mentions", "mentions"),
    ("linked_mentions", "with an identifier"),
    ("concepts", "concepts"),
    ("associations", "associations"),
)


def report_html(
    graph: KnowledgeGraph,
    run: Mapping[str, Any],
    *,
    documents: pl.DataFrame | Iterable[Document] | None = None,
    mentions: pl.DataFrame | pl.LazyFrame | None = None,
    unlinked: pl.DataFrame | None = None,
    top: int = 25,
    seed: int = 0,
) -> str:
    """Return the report of a run as one page that loads nothing, in a few megabytes.

    It works from a file, without a network; its one script sorts and filters a table.

    Parameters
    ----------
    graph
        The run's graph.
    run
        What stands in ``run.json``: ``versions``, ``settings``, ``input``, ``counts``,
        ``stages`` (stage → state → documents), ``complete``. Whatever is absent is left
        out of the page.
    documents
        The documents table, or the documents, from which evidence is quoted.
    mentions
        The mentions table, to say why the mentions of this evidence have their
        identifiers. Where ``documents`` are documents it is made from them.
    unlinked
        Mentions without an identifier, commonest first: ``type, text, mentions,
        documents`` and, to say why, ``document_id, start, method`` of one of them.
    top
        How many associations to quote and to draw.
    seed
        Of the picture's layout.

    Returns
    -------
    str
        HTML; the same input gives the same page.
    """
    if documents is not None and not isinstance(documents, pl.DataFrame):
        documents, given = tables(documents)
        mentions = given if mentions is None else mentions
    quotes = Quotes(documents)
    strongest = _strongest(graph, top)
    first = [row["evidence"][0] for row in strongest[:_EXPLAINED] if row["evidence"]]
    reasons = Reasons(
        documents,
        mentions,
        ids={piece["document_id"] for piece in first} | _documents_of(unlinked),
        annotation=run.get("settings", {}).get("annotation") or {},
    )
    concepts = {
        row["concept_id"]: row
        for row in graph.concepts.select(
            "concept_id", "type", "name", "mentions", "documents"
        ).iter_rows(named=True)
    }
    given = run.get("input", {})
    files = [file.get("path") for file in given.get("files", [given])]
    # The folder is in the settings below; the name says enough.
    source = " and ".join(PurePath(file).name for file in files if file)
    title = f"Knowledge graph of {source}" if source else _TITLE
    sections = {
        "picture": _picture(strongest, concepts, seed=seed),
        "best": _associations(
            strongest, concepts, quotes, reasons, graph.counts.get("documents")
        ),
        _SEARCH: table_html(graph) if strongest else "",
        "types": _matrix(graph),
        "concepts": _top_concepts(graph),
        "unlinked": unlinked_html(
            unlinked, reasons, vocabularies=run.get("vocabularies") or {}
        ),
        "stages": _stages(run),
        "settings": _settings(run),
    }
    body = "".join(
        [
            f"<main><h1>{escape(title)}</h1>",
            _made_by(run),
            _alerts(run),
            _tiles(run, graph),
            _with_contents(sections),
            "</main>",
        ]
    )
    return page(title, body, css=_CSS, script=script() if strongest else "")


def _documents_of(unlinked: pl.DataFrame | None) -> set[str]:
    if unlinked is None or "document_id" not in unlinked.columns:
        return set()
    return set(unlinked["document_id"].drop_nulls())


def _strongest(graph: KnowledgeGraph, n: int) -> list[dict[str, Any]]:
    """Return the rows of the strongest associations, with their evidence."""
    key = ["source", "target", "predicate"]
    ranked = graph.top(n).select(key)
    rows = graph.associations.join(ranked, on=key, how="semi").to_dicts()
    by_key = {tuple(str(row[c]) for c in key): row for row in rows}
    return [by_key[tuple(map(str, k))] for k in ranked.iter_rows()]


def _with_contents(sections: Mapping[str, str]) -> str:
    """Return the sections that say something, behind links to their headings."""
    links, bodies = [], []
    for name, html in sections.items():
        heading = _HEADING.match(html)
        if heading is None:
            continue
        anchor = f"section-{name}"
        links.append(f'<li><a href="#{anchor}">{heading[1]}</a></li>')
        bodies.append(f'<h2 id="{anchor}">{heading[1]}</h2>{html[heading.end() :]}')
    said = (
        f'<p>Find a concept or a pair of types under <a href="#section-{_SEARCH}">'
        "Search the associations</a>: that table can be filtered, sorted and saved."
        "</p>"
        if sections[_SEARCH]
        else ""
    )
    contents = f'<nav aria-label="Contents"><ul>{"".join(links)}</ul>{said}</nav>'
    return (contents if links else "") + "".join(bodies)


def _made_by(run: Mapping[str, Any]) -> str:
    version = run.get("versions", {}).get("kgbuild")
    by = "Made by kgbuild" + (f" {version}" if version else "")
    return f'<p class="soft">{escape(by)}</p>'


def _alerts(run: Mapping[str, Any]) -> str:
    """Say first what did not work."""
    lines = []
    counts = run.get("counts", {})
    if counts.get("not_read"):
        lines.append(f"{counted(counts['not_read'], 'document')} could not be read.")
    for stage, states in run.get("stages", {}).items():
        lines += [
            f"Stage {stage}: {counted(states[state], 'document')} {state}."
            for state in ("failed", "skipped")
            if states.get(state)
        ]
        if not states:
            lines.append(f"Stage {stage} did not run.")
    if run.get("complete") is False and not lines:
        lines.append("The run did not finish everything.")
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return (
        f'<div class="alert"><b>Not complete</b><ul>{items}</ul>'
        "<p>The reasons stand in failed.jsonl.</p></div>"
    )


def _tiles(run: Mapping[str, Any], graph: KnowledgeGraph) -> str:
    counts = {
        "concepts": graph.concepts.height,
        "associations": graph.associations.height,
        **run.get("counts", {}),
    }
    tiles = [
        f'<div class="tile"><b>{counts[key]:,}</b>{escape(label)}</div>'
        for key, label in _COUNTS
        if key in counts
        and (counts[key] or key in {"documents", "mentions", "concepts"})
    ]
    return f'<div class="tiles">{"".join(tiles)}</div>'


# -- picture ---------------------------------------------------------------------------


def _picture(
    rows: list[dict[str, Any]],
    concepts: Mapping[str, Mapping[str, Any]],
    *,
    seed: int,
) -> str:
    """Draw the strongest associations; a line leads to its row in the table."""
    if not rows:
        return ""
    edges = []
    for number, row in enumerate(rows, start=1):
        names = [_name(concepts, row[end]) for end in ("source", "target")]
        edges.append(
            Edge(
                source=row["source"],
                target=row["target"],
                documents=row["documents"],
                strength=strength_of(row),
                title=edge_title(row, *names),
                directed=row["directed"],
                href=f"#a{number}",
            )
        )
    nodes = {
        end: Node(
            id=end,
            name=_name(concepts, end),
            type=_type(concepts, end),
            documents=_documents(concepts, end),
        )
        for edge in edges
        for end in (edge.source, edge.target)
    }
    drawn = picture(nodes, edges, seed=seed)
    legend = " ".join(chip(t) for t in type_order(n.type for n in nodes.values()))
    return (
        f"<h2>Drawn: the {len(drawn.edges):,} best associations</h2>"
        f"<p>{legend}</p>{drawn.svg(ink='var(--ink)', background='var(--panel)')}"
        '<p class="soft">Larger circles are concepts in more documents; thicker lines '
        "are associations in more documents, darker ones have a higher score.</p>"
    )


def _name(concepts: Mapping[str, Mapping[str, Any]], node: str) -> str:
    known = concepts.get(node)
    return str(known["name"]) if known else node


def _type(concepts: Mapping[str, Mapping[str, Any]], node: str) -> str:
    known = concepts.get(node)
    return str(known["type"]) if known else ""


def _documents(concepts: Mapping[str, Mapping[str, Any]], node: str) -> int:
    known = concepts.get(node)
    return int(known["documents"]) if known else 1


# -- tables ----------------------------------------------------------------------------


def _associations(
    rows: list[dict[str, Any]],
    concepts: Mapping[str, Mapping[str, Any]],
    quotes: Quotes,
    reasons: Reasons,
    documents: int | None,
) -> str:
    if not rows:
        return (
            "<h2>Associations</h2><p>No two concepts were named together. If mentions "
            "were found, see whether they have identifiers.</p>"
        )
    out = []
    for number, row in enumerate(rows, start=1):
        ends = [row["source"], row["target"]]
        named = "".join(f"<td>{_concept(concepts, end)}</td>" for end in ends)
        years = [str(y) for y in (row["first_year"], row["last_year"]) if y is not None]
        period = "–".join(dict.fromkeys(years))
        figures = "".join(
            f'<td class="n">{value}</td>'
            for value in (
                figure(row, "score"),
                f"{row['documents']:,}",
                f"{row['sentences']:,}",
                "" if row["negated"] is None else f"{row['negated']:,}",
                _figure(row["npmi"]),
                _figure(row["log_odds"]),
                _small(row["q_value"]),
                escape(period),
            )
        )
        evidence = _evidence(row, concepts, quotes)
        told = in_words(row, [concepts[end] for end in ends], documents=documents)
        why = "".join(f"<p>{escape(line)}</p>" for line in told)
        evidence += _folded("why this association", why)
        for piece in (row["evidence"] or [])[:1]:
            ids = reasons.html(piece, concepts=ends)
            evidence += _folded("why these identifiers", ids)
        out.append(
            f'<tr id="a{number}"><td class="n soft">{number}</td>{named}{figures}</tr>'
            f'<tr><td></td><td colspan="10">{evidence}</td></tr>'
        )
    numbers = (
        "score", "documents", "sentences", "denying", "NPMI", "log odds", "q", "years",
    )  # fmt: skip
    head = '<th class="n">#</th><th>concept</th><th>concept</th>'
    head += "".join(f'<th class="n">{name}</th>' for name in numbers)
    return (
        "<h2>Best associations by score</h2>"
        f"{explanation(*_QUOTED_COLUMNS)}"
        f'<div class="scroll"><table class="wide"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(out)}</tbody></table></div>"
    )


def _concept(concepts: Mapping[str, Mapping[str, Any]], concept_id: str) -> str:
    kind = _type(concepts, concept_id)
    name = concept_link(concept_id, text=_name(concepts, concept_id))
    return f'{chip(kind)} <b>{name}</b><br><span class="id">{escape(concept_id)}</span>'


def _evidence(
    row: Mapping[str, Any], concepts: Mapping[str, Mapping[str, Any]], quotes: Quotes
) -> str:
    ends = [concepts[row[end]] for end in ("source", "target")]
    pieces = (row.get("evidence") or [])[:_EVIDENCE]
    out = [quotes.evidence(piece, ends=ends).html for piece in pieces]
    if not out:
        return ""
    # The first is there to be read at once, the others are folded.
    rest = len(out) - 1
    return out[0] + _folded(f"{rest} more", "".join(out[1:]))


def _folded(summary: str, body: str) -> str:
    """Return what opens at a click; nothing where there is nothing to show."""
    if not body:
        return ""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def _figure(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.2f}"


def _small(value: float | None) -> str:
    if value is None or math.isnan(value):
        return ""
    if value == 0:
        return "&lt; 1e-300"
    return f"{value:.2g}" if value >= 0.001 else f"{value:.0e}"


def _matrix(graph: KnowledgeGraph) -> str:
    """Count associations by the types of their ends."""
    if not graph.associations.height:
        return ""
    counts = type_pair_counts(graph)
    names = type_order(name for key in counts for name in key)
    most = max(counts.values())
    head = "".join(f'<th class="n">{escape(name)}</th>' for name in names)
    rows = []
    for i, a in enumerate(names):
        cells = [f"<th>{chip(a)}</th>"]
        for j, b in enumerate(names):
            n = counts.get((a, b) if a <= b else (b, a), 0)
            if j < i or not n:
                # Undirected: each pair stands once.
                cells.append('<td class="n soft">·</td>' if j >= i else "<td></td>")
                continue
            shade = tint("#0072B2", 0.08 + 0.5 * math.log1p(n) / math.log1p(most))
            cells.append(f'<td class="n" style="background:{shade}">{n:,}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        "<h2>Associations by type</h2>"
        f'<div class="scroll"><table><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _top_concepts(graph: KnowledgeGraph) -> str:
    if not graph.concepts.height:
        return ""
    frame = graph.concepts.with_columns(pl.col("type").cast(pl.String)).sort(
        "documents", "mentions", "concept_id", descending=[True, True, False]
    )
    blocks = []
    for kind in type_order(frame["type"].unique().to_list()):
        of_type = frame.filter(pl.col("type") == kind)
        rows = "".join(
            f"<tr><td>{concept_link(r['concept_id'], text=r['name'])} "
            f'<span class="id">{escape(r["concept_id"])}</span></td>'
            f'<td class="n">{r["documents"]:,}</td>'
            f'<td class="n">{r["mentions"]:,}</td></tr>'
            for r in of_type.head(_CONCEPTS_PER_TYPE).iter_rows(named=True)
        )
        blocks.append(
            f"<div><h3>{chip(kind)} {counted(of_type.height, 'concept')}</h3>"
            '<table class="wide"><thead><tr><th>name</th><th class="n">documents</th>'
            f'<th class="n">mentions</th></tr></thead><tbody>{rows}</tbody></table>'
            "</div>"
        )
    return f'<h2>Commonest concepts</h2><div class="columns">{"".join(blocks)}</div>'


def _stages(run: Mapping[str, Any]) -> str:
    stages = run.get("stages", {})
    if not stages:
        return ""
    states = ("done", "failed", "skipped")
    rows = "".join(
        f"<tr><td>{escape(stage)}</td>"
        + "".join(f'<td class="n">{counts.get(state, 0):,}</td>' for state in states)
        + "</tr>"
        for stage, counts in stages.items()
    )
    head = "".join(f'<th class="n">{state}</th>' for state in states)
    return (
        "<h2>Documents by stage</h2><table><thead><tr><th>stage</th>"
        f"{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _settings(run: Mapping[str, Any]) -> str:
    shown = {k: run[k] for k in ("versions", "settings", "input") if k in run}
    if not shown:
        return ""
    text = json.dumps(shown, indent=1, ensure_ascii=False, default=str)
    return f"<h2>Versions and settings</h2><pre>{escape(text)}</pre>"
