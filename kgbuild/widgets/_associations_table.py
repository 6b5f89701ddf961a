"""The report's table that a reader sorts, filters and saves, in one static page."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild._io.html import escape, printable
from kgbuild._io.markup import plain
from kgbuild.curies import url_of
from kgbuild.normalize import names_of
from kgbuild.predicates import CO_MENTION

if TYPE_CHECKING:
    from kgbuild.graph import KnowledgeGraph

#: Rows in the page, which with their concepts take four megabytes at most, whatever
#: the size of the graph and the length of its names.
MOST_ROWS = 5_000
#: Of names in characters: of one concept, and of all in the page.
_NAME, _ALL_NAMES = 400, 1_000_000
#: Of a concept's texts that can be searched, in characters.
_TEXTS = 120
#: Of the words that vocabularies add: of one concept, and of all in the page.
_WORDS, _ALL_WORDS = 600, 1_000_000

#: Column of the graph → its head, and what it says in a sentence.
COLUMNS = {
    "predicate": ("predicate", "what the documents state of the two, where they do"),
    "probability": ("probability", "how sure it is that this is stated"),
    "score": (
        "score",
        "learned from known pairs: papers, nearness, rarity; from 0 to 1",
    ),
    "documents": ("documents", "papers that name both together"),
    "sentences": ("sentences", "sentences that name both"),
    "negated": (
        "denying",
        "of these, sentences with a word of denial; a pair of nothing else comes last",
    ),
    "npmi": (
        "NPMI",
        "more often than by chance: from -1 (never) over 0 to 1 (only together)",
    ),
    "log_odds": ("log odds", "the same as a log odds ratio, small counts nearer to 0"),
    "q_value": (
        "q",
        "expected share of chance findings among all associations up to this one",
    ),
    "first_year": ("from", "year of the earliest of these papers"),
    "last_year": ("to", "year of the latest"),
}

NUMERIC = ' class="n"'


def script() -> str:
    """Return the script of the table, always the same."""
    return files("kgbuild.widgets").joinpath("_associations.js").read_text("utf-8")


def explanation(*names: str) -> str:
    """Return a list that says what the columns mean."""
    rows = [COLUMNS[name] for name in names or COLUMNS]
    items = "".join(f"<li><b>{escape(h)}</b>: {escape(text)}</li>" for h, text in rows)
    return f"<details><summary>What the columns say</summary><ul>{items}</ul></details>"


def table_html(graph: KnowledgeGraph) -> str:
    """Return the table; its rows stand in the page as data.

    Parameters
    ----------
    graph
        Its best associations by score are listed, :data:`MOST_ROWS` at most.

    Returns
    -------
    str
        HTML that needs :func:`script` to show rows.
    """
    rows = graph.top(MOST_ROWS)
    columns = [
        name
        for name in COLUMNS
        if name in rows.columns
        and rows[name].null_count() < rows.height
        # Where nothing is stated, all would say the same.
        and not (name == "predicate" and (rows[name] == CO_MENTION).all())
    ]
    places: dict[str, int] = {}
    concepts: list[tuple[str, str, str, str | None, str]] = []
    texts = _texts(graph)
    ends_of = pl.concat([rows["source"], rows["target"]])
    shared = max(1, ends_of.n_unique())
    room, longest = min(_WORDS, _ALL_WORDS // shared), min(_NAME, _ALL_NAMES // shared)
    packed: list[list[Any]] = []
    for row in rows.iter_rows(named=True):
        ends = []
        for end in ("source", "target"):
            if row[end] not in places:
                places[row[end]] = len(concepts)
                name, kind = str(row[f"{end}_name"]), str(row[f"{end}_type"])
                found = texts.get(row[end], "")
                found += _more_words(row[end], kind, f"{name} {found}", room=room)
                url = url_of(row[end])
                shown = plain(name, longest=longest)
                concepts.append((row[end], kind, shown, url, found))
            ends.append(places[row[end]])
        packed.append([*ends, *(_number(row[name]) for name in columns)])
    data = {
        "columns": ["source", "target", *columns],
        "concepts": concepts,
        "rows": packed,
    }
    # What would end the element, or begin a comment, is spelled out.
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace(
        "<", "\\u003c"
    )
    heads = [("source", "concept"), ("target", "concept"), (None, "types")]
    heads += [(name, COLUMNS[name][0]) for name in columns]
    cells = "".join(
        f"<th>{escape(shown)}</th>"
        if name is None
        else f'<th data-column="{name}"{NUMERIC if name in columns else ""}>'
        f'<button type="button">{escape(shown)}</button></th>'
        for name, shown in heads
    )
    total = graph.associations.height
    slice_of = (
        f"The {len(packed):,} of {total:,} that score best; all stand in the folder "
        "associations."
        if total > len(packed)
        else f"All {total:,}."
    )
    return (
        f'<h2>Search the associations</h2><p class="soft">{slice_of}</p>'
        '<form id="find" hidden><label>Text <input name="text" type="search"></label> '
        '<label>Types <select name="pair"><option value="">all</option></select>'
        "</label> "
        '<label>Documents at least <input name="documents" type="number" min="1" '
        'step="1"></label> <label>Score at least <input name="score" type="number" '
        'min="0" max="1" step="0.05"></label> '
        '<button id="save" type="button">Save as CSV</button> '
        '<span id="said" role="status"></span></form>'
        f"{explanation(*columns)}"
        f'<div class="scroll"><table id="table" class="wide"><thead><tr>{cells}</tr>'
        '</thead><tbody id="rows"></tbody></table></div>'
        "<noscript><p>This table needs scripts; the one above does not.</p></noscript>"
        f'<script id="associations" type="application/json">{text}</script>'
    )


def _texts(graph: KnowledgeGraph) -> dict[str, str]:
    """Return how concepts are written, for the filter by text."""
    if "synonyms" not in graph.concepts.columns:
        return {}
    rows = graph.concepts.select("concept_id", "synonyms").iter_rows()
    return {
        concept_id: printable(" ".join(texts or ())[:_TEXTS])
        for concept_id, texts in rows
    }


def _more_words(concept: str, kind: str, known: str, *, room: int) -> str:
    """Return what the vocabularies' names of a concept add to what is known of it.

    The filter looks for words, so that each stands once, and in no other one.
    """
    known, added = known.lower(), ""
    for word in " ".join(names_of(concept, kind)).lower().split():
        word = printable(word.strip("()[],;"))
        if len(added) + len(word) < room and word not in known + added:
            added += f" {word}"
    return added


def _number(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else float(f"{value:.6g}")
    return value
