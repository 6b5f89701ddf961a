"""``kgbuild run``: a corpus to tables, graph and report, from one TOML."""

from __future__ import annotations

from pathlib import Path

import typer

from kgbuild.commands._places import written_folder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def run(
        settings: Path = typer.Argument(help="TOML, or a bundled one's name."),
        input: str | None = typer.Option(  # noqa: A002
            None, help="Read this file instead of the one in the TOML."
        ),
        output: Path | None = typer.Option(
            None, help="Write to this folder instead.", callback=written_folder
        ),
        format: str | None = typer.Option(  # noqa: A002
            None, help="Format of the input; by default the file tells."
        ),
        limit: int | None = typer.Option(None, help="Read at most so many documents."),
        processes: int | None = typer.Option(None, help="Worker processes."),
        top: int | None = typer.Option(None, help="Associations to print."),
        by: str = typer.Option(
            "score", help="Column that orders them, for example q_value or documents."
        ),
    ) -> None:
        """Run a pipeline and print the strongest associations."""
        from kgbuild.errors import SOME_FAILED
        from kgbuild.graph.query import check_rank
        from kgbuild.pipeline import load_settings
        from kgbuild.pipeline import run as run_pipeline
        from kgbuild.pipeline.summary import summary_text

        rank = check_rank(by)
        chosen = load_settings(
            settings, input=input, output=output, format=format, limit=limit,
            processes=processes,
        )  # fmt: skip
        result = run_pipeline(chosen)
        typer.echo(summary_text(result, top=top or chosen.graph.top, by=rank))
        if result.failures:
            raise typer.Exit(SOME_FAILED)
