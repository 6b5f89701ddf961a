"""What a run prints at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgbuild.pipeline.run import RunResult


def summary_text(result: RunResult, *, top: int = 25) -> str:
    """Return the strongest associations, the counts, and where everything lies.

    Parameters
    ----------
    result
        Of :func:`kgbuild.pipeline.run.run`.
    top
        How many associations to list.
    """
    counts, seconds = result.record["counts"], result.record["seconds"]
    lines = [f"{'documents':>9} {'NPMI':>6}  association"]
    for row in result.graph.top(top).iter_rows(named=True):
        ends = (
            f"{row[f'{end}_name']} ({row[f'{end}_type']}, {row[end]})"
            for end in ("source", "target")
        )
        lines.append(f"{row['documents']:>9} {row['npmi']:>6.2f}  {' - '.join(ends)}")
    lines += [
        "",
        f"{counts['documents']:,} documents, {counts['mentions']:,} mentions "
        f"({counts['linked_mentions']:,} with an identifier), "
        f"{counts['concepts']:,} concepts, {counts['associations']:,} associations "
        f"in {seconds['all']} s",
    ]
    for stage, states in result.record["stages"].items():
        counts_of = ", ".join(f"{n:,} {state}" for state, n in states.items())
        lines.append(f"  {stage}: {counts_of or 'no document'}")
    if result.failures:
        reasons = {f.reason for f in result.failures}
        lines.append(
            f"  {len(result.failures):,} failures ({next(iter(sorted(reasons)))}"
            f"{', …' if len(reasons) > 1 else ''}), all in "
            f"{result.output / 'failed.jsonl'}"
        )
    output = result.output
    lines += [
        "",
        f"tables   {output}/documents, mentions, statements, concepts, associations",
        f"graph    {output / 'graph.graphml'}",
        f"report   {output / 'report.html'}",
        f"record   {output / 'run.json'}",
    ]
    return "\n".join(lines)
