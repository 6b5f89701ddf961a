"""``kgbuild evaluate``: predictions against gold."""

from __future__ import annotations

import json as json_module
from pathlib import Path

import typer

from kgbuild._io.options import split_at_commas


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def evaluate(
        gold: Path = typer.Argument(help="Gold corpus, any format with offsets."),
        predicted: Path = typer.Argument(help="Predicted corpus, same document ids."),
        types: str | None = typer.Option(
            None,
            help="Entity types to count, with commas; by default gold's. Relations "
            "count between concepts of these.",
        ),
        only: Path | None = typer.Option(
            None, help="File with one document id a line: count these alone."
        ),
        json: bool = typer.Option(False, "--json", help="Print JSON, not a table."),
    ) -> None:
        """Print strict span F1, id accuracy, F1 of concepts, pairs and relations."""
        from kgbuild.evaluation import evaluate_files

        names = None if types is None else split_at_commas(types)
        result = evaluate_files(gold, predicted, types=names, only=only)
        if json:
            typer.echo(json_module.dumps(result.to_dict(), indent=1))
        else:
            typer.echo(result.to_text())
