"""``kgbuild convert``."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from kgbuild._io.markup import counted
from kgbuild.commands._places import written_file


def register(app: typer.Typer) -> None:
    """Add ``convert`` to the command line."""

    @app.command()
    def convert(
        source: Annotated[Path, typer.Argument(help="File to read.")],
        target: Annotated[
            Path,
            typer.Argument(
                help="File to write.",
                callback=written_file,
            ),
        ],
        source_format: Annotated[
            str | None,
            typer.Option("--from", help="Format to read; told by the file if missing."),
        ] = None,
        target_format: Annotated[
            str | None,
            typer.Option("--to", help="Format to write; told by the suffix."),
        ] = None,
        relations: Annotated[
            Path | None,
            typer.Option(help="Table of relations between the source's mentions."),
        ] = None,
        entity_type: Annotated[
            str | None,
            typer.Option("--type", help="Type of a CoNLL file's mentions without one."),
        ] = None,
        scheme: Annotated[
            str | None,
            typer.Option(help="Tags of a CoNLL file to write: BIO or BIOES."),
        ] = None,
    ) -> None:
        """Convert a file of documents to another format.

        Exits with 1 where documents or mentions had to be left out; they are listed on
        standard error, and everything else is written.
        """
        from kgbuild import corpus

        with warnings.catch_warnings(record=True) as notes:
            warnings.simplefilter("always", corpus.CorpusWarning)
            done = corpus.convert(
                source,
                target,
                source_format=source_format,
                target_format=target_format,
                relations=relations,
                entity_type=entity_type,
                scheme=scheme,  # type: ignore[arg-type]
            )
        for note in notes:
            print(f"note: {note.message}", file=sys.stderr)
        print(f"{counted(done.documents, 'document')} written to {target}")
        if done.failures:
            for failure in done.failures:
                print(f"left out: {corpus.describe(failure)}", file=sys.stderr)
            print(
                f"Left out of {source}: {len(done.failures):,} in all, documents, "
                "mentions or relations.",
                file=sys.stderr,
            )
            raise typer.Exit(1)
