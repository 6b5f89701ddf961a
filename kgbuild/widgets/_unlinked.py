"""The report's table of names that were found and have no identifier, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild._io.html import escape
from kgbuild._io.markup import chip
from kgbuild.normalize.layers import more_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from kgbuild.widgets._reasons import Reasons


def unlinked_html(
    rows: pl.DataFrame | None,
    reasons: Reasons,
    *,
    vocabularies: Mapping[str, Sequence[str]],
) -> str:
    """List the names, each with its reason, and say what helps.

    Parameters
    ----------
    rows
        As :func:`kgbuild.widgets.report.report_html` takes them.
    reasons
        Knows the documents of the rows.
    vocabularies
        Of the run: type → layers with their versions. Without any, those in
        force are meant.

    Returns
    -------
    str
        HTML; empty where nothing lacks an identifier.
    """
    if rows is None or not rows.height:
        return ""
    lines = []
    for row in rows.iter_rows(named=True):
        reason, candidates = reasons.lacking(row)
        why = escape(reason)
        if candidates:
            why = f"<details><summary>{why}</summary>{candidates}</details>"
        lines.append(
            f"<tr><td>{chip(str(row['type']))}</td><td>{escape(row['text'])}</td>"
            f'<td class="n">{row["mentions"]:,}</td>'
            f'<td class="n">{row["documents"]:,}</td><td>{why}</td></tr>'
        )
    layers = {
        version.split()[0] for given in vocabularies.values() for version in given
    }
    advice = more_names(layers or {"installed"})
    return (
        "<h2>Found, but without an identifier</h2>"
        "<p>These are in the mentions table and not in the graph. What you know of a "
        "name goes into a table of corrections, a file with the columns "
        "<code>text</code>, <code>type</code> and <code>id</code>, given by "
        "<code>--corrections</code> or, in a run's TOML, by <code>corrections</code> "
        "under <code>[annotation]</code>; many names of your own go into a file such "
        "as <code>chemical.tsv</code> with the columns <code>id</code>, "
        "<code>name</code> and <code>synonyms</code>, given by "
        "<code>--vocabulary</code> or <code>vocabulary</code> likewise."
        + (f" Of vocabularies: {escape(advice)}." if advice else "")
        + '</p><div class="scroll"><table><thead><tr><th>type</th><th>text</th>'
        '<th class="n">mentions</th><th class="n">documents</th><th>why</th></tr>'
        f"</thead><tbody>{''.join(lines)}</tbody></table></div>"
    )
