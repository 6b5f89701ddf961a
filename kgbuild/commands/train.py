"""``kgbuild train`` and ``kgbuild export``: make a tagger of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command()
    def train(
        recipe: Path = typer.Argument(help="TOML: corpora, tasks, settings."),
        output: Path = typer.Option(..., "--output", "-o", help="Folder to write."),
        corpora: Optional[Path] = typer.Option(  # noqa: UP045
            None, help="Folder of the corpora, instead of the recipe's."
        ),
        encoder: Optional[str] = typer.Option(  # noqa: UP045
            None, help="Encoder to start from, instead of the recipe's."
        ),
        start_from: Optional[Path] = typer.Option(  # noqa: UP045
            None, help="A trained tagger to fine-tune."
        ),
    ) -> None:
        """Train a tagger; started again, it goes on after the last finished epoch."""
        from kgbuild.ner.recipe import load_recipe

        loaded = load_recipe(recipe, corpora_folder=corpora, encoder=encoder)
        from kgbuild.ner import training

        folder = training.train(loaded, output, start_from=start_from)
        typer.echo(f"tagger in {folder}, its measures in {folder / 'log.jsonl'}")

    @app.command()
    def export(
        folder: Path = typer.Argument(help="A trained tagger."),
        output: Path = typer.Option(..., "--output", "-o", help="Folder to write."),
        precision: str = typer.Option("int8", help="int8 or fp32."),
    ) -> None:
        """Export a tagger to ONNX, for CPUs and the base install."""
        from kgbuild.ner.export import export as export_tagger

        file = export_tagger(folder, output, precision=precision)  # type: ignore[arg-type]
        typer.echo(f"{file} ({file.stat().st_size / 1e6:.1f} MB)")
