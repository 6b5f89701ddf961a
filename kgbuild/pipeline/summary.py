"""What a run prints at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild._io.markup import counted
from kgbuild.graph.explanation import why_empty
from kgbuild.graph.statistics import denial, figure
from kgbuild.pipeline.outputs import export_name
from kgbuild.predicates import CO_MENTION

if TYPE_CHECKING:
    from kgbuild.graph.ranks import Rank
    from kgbuild.pipeline.run import RunResult


def summary_text(result: RunResult, *, top: int = 25, by: Rank = "score") -> str:
    """Return the strongest associations, the counts, and where everything lies.

    Parameters
    ----------
    result
        Of :func:`kgbuild.pipeline.run.run`.
    top
        How many associations to list.
    by
        Column that orders them, as of :meth:`kgbuild.graph.KnowledgeGraph.top`.
    """
    counts, seconds = result.record["counts"], result.record["seconds"]
    lines = [f"{by:>11} {'documents':>9}  association"]
    for row in result.graph.top(top, by=by).iter_rows(named=True):
        ends = (
            f"{row[f'{end}_name']} ({row[f'{end}_type']}, {row[end]})"
            for end in ("source", "target")
        )
        strength = figure(row, by)
        joint = f" {row['predicate']} " if row["predicate"] != CO_MENTION else " - "
        note = f"  ({denied})" if (denied := denial(row)) else ""
        lines.append(f"{strength:>11} {row['documents']:>9,}  {joint.join(ends)}{note}")
    lines += [
        "",
        f"{counted(counts['documents'], 'document')}, "
        f"{counted(counts['mentions'], 'mention')} "
        f"({counts['linked_mentions']:,} with an identifier), "
        f"{counted(counts['concepts'], 'concept')}, "
        f"{counted(counts['associations'], 'association')} "
        f"in {seconds['all']} s",
    ]
    found = result.record["input"]
    if "hits" in found:
        lines.append(f"  PubMed counts {found['hits']:,} hits of the query")
        lines += [f"  PubMed on the query: {note}" for note in found["notes"]]
    if not counts["associations"]:
        lines.append(f"  {why_empty(result.graph)}")
    lines += _reused(result)
    lines += _linking(result)
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
    if result.loaded is not None:
        lines.append(
            f"  Neo4j: {counted(result.loaded.concepts, 'concept')}, "
            f"{counted(result.loaded.associations, 'association')} loaded, "
            f"{result.loaded.replaced:,} of an older graph deleted"
        )
    lines += [
        "",
        f"tables   {output}/documents, mentions, statements, concepts, associations",
    ]
    settings = result.record["settings"]
    for name in settings["graph"]["exports"]:
        lines.append(f"graph    {output / export_name(name)}")
    if settings["report"]["html"]:
        lines.append(f"report   {output / 'report.html'}")
    return "\n".join([*lines, f"record   {output / 'run.json'}"])


#: What the run itself is busy with, while workers do the rest.
_OF_DRIVER = frozenset({"start-up", "read"})


def profile_text(result: RunResult) -> str:
    """Return where the time of a run went, of all workers together.

    Parameters
    ----------
    result
        Of :func:`kgbuild.pipeline.run.run`.
    """
    seconds = result.record["seconds"]
    each = {**seconds["each"], "graph, exports, Neo4j": seconds["graph"]}
    workers = result.record["settings"]["run"]["processes"]
    busy = sum(s for name, s in seconds["each"].items() if name not in _OF_DRIVER)
    there = seconds["annotate"] - seconds["each"]["start-up"]
    each["workers idle, or lost"] = max(0.0, workers * there - busy)
    whole = sum(each.values()) or 1.0
    documents = result.record["counts"]["documents"]
    lines = [f"{'seconds':>9} {'share':>6} {'ms/document':>12}"]
    for name, spent in sorted(each.items(), key=lambda item: -item[1]):
        per_document = 1000 * spent / max(documents, 1)
        lines.append(
            f"{spent:>9.2f} {spent / whole:>6.1%} {per_document:>12.2f}  {name}"
        )
    lines.append(
        f"{seconds['all']:>9.2f} by the clock, with {workers} worker processes"
    )
    lost = result.record["workers_lost"]
    if lost:
        said = ", ".join(f"{n:,} {how}" for how, n in lost.items())
        lines.append(f"{sum(lost.values()):>9,} workers lost over a shard: {said}")
    return "\n".join(lines)


def _reused(result: RunResult) -> list[str]:
    """Say what an earlier run had done, if it had done anything."""
    counts = result.record["reused"]
    if not (counts["whole"] or counts["tagged"]):
        return []
    said = [
        f"{counted(counts[name], 'document')} {what}"
        for name, what in (
            ("whole", "as they were"),
            ("tagged", "with their mentions, identified anew"),
            ("new", "worked on from the start"),
        )
        if counts[name]
    ]
    files = result.record["shards"]["files_not_read"]
    if files:
        said.append(f"{counted(files, 'file')} not read again")
    return [f"  reused of an earlier run: {', '.join(said)}"]


def _linking(result: RunResult) -> list[str]:
    """Say which vocabularies the run used, and how much they left unlinked."""
    from kgbuild.pipeline.linking import layers_in, said_of_links

    counts = result.record["counts"]
    said = said_of_links(
        layers_in(result.record["vocabularies"]),
        mentions=counts["mentions"],
        linked=counts["linked_mentions"],
    )
    return [f"  {line}" for line in said]
