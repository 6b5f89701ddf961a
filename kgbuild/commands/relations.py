"""``kgbuild relations``: train a relation extractor of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgbuild.commands._places import written_folder
from kgbuild.commands.train import CorporaFolder, need_torch


def register(app: typer.Typer) -> None:
    """Add the group ``relations`` to the command line."""
    group = typer.Typer(
        help="The extractor behind the stage relate: train.", no_args_is_help=True
    )
    group.command("train")(train)
    app.add_typer(group, name="relations")


def train(
    recipe: Annotated[Path, typer.Argument(help="TOML: corpora, settings.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder to write.", callback=written_folder
        ),
    ],
    corpora: CorporaFolder = None,
    encoder: Annotated[
        str | None,
        typer.Option(help="Tagger to start from, instead of the recipe's."),
    ] = None,
) -> None:
    """Train an extractor and export it; started again, it goes on where it was."""
    need_torch()
    from kgbuild.relations.export import export_trained
    from kgbuild.relations.recipe import load_recipe
    from kgbuild.relations.training import train as train_relations

    loaded = load_recipe(recipe, corpora_folder=corpora, encoder=encoder)
    folder = train_relations(loaded, output)
    exported = export_trained(loaded, folder, folder / "onnx")
    typer.echo(f"relation extractor in {exported}, its log in {folder / 'log.jsonl'}")
