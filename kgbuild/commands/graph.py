"""``kgbuild graph``."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgbuild._io.markup import counted
from kgbuild._io.streams import is_stream
from kgbuild.commands._places import written_file, written_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from kgbuild.document import Document
    from kgbuild.errors import DocumentFailure
    from kgbuild.graph import KnowledgeGraph
    from kgbuild.graph.ranks import Rank


def register(app: typer.Typer) -> None:
    """Add ``graph`` to the command line."""

    @app.command()
    def graph(
        sources: Annotated[
            list[Path],
            typer.Argument(
                metavar="SOURCE...",
                help="Annotated documents (any format with ids), or a folder with the "
                "documents and mentions tables of a run. Several files are one corpus, "
                "of which each paper counts once.",
            ),
        ],
        output: Annotated[
            Path,
            typer.Option(
                "--output",
                "-o",
                help="File to write; a folder for parquet, kgx, neo4j-csv.",
                callback=written_file,
            ),
        ],
        format: Annotated[  # noqa: A002 - the word users know
            str | None,
            typer.Option(
                "--format",
                help="graphml, gexf, cytoscape, node-link, kgx, neo4j-csv or parquet; "
                "by the suffix of the output if missing, parquet for a folder.",
            ),
        ] = None,
        source_format: Annotated[
            str | None, typer.Option("--from", help="Format of the documents.")
        ] = None,
        edges: Annotated[
            str,
            typer.Option(
                help="co-mentions, statements (relations that the documents state), or "
                "both."
            ),
        ] = "co-mentions",
        level: Annotated[
            str, typer.Option(help="sentence, window or document.")
        ] = "sentence",
        window: Annotated[
            int, typer.Option(help="For --level window: sentences apart.")
        ] = 1,
        min_documents: Annotated[
            int, typer.Option(help="Keep associations that so many documents support.")
        ] = 1,
        types: Annotated[
            list[str] | None,
            typer.Option(
                "--types", "--type", help="Keep these entity types, with commas."
            ),
        ] = None,
        type_pairs: Annotated[
            list[str] | None,
            typer.Option(
                "--pair",
                help="Keep associations of these two types, e.g. Chemical:Disease; may "
                "be repeated.",
            ),
        ] = None,
        exclude: Annotated[
            list[str] | None,
            typer.Option(
                help="Leave out this concept; may be repeated. Instead of the built-in "
                "list of generic concepts."
            ),
        ] = None,
        keep_generic: Annotated[
            bool, typer.Option("--keep-generic", help='Keep "disease", "patients", ….')
        ] = False,
        species: Annotated[
            list[str] | None,
            typer.Option(
                help="Count documents of this species only (ncbitaxon:…), and those "
                "that name none; may be repeated."
            ),
        ] = None,
        mesh_tree: Annotated[
            Path | None,
            typer.Option(help="MeSH's descYYYY.xml: count for ancestors too."),
        ] = None,
        add_to: Annotated[
            Path | None,
            typer.Option(
                help="Folder of counts to add these documents to; made where it is not "
                "there. What is in it already changes nothing.",
                callback=written_folder,
            ),
        ] = None,
        background: Annotated[
            Path | None,
            typer.Option(
                help="Folder of a run over another corpus, or its annotated documents: "
                "statistics and score are of both."
            ),
        ] = None,
        top: Annotated[int, typer.Option(help="Associations to print.", min=0)] = 10,
        by: Annotated[
            str, typer.Option(help="Column that orders them: score, q_value, npmi, ….")
        ] = "score",
    ) -> None:
        """Build a knowledge graph from annotated documents or tables.

        Exits with 1 where documents had to be left out.
        """
        from kgbuild import corpus
        from kgbuild.errors import ConfigError
        from kgbuild.graph import GraphBuilder, find_problems, read_mesh_tree
        from kgbuild.graph.ranks import check_rank

        rank = check_rank(by)
        if (output / "run.json").exists():
            msg = (
                f"{output} holds a run, whose graph this would replace: name another "
                "folder or a file."
            )
            raise ConfigError(msg)

        if exclude and keep_generic:
            msg = "Give --exclude or --keep-generic, not both."
            raise ConfigError(msg)
        wanted = []
        for pair in type_pairs or ():
            one, colon, other = pair.partition(":")
            if not (one and colon and other) or ":" in other:
                msg = f"Give --pair as two types, like Chemical:Disease. Got {pair!r}."
                raise ConfigError(msg)
            wanted.append((one, other))
        failures: list[DocumentFailure] = []
        tree = None if mesh_tree is None else read_mesh_tree(mesh_tree)
        # Typed as text by the command line; the builder says what it may be.
        options = {
            "edges": edges,
            "level": level,
            "window": window,
            "types": [t.strip() for given in types or () for t in given.split(",")]
            or None,
            "exclude": () if keep_generic else (exclude or None),
            "species": species or None,
            "parents": None if tree is None else tree.ancestors,
        }
        fresh = GraphBuilder(**options)  # type: ignore[arg-type]
        lock = nullcontext() if add_to is None else GraphBuilder.alone(add_to)
        with lock:
            builder = fresh
            if add_to is not None and add_to.exists():
                builder = GraphBuilder.load(add_to)
                if builder.settings != fresh.settings:
                    different = [
                        name
                        for name, value in fresh.settings.items()
                        if builder.settings[name] != value
                    ]
                    msg = (
                        f"The counts in {add_to} were made with other options "
                        f"({', '.join(different)}): give the same, or another folder."
                    )
                    raise ConfigError(msg)
            for source in _sources(sources, source_format, failures.append):
                builder.add(source)
            if builder is fresh:  # others may have met it before
                builder.check_met()
            made = builder.graph(
                min_documents=min_documents,
                type_pairs=wanted or None,
                names=None if tree is None else tree.names,
                background=None
                if background is None
                else next(_sources([background], source_format, failures.append)),
            )
            if format is None and not output.suffix:
                # One file where a stream is to take it.
                stream = is_stream(output, writing=True)
                format = "node-link" if stream else "parquet"  # noqa: A001
            # The sentences that statements are quoted with; failures were said before.
            texts = list(_sources(sources, source_format, lambda _: None))
            files = made.write(output, format=format, documents=texts)
            if add_to is not None:
                builder.save(add_to)
        _tell(made, top=top, by=rank)
        print("written: " + ", ".join(map(str, files)))
        for problem in find_problems(made):
            print(f"problem: {problem}", file=sys.stderr)
        for failure in failures:
            print(f"left out: {corpus.describe(failure)}", file=sys.stderr)
        failed = made.counts["documents_left_out"] if species is None else 0
        if failures or failed:
            left_out = counted(len(failures) + failed, "document")
            print(f"Left out: {left_out}.", file=sys.stderr)
            raise typer.Exit(1)


def _sources(
    paths: list[Path],
    source_format: str | None,
    on_error: Callable[[DocumentFailure], None],
) -> Iterator[Path | Iterator[Document]]:
    """Yield folders of tables, and all files as one corpus."""
    from kgbuild import corpus

    folders = [path for path in paths if path.is_dir()]
    yield from folders
    files = [path for path in paths if path not in folders]
    if files:
        yield corpus.read(files, format=source_format, on_error=on_error, once=True)


def _tell(made: KnowledgeGraph, *, top: int, by: Rank) -> None:
    from kgbuild.graph.explanation import why_empty

    counts = made.counts
    print(
        f"{counted(counts['documents'], 'document')}, "
        f"{counted(counts['mentions'], 'mention')} "
        f"({counts['mentions_unlinked']:,} without a concept, "
        f"{counts['mentions_excluded']:,} generic): "
        f"{counted(made.concepts.height, 'concept')}, "
        f"{counted(len(made), 'association')}"
    )
    if not len(made):
        print(why_empty(made), file=sys.stderr)
    names = made.concepts["name"]
    shared = frozenset(names.filter(names.is_duplicated()))
    for row in made.top(top, by=by).iter_rows(named=True):
        print(_line(row, by, shared))


def _line(row: Mapping[str, Any], rank: str, shared: Collection[str]) -> str:
    """Say what an association rests on; ids go with names that concepts share."""
    from kgbuild.graph.statistics import denial, figure

    said = [f"{counted(row['documents'], 'document'):>17}"]
    stated = row["probability"] is not None
    if stated:
        said += [f"probability {row['probability']:.2f}", row["predicate"]]
    # Of statements that no unit names together there is nothing to rank by.
    lacks = stated and row.get(rank) is None
    if rank not in ("documents", "probability") and not lacks:
        said.append(f"{rank} {figure(row, rank)}")
    ends = (
        _short(name := row[f"{end}_name"]) + f" ({row[end]})" * (name in shared)
        for end in ("source", "target")
    )
    said.append((" → " if row["directed"] else " – ").join(ends))
    if denied := denial(row):
        said.append(f"({denied})")
    return "  ".join(said)


def _short(name: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in name)
    return printable if len(printable) <= 40 else printable[:39] + "…"
