"""``kgbuild store``: what was annotated once, by id."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import typer

from kgbuild._io.markup import counted
from kgbuild.commands._places import written_file

_STORE = typer.Argument(metavar="STORE", help="A file, or the URL of a database.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Annotated documents, kept by id.")
    app.add_typer(group, name="store")

    @group.command("import")
    def import_(
        store: str = _STORE,
        run: Path = typer.Argument(help="Output folder of `kgbuild run`."),
    ) -> None:
        """Keep what a run annotated."""
        from kgbuild.store import open_store

        with open_store(store) as opened:
            count = opened.import_run(run)
            kept = counted(count, "document")
            typer.echo(f"{kept} kept; the store has {len(opened):,}")

    @group.command()
    def export(
        store: str = _STORE,
        output: Path = typer.Option(
            ..., "--output", "-o", help="File to write.", callback=written_file
        ),
        pmids: Path | None = typer.Option(None, help="File of PMIDs: these alone."),
        to: str | None = typer.Option(
            None, help="Format of the output; by default its name tells."
        ),
    ) -> None:
        """Write documents of the store to a file of any format."""
        from kgbuild.pubmed import read_pmids
        from kgbuild.store import open_store

        ids = None if pmids is None else [str(pmid) for pmid in read_pmids(pmids)]
        with open_store(store, make=False) as opened:
            count = opened.export(output, ids=ids, to_format=to)
        typer.echo(f"{counted(count, 'document')} written to {output}")

    @group.command()
    def info(store: str = _STORE) -> None:
        """Print how many documents there are, and which versions made them."""
        from kgbuild.store import open_store

        with open_store(store, make=False) as opened:
            count, latest = opened.stamp()
            when = datetime.fromtimestamp(latest).strftime("%Y-%m-%d %H:%M")
            typer.echo(
                counted(count, "document")
                + (f", the latest of {when}" if count else "")
            )
            for versions, number in opened.tally():
                made_by = ", ".join(f"{k} {v}" for k, v in versions.items())
                typer.echo(f"{number:,} by {made_by}")
