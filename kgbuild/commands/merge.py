"""``kgbuild merge``: the corpora of a recipe as one."""

from __future__ import annotations

from pathlib import Path

import typer

from kgbuild.commands._places import written_file
from kgbuild.commands.train import CorporaFolder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def merge(
        recipe: Path = typer.Argument(help="TOML: corpora, and types of their labels."),
        output: Path = typer.Option(
            ..., "--output", "-o", help="CoNLL file to write.", callback=written_file
        ),
        corpora: CorporaFolder = None,
        scheme: str = typer.Option("BIO", help="Tags: BIO or BIOES."),
    ) -> None:
        """Merge a recipe's corpora into one CoNLL file; say what was left out."""
        from kgbuild.ner.merging import merge as merge_corpora
        from kgbuild.ner.recipe import load_recipe

        loaded = load_recipe(recipe, corpora_folder=corpora)
        done = merge_corpora(loaded, output, scheme=scheme)  # type: ignore[arg-type]
        typer.echo(done.to_text())
        typer.echo(f"written to {output}")
