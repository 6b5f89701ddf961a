"""``kgbuild run``: a corpus to tables, graph and report, from one TOML."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def run(
        settings: Path = typer.Argument(help="TOML, or a bundled one's name."),
        input: str | None = typer.Option(  # noqa: A002
            None, help="Read this file instead of the one in the TOML."
        ),
        output: Path | None = typer.Option(None, help="Write to this folder instead."),
        format: str | None = typer.Option(  # noqa: A002
            None, help="Format of the input; by default the file tells."
        ),
        limit: int | None = typer.Option(None, help="Read at most so many documents."),
        processes: int | None = typer.Option(None, help="Worker processes."),
        top: int | None = typer.Option(None, help="Associations to print."),
    ) -> None:
        """Run a pipeline and print the strongest associations."""
        from kgbuild.errors import SOME_FAILED
        from kgbuild.pipeline import load_settings
        from kgbuild.pipeline import run as run_pipeline
        from kgbuild.pipeline.summary import summary_text

        chosen = load_settings(
            settings, input=input, output=output, format=format, limit=limit,
            processes=processes,
        )  # fmt: skip
        result = run_pipeline(chosen)
        typer.echo(summary_text(result, top=top or chosen.graph.top))
        if result.failures:
            raise typer.Exit(SOME_FAILED)
