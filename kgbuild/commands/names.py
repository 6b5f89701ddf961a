"""``kgbuild names``: train and export a name encoder of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgbuild.commands._places import written_folder
from kgbuild.commands.train import need_torch


def register(app: typer.Typer) -> None:
    """Add the group ``names`` to the command line."""
    group = typer.Typer(
        help="The name encoder behind nearest names: train, export.",
        no_args_is_help=True,
    )
    group.command("train")(train)
    group.command("export")(export)
    app.add_typer(group, name="names")


def train(
    recipe: Annotated[Path, typer.Argument(help="TOML: names, corpora, settings.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder to write.", callback=written_folder
        ),
    ],
    folder: Annotated[
        Path | None,
        typer.Option(help="Where the files lie, instead of the recipe's folder."),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(help="Encoder to start from, instead of the recipe's."),
    ] = None,
) -> None:
    """Train a name encoder; started again, it goes on after its last checkpoint."""
    need_torch()
    from kgbuild.normalize.name_encoder import training
    from kgbuild.normalize.name_encoder.recipe import load_recipe

    loaded = load_recipe(recipe, folder=folder, encoder=encoder)
    output = training.train(loaded, output)
    typer.echo(f"name encoder in {output}, its measures in {output / 'log.jsonl'}")


def export(
    folder: Annotated[Path, typer.Argument(help="A trained name encoder.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder to write.", callback=written_folder
        ),
    ],
) -> None:
    """Export a name encoder to ONNX in int8, as 'kgbuild vocab index' reads it."""
    need_torch()
    from kgbuild.normalize.name_encoder.export import export as export_names

    file = export_names(folder, output)
    typer.echo(f"{file} ({file.stat().st_size / 1e6:.1f} MB)")
