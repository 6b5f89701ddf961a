"""What a run makes of its shards: the graph, files of it, a report, a database.

What that needs is imported then: the first document need not wait for it.
"""

from __future__ import annotations

import os
import shutil
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from kgbuild._io.files import check_readable, write_atomically
from kgbuild.graph.export import suffix_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from kgbuild.graph import KnowledgeGraph
    from kgbuild.neo4j.store import Loaded, Neo4jStore
    from kgbuild.normalize import Unmet
    from kgbuild.pipeline.settings import GraphSettings, Neo4jSettings, RunSettings


class Made(NamedTuple):
    """The graph of a run.

    Attributes
    ----------
    graph
        The graph; of one made on disk, that nothing needs whole, its strongest
        associations.
    concepts, associations
        How many the whole graph has.
    """

    graph: KnowledgeGraph
    concepts: int
    associations: int


def look_for(unmet: Unmet, output: Path) -> None:
    """Take out the corrections that a run's mentions show, shard by shard."""
    import polars as pl

    from kgbuild.tables import documents_from_tables, table_files

    text = pl.col("text").str.replace_all(r"\s+", " ").str.to_lowercase()
    for file in table_files(output / "mentions") if unmet.rows else ():
        mentions = pl.read_parquet(file)
        mentions = mentions.filter(text.is_in(list(unmet.texts)))
        documents = pl.scan_parquet(output / "documents" / file.name).filter(
            pl.col("document_id").is_in(mentions["document_id"].unique().to_list())
        )
        for document in documents_from_tables(documents.collect(), mentions):
            unmet.add(document)


def check_graph(chosen: GraphSettings) -> None:
    """Refuse before documents are annotated what the graph's builder would refuse."""
    if chosen.mesh_tree is not None:
        check_readable(chosen.mesh_tree)
    # Where there is something to look at: the builder takes a while to be imported.
    if chosen.exclude or chosen.species:
        from kgbuild.graph import GraphBuilder

        GraphBuilder(exclude=chosen.exclude, species=chosen.species)


def make_graph(settings: RunSettings, versions: Mapping[str, str]) -> Made:
    """Build the graph of a run's tables, and write its own."""
    from kgbuild.graph import KnowledgeGraph, build_graph, read_mesh_tree
    from kgbuild.graph.on_disk import build_graph_on_disk, strongest

    chosen, output = settings.graph, settings.output
    tree = None if chosen.mesh_tree is None else read_mesh_tree(chosen.mesh_tree)
    options: dict[str, Any] = {
        "level": chosen.level,
        "window": chosen.window,
        "min_documents": chosen.min_documents,
        "types": chosen.types,
        "type_pairs": chosen.type_pairs,
        "exclude": chosen.exclude,
        "species": chosen.species,
        "max_evidence": chosen.max_evidence,
        "parents": None if tree is None else tree.ancestors,
        "names": None if tree is None else tree.names,
        "provenance": versions,
    }
    if not chosen.on_disk:
        with warnings.catch_warnings():
            # The summary of the run says so.
            warnings.filterwarnings("ignore", "no association")
            graph = build_graph(
                output, edges=chosen.edges, background=chosen.background, **options
            )
        graph.save(output)
        return Made(graph, graph.concepts.height, len(graph))
    counts = build_graph_on_disk(output, output, **options)
    if chosen.exports or settings.neo4j is not None:
        graph = KnowledgeGraph.load(output)
    else:
        graph = strongest(output, n=max(settings.report.top, 1), by=settings.report.by)
    return Made(graph, counts["concepts"], counts["associations"])


def write_exports(
    graph: KnowledgeGraph, output: Path, exports: Collection[str], *, before: Any
) -> None:
    """Write the files that settings name; remove those that only the run before did."""
    for name in exports:
        graph.write(output / export_name(name), format=name, documents=output)
    for name in before or ():
        stale = output / export_name(name)
        if name not in exports and stale.is_dir():
            shutil.rmtree(stale)
        elif name not in exports:
            stale.unlink(missing_ok=True)


def export_name(name: str) -> str:
    """Return the file, or the folder, that a format is written to.

    Examples
    --------
    >>> export_name("graphml"), export_name("node-link"), export_name("kgx")
    ('graph.graphml', 'graph.node-link.json', 'kgx')
    """
    suffix = {"node-link": ".node-link.json"}.get(name, suffix_of(name))
    return name if suffix is None else f"graph{suffix}"


def write_report(
    output: Path, graph: KnowledgeGraph, record: dict[str, Any], settings: RunSettings
) -> None:
    """Write ``report.html``, or remove an older one where none is asked for."""
    page = output / "report.html"
    if not settings.report.html:
        page.unlink(missing_ok=True)
        return
    import polars as pl

    from kgbuild.tables import read_table
    from kgbuild.widgets.report import report_html

    shards = sorted((output / "mentions").glob("*.parquet"))
    text = report_html(
        graph,
        record,
        documents=read_table(output / "documents", name="documents"),
        mentions=pl.scan_parquet(shards) if shards else None,
        unlinked=unlinked_names(shards),
        top=settings.report.top,
    )
    with write_atomically(page) as stream:
        stream.write(text.encode("utf-8"))


def unlinked_names(shards: list[Path], *, most: int = 30) -> pl.DataFrame:
    """Return the commonest names that were found and have no identifier.

    What differs only in case, or in dashes and blanks beside letters, is one name, in
    its commonest spelling; with the first mention of that.
    """
    import polars as pl

    if not shards:
        return pl.DataFrame()
    # Between digits a dash tells positions apart: c.76-1 is not c.761.
    key = (
        pl.col("text")
        .str.to_lowercase()
        .str.replace_all(r"(\p{L})[\s\p{Pd}]+", "$1")
        .str.replace_all(r"[\s\p{Pd}]+(\p{L})", "$1")
    )
    found = (
        pl.scan_parquet(shards)
        .filter(pl.col("concepts").list.len() == 0)
        .select(
            pl.col("type").cast(pl.String), "text", "document_id", "start", "method",
            key=key,
        )
    )  # fmt: skip
    names = (
        found.group_by("type", "key")
        .agg(mentions=pl.len(), documents=pl.col("document_id").n_unique())
        .sort(
            "documents", "mentions", "type", "key",
            descending=[True, True, False, False],
        )
        .head(most)
        .collect()
    )  # fmt: skip
    spelled = (
        found.join(names.lazy(), on=["type", "key"], how="semi")
        .sort("document_id", "start")
        .group_by("type", "key", "text", maintain_order=True)
        .agg(pl.len(), pl.col("document_id", "start", "method").first())
        .sort("len", "text", descending=[True, False])
        .unique(["type", "key"], keep="first", maintain_order=True)
        .drop("len")
        .collect()
    )
    return names.join(spelled, on=["type", "key"], maintain_order="left").drop("key")


@contextmanager
def database(chosen: Neo4jSettings | None) -> Iterator[Neo4jStore | None]:
    """Connect to the database of a run, if it has one: before the work, not after.

    Raises
    ------
    ConfigError
        No address or no password is known.
    Neo4jError
        The server cannot be reached, or refuses.
    """
    if chosen is None:
        yield None
        return
    from kgbuild.neo4j.store import Neo4jStore

    with Neo4jStore(chosen.uri, user=chosen.user, database=chosen.database) as store:
        yield store


def load_graph(
    graph: KnowledgeGraph, store: Neo4jStore, settings: RunSettings
) -> Loaded:
    """Load the graph; what an older one of its name had, and it lacks, goes."""
    chosen = settings.neo4j
    assert chosen is not None  # noqa: S101 - there is a store
    from kgbuild.neo4j.loading import documents_of

    return store.load(
        graph,
        batch_size=chosen.batch_size,
        writers=chosen.writers,
        documents=chosen.documents and documents_of(settings.output),
        name=chosen.name or os.fspath(settings.output.resolve().name),
    )
