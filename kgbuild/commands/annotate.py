"""``kgbuild annotate``: a corpus in, the same corpus with mentions and ids out."""

from __future__ import annotations

from pathlib import Path

import typer

from kgbuild.commands._places import written_file


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def annotate(
        source: Path = typer.Argument(metavar="IN", help="A corpus in any format."),
        output: Path = typer.Option(
            ..., "--output", "-o", help="File to write.", callback=written_file
        ),
        from_: str | None = typer.Option(None, "--from", help="Format of IN."),
        to: str | None = typer.Option(
            None, help="Format of the output; by default its name tells."
        ),
        stages: str | None = typer.Option(
            None,
            help="Stages to run, with commas, of sentences, recognize, variants, "
            "normalize, link; all by default. `normalize,link` keeps IN's mentions.",
        ),
        tagger: str | None = typer.Option(
            None, help="A folder, or a shipped tagger's name."
        ),
        types: str | None = typer.Option(
            None, help="Entity types to recognise, with commas; `all` for every one."
        ),
        threshold: float | None = typer.Option(
            None, help="Drop mentions that score lower; by default the tagger's own."
        ),
        vocabulary: list[Path] | None = typer.Option(
            None, help="Folder of compiled vocabularies, or a TSV; may be repeated."
        ),
        linking: str = typer.Option(
            "balanced", help="`precise` links fewer mentions, nearly all rightly."
        ),
        species: str = typer.Option(
            "", help="NCBI taxon numbers that genes may come from, best first."
        ),
        batch_size: int = typer.Option(128, help="Documents looked at together."),
    ) -> None:
        """Recognise and identify entities; annotations that IN carries are ignored."""
        from kgbuild.errors import SOME_FAILED
        from kgbuild.pipeline import STAGES, AnnotationSettings, annotate_file

        settings = AnnotationSettings(
            stages=_listed(stages) if stages else STAGES,
            tagger=tagger,
            types=_listed(types) if types else None,
            threshold=threshold,
            vocabulary=tuple(vocabulary or ()),
            linking=linking,  # type: ignore[arg-type]
            species=_listed(species),
        )
        written, failures = annotate_file(
            source, output, from_format=from_, to_format=to, settings=settings,
            batch_size=batch_size,
        )  # fmt: skip
        typer.echo(f"{written:,} documents written to {output}")
        for failure in failures:
            typer.echo(
                f"failed: {failure.document_id or '(unread)'} in {failure.stage}: "
                f"{failure.reason}",
                err=True,
            )
        if failures:
            raise typer.Exit(SOME_FAILED)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
