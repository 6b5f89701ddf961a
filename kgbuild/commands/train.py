"""``kgbuild pretrain``, ``train``, ``export``: make a tagger of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command()
    def pretrain(
        files: list[Path] = typer.Argument(help="Corpora, any format; text alone."),
        output: Path = typer.Option(..., "--output", "-o", help="Folder to write."),
        encoder: str = typer.Option("minilm", help="Folder of the encoder to adapt."),
        exclude: Optional[Path] = typer.Option(  # noqa: UP045
            None, help="File of document ids to leave out."
        ),
        epochs: int = typer.Option(1, help="Passes over the text."),
        new_words: int = typer.Option(6000, help="Words to add to the vocabulary."),
    ) -> None:
        """Adapt an encoder to a field's text; goes on from its last checkpoint."""
        from kgbuild._io.files import lines
        from kgbuild.encoder import pretraining

        left_out = {line.strip() for _, line in lines(exclude)} if exclude else set()
        folder = pretraining.pretrain(
            pretraining.texts_of(files, without=left_out),
            encoder=encoder,
            output=output,
            settings=pretraining.PretrainingSettings(
                epochs=epochs, new_words=new_words
            ),
        )
        typer.echo(f"encoder in {folder}, its losses in {folder / 'log.jsonl'}")

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
            None,
            "--from",
            "--start-from",
            help="A trained tagger to fine-tune: a folder, or aio-small.",
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
        precision: str = typer.Option(
            "int8", help="int8 or fp32 for ONNX, fp16 to fine-tune from."
        ),
        half: bool = typer.Option(False, "--half", help="Short for --precision fp16."),
    ) -> None:
        """Export a tagger: ONNX for CPUs and the base install, or half precision."""
        from kgbuild.ner.export import export as export_tagger

        precision = "fp16" if half else precision
        file = export_tagger(folder, output, precision=precision)  # type: ignore[arg-type]
        typer.echo(f"{file} ({file.stat().st_size / 1e6:.1f} MB)")
