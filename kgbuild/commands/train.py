"""``kgbuild pretrain``, ``label``, ``train``, ``export``: a tagger of one's own."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgbuild._io.markup import counted
from kgbuild.commands._places import written_file, written_folder
from kgbuild.encoder.settings import Device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.document import Document

CorporaFolder = Annotated[
    Path | None, typer.Option(help="Folder of the corpora, instead of the recipe's.")
]
_DEVICE = "auto (a GPU where there is one), cpu or cuda."


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command()
    def pretrain(
        files: list[Path] = typer.Argument(help="Corpora, any format; text alone."),
        output: Path = typer.Option(
            ..., "--output", "-o", help="Folder to write.", callback=written_folder
        ),
        encoder: str = typer.Option("minilm", help="Folder of the encoder to adapt."),
        exclude: Path | None = typer.Option(
            None, help="File of document ids to leave out."
        ),
        epochs: int = typer.Option(1, help="Passes over the text."),
        new_words: int = typer.Option(6000, help="Words to add to the vocabulary."),
        device: Device = typer.Option("auto", help=_DEVICE),
    ) -> None:
        """Adapt an encoder to a field's text; goes on from its last checkpoint."""
        need_torch()
        from kgbuild.encoder import pretraining

        folder = pretraining.pretrain(
            pretraining.texts_of(files, without=ids_in(exclude)),
            encoder=encoder,
            output=output,
            settings=pretraining.PretrainingSettings(
                epochs=epochs, new_words=new_words, device=device
            ),
        )
        typer.echo(f"encoder in {folder}, its losses in {folder / 'log.jsonl'}")

    @app.command()
    def train(
        recipe: Path = typer.Argument(help="TOML: corpora, tasks, settings."),
        output: Path = typer.Option(
            ..., "--output", "-o", help="Folder to write.", callback=written_folder
        ),
        corpora: CorporaFolder = None,
        encoder: str | None = typer.Option(
            None, help="Encoder to start from, instead of the recipe's."
        ),
        start_from: Path | None = typer.Option(
            None,
            "--from",
            "--start-from",
            help="A trained tagger to fine-tune: a folder, or aio-small.",
        ),
        device: Device | None = typer.Option(
            None, help=f"{_DEVICE} Default: as the recipe says."
        ),
    ) -> None:
        """Train a tagger; started again, it goes on after its last checkpoint."""
        need_torch()
        from kgbuild.ner import training
        from kgbuild.ner.recipe import load_recipe

        loaded = load_recipe(recipe, corpora_folder=corpora, encoder=encoder)
        if device is not None:
            loaded = replace(loaded, training=replace(loaded.training, device=device))
        folder = training.train(
            loaded, output, start_from=start_from, read_names=vocabulary_names
        )
        typer.echo(f"tagger in {folder}, its measures in {folder / 'log.jsonl'}")

    @app.command()
    def label(
        files: list[Path] = typer.Argument(help="Corpora, any format; text alone."),
        output: Path = typer.Option(
            ..., "--output", "-o", help="File to write.", callback=written_file
        ),
        tagger: str | None = typer.Option(
            None, help="The teacher: a folder, or a shipped tagger's name."
        ),
        task: str = typer.Option("ALL", help="Task of the teacher."),
        exclude: Path | None = typer.Option(
            None, help="File of document ids to leave out."
        ),
    ) -> None:
        """Keep a tagger's soft labels, to distil a student; goes on where it was."""
        from kgbuild.corpus import read
        from kgbuild.ner.soft_labels import label as label_documents
        from kgbuild.ner.tagger import load_tagger

        left_out, seen, repeated = ids_in(exclude), set[str](), 0

        def once() -> Iterator[Document]:
            # A paper that stands in two files would teach twice.
            nonlocal repeated
            for document in chain.from_iterable(map(read, files)):
                if document.id in seen:
                    repeated += 1
                elif document.id not in left_out:
                    seen.add(document.id)
                    yield document

        count = label_documents(once(), output, tagger=load_tagger(tagger), task=task)
        said = f"; {repeated:,} that came again are left out" if repeated else ""
        typer.echo(f"soft labels of {counted(count, 'document')} in {output}{said}")

    @app.command()
    def export(
        folder: Path = typer.Argument(help="A trained tagger."),
        output: Path = typer.Option(
            ..., "--output", "-o", help="Folder to write.", callback=written_folder
        ),
        precision: str = typer.Option(
            "int8", help="int8 or fp32 for ONNX, fp16 to fine-tune from."
        ),
        half: bool = typer.Option(False, "--half", help="Short for --precision fp16."),
    ) -> None:
        """Export a tagger: ONNX for CPUs and the base install, or half precision."""
        need_torch()
        from kgbuild.ner.export import export as export_tagger

        precision = "fp16" if half else precision
        file = export_tagger(folder, output, precision=precision)  # type: ignore[arg-type]
        typer.echo(f"{file} ({file.stat().st_size / 1e6:.1f} MB)")


def ids_in(file: Path | None) -> set[str]:
    """Read a file of ids, one a line; none where there is no file."""
    from kgbuild._io.files import lines

    return {line.strip() for _, line in lines(file)} if file else set()


def need_torch() -> None:
    """Say which extra is missing, before anything else fails for want of it.

    Raises
    ------
    MissingExtraError
        There is no torch.
    """
    from importlib.util import find_spec

    from kgbuild.errors import MissingExtraError

    if find_spec("torch") is None:
        raise MissingExtraError("torch", "train")  # noqa: EM101


def vocabulary_names(path: Path) -> Iterator[str]:
    """Read all names of a compiled vocabulary."""
    from kgbuild.normalize.vocabulary import Vocabulary

    vocabulary = Vocabulary.open(path)
    try:
        for _, name in vocabulary.all_names():
            yield name
    finally:
        vocabulary.close()
